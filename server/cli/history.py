"""Commands that change the graph, inspect its history, decide on proposals, back up the store and issue tokens."""

import getpass
from pathlib import Path

import click

from comity.changes.apply import Changes
from comity.changes.delta import ADDITIONS
from comity.changes.history import as_known_on, rdf_patch
from comity.changes.importing import add_files, graph_named, retraction
from comity.changes.request import Author, ChangeResult
from comity.changes.review import WAITING, accept, proposal, proposals, refuse, revert
from comity.errors import ComityError
from comity.explanation.dependence import depends
from comity.questions.lookup import find
from comity.server.cli import console
from comity.server.cli.console import EXISTING, FOLDER, QUIET, main, open_or_build
from comity.store import backup as copies
from comity.store.changelog import LARGEST, ChangeLog
from comity.store.reports import Reports
from comity.store.tokens import Tokens

REASON = click.option("--reason", default="", help="Why; recorded in the history.")
_NUMBER = click.IntRange(1, LARGEST)
JSON = click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)


def me() -> Author:
    """Return the author of changes made on the command line: the operating system's user."""
    try:
        return Author(getpass.getuser(), "admin")
    except (KeyError, OSError):
        return Author("operator", "admin")


def writer(store: Path, quiet: bool) -> Changes:
    """Return the object that changes the store, which is built on first use on a machine."""
    open_or_build(store, quiet)
    return Changes(store)


def print_receipt(receipt: ChangeResult) -> None:
    """Print the outcome of a change."""
    for warning in receipt.warnings:
        click.echo(f"Warning: {warning}")
    numbers = f"{len(receipt.added):,} quads added, {len(receipt.removed):,} removed"
    if receipt.opened or receipt.closed:
        numbers += f"; {receipt.opened:,} periods added, {receipt.closed:,} removed"
    if receipt.dry_run:
        click.echo(f"The change would pass: {numbers}. Nothing was changed.")
    elif receipt.number is None and receipt.proposal is None:
        click.echo("Nothing to change: the graph already contains all of it.")
    elif receipt.kind == "change":
        click.echo(f"Change {receipt.number}: {numbers}.")
    if receipt.proposal is not None:
        click.echo(
            f"Proposal {receipt.proposal} is waiting for an editor: `comity review show {receipt.proposal}`."
        )


@main.command("import")
@FOLDER
@QUIET
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@click.option("--dry-run", is_flag=True, help="Show what would happen without changing anything.")
@REASON
@click.option("--table", help="The table the rows belong to, such as acts; by default the file tells.")
@click.option(
    "--graph", "name", default="additions", show_default=True, help="Graph for RDF that does not name one."
)
def import_files(
    store: Path,
    quiet: bool,
    files: tuple[Path, ...],
    dry_run: bool,
    reason: str,
    table: str | None,
    name: str,
) -> None:
    """Add FILES to the graph: CSV or XLSX with the columns of the tables, or RDF in any syntax.

    Either all files are accepted or none. Rows without a source become proposals.
    """
    changes = writer(store, quiet)
    graph = graph_named(name) if name != "additions" else ADDITIONS
    build = add_files([(file.name, file.read_bytes(), table) for file in files], graph)
    names = ", ".join(file.name for file in files)
    with console.stages(quiet) as progress:
        changes.progress = progress
        receipt = changes.change(build, me(), "import", reason or f"Import of {names}", dry_run)
    print_receipt(receipt)


@main.group()
def changes() -> None:
    """The history of the graph: what changed, when, by whom and why."""


@changes.command("list")
@EXISTING
@JSON
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
def changes_list(store: Path, form: str, limit: int) -> None:
    """List the latest changes, newest first."""
    log = ChangeLog(store)
    records = log.latest(limit)
    if form == "json":
        console.as_json([record.as_json() for one in records if (record := log.record(one.number))])
        return
    rows = [
        [
            str(record.number),
            record.time[:19],
            record.agent,
            record.kind if record.kind == record.channel else f"{record.kind}, {record.channel}",
            f"+{record.added} -{record.removed}",
            record.reason.partition("\n")[0],
        ]
        for record in records
    ]
    console.table(["number", "time", "who", "how", "quads", "why"], rows)


@changes.command("show")
@EXISTING
@click.argument("number", type=int)
@click.option("--format", "form", type=click.Choice(["patch", "json"]), default="patch", show_default=True)
def changes_show(store: Path, number: int, form: str) -> None:
    """Show what change NUMBER removed and added, as RDF Patch or JSON."""
    record = ChangeLog(store).record(number)
    if record is None:
        raise ComityError(f"There is no change {number}. `comity changes list` lists the changes.")
    if form == "json":
        console.as_json(record.as_json())
        return
    click.echo(f"# {record.kind} by {record.agent}, {record.time}, {record.channel}: {record.reason}")
    click.echo(rdf_patch(record), nl=False)


@changes.command("revert")
@FOLDER
@QUIET
@click.argument("number", type=int)
@REASON
@click.option("--dry-run", is_flag=True, help="Show what would happen without changing anything.")
def changes_revert(store: Path, quiet: bool, number: int, reason: str, dry_run: bool) -> None:
    """Undo change NUMBER with a new change."""
    made = writer(store, quiet)
    print_receipt(
        made.change(revert(made.log, number), me(), "revert", reason or f"Reverts change {number}.", dry_run)
    )


@changes.command("retract")
@FOLDER
@QUIET
@click.argument("thing")
@click.option("--reason", required=True, help="Why; shown to anyone who looks it up later.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@click.option("--dry-run", is_flag=True, help="Show what depends on it without changing anything.")
def changes_retract(store: Path, quiet: bool, thing: str, reason: str, yes: bool, dry_run: bool) -> None:
    """Retract an act, a source or another THING after showing what depends on it."""
    opened = open_or_build(store, quiet)
    node = find(opened.oxigraph, thing)
    click.echo(depends(opened.oxigraph, node).as_text(), nl=False)
    if not (yes or dry_run) and not click.confirm("Retract it?"):
        return
    print_receipt(Changes(store).change(retraction(node), me(), "retraction", reason, dry_run))


@changes.command("as-known-on")
@EXISTING
@click.argument("moment")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Output file; default: standard output.",
)
def changes_as_known_on(store: Path, moment: str, output: Path | None) -> None:
    """Export the facts as the graph knew them at a past MOMENT (a day or a time), as N-Quads."""
    lines = sorted(f"{quad} ." for quad in as_known_on(store, moment))
    console.write([("\n".join(lines) + "\n").encode()], output)


@main.group()
def review() -> None:
    """The queue of proposals waiting for an editor."""


@review.command("list")
@EXISTING
@JSON
@click.option("--all", "everything", is_flag=True, help="Include decided proposals.")
def review_list(store: Path, form: str, everything: bool) -> None:
    """List the proposals waiting for a decision."""
    found = proposals(ChangeLog(store), None if everything else WAITING)
    if form == "json":
        console.as_json([one.as_json() for one in found])
        return
    rows = [
        [
            *(str(one.number), one.record.time[:19], one.record.agent, one.kind, one.state),
            *(f"+{len(one.added)}", one.record.reason),
        ]
        for one in found
    ]
    console.table(["number", "time", "who", "what", "state", "quads", "why"], rows)


@review.command("show")
@EXISTING
@click.argument("number", type=int)
def review_show(store: Path, number: int) -> None:
    """Show what proposal NUMBER would change."""
    one = proposal(ChangeLog(store), number)
    click.echo(f"# {one.kind} by {one.record.agent}, {one.record.time}, {one.state}: {one.record.reason}")
    if one.about:
        click.echo(f"# about {one.about}")
    for sign, lines in (("D", one.removed), ("A", one.added)):
        for line in lines.lines:
            click.echo(f"{sign} {line}")


@review.command("accept")
@FOLDER
@QUIET
@click.argument("number", type=int)
@REASON
@click.option("--source-publisher", default="", help="Source for acts without one: its publisher,")
@click.option("--source-title", default="", help="its title,")
@click.option("--source-date", default="", help="its date,")
@click.option("--source-url", default="", help="and its URL.")
def review_accept(store: Path, quiet: bool, number: int, reason: str, **source: str) -> None:
    """Accept proposal NUMBER into the graph if it passes validation."""
    given = source if any(source.values()) else None
    print_receipt(accept(writer(store, quiet), number, me(), reason, given))


@review.command("refuse")
@FOLDER
@QUIET
@click.argument("number", type=int)
@click.option("--reason", required=True, help="What is wrong with it.")
def review_refuse(store: Path, quiet: bool, number: int, reason: str) -> None:
    """Refuse proposal NUMBER for a reason."""
    refuse(writer(store, quiet), number, me(), reason)
    click.echo(f"Proposal {number} is refused.")


@main.group()
def reports() -> None:
    """Readers' reports of errors, kept apart from the graph and its history."""


@reports.command("list")
@EXISTING
@JSON
@click.option("--all", "everything", is_flag=True, help="Include closed reports.")
def reports_list(store: Path, form: str, everything: bool) -> None:
    """List the open reports."""
    found = Reports(store).listed(everything)
    if form == "json":
        console.as_json([one.as_json() for one in found])
        return
    rows = [
        [str(one.number), one.time[:19], one.name, one.about, " ".join(one.text.split()), one.closed_by]
        for one in found
    ]
    console.table(["number", "time", "name", "about", "what", "closed by"], rows)


@reports.command("close")
@EXISTING
@click.argument("number", type=_NUMBER)
@click.option("--outcome", required=True, help="The outcome: what was corrected, or why nothing was.")
def reports_close(store: Path, number: int, outcome: str) -> None:
    """Close report NUMBER with its outcome."""
    Reports(store).close(number, me().name, outcome)
    click.echo(f"Report {number} is closed.")


@reports.command("clear")
@EXISTING
@click.argument("numbers", nargs=-1, type=_NUMBER)
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def reports_clear(store: Path, numbers: tuple[int, ...], yes: bool) -> None:
    """Permanently remove the reports NUMBERS, or all reports if no number is given."""
    if not (numbers or yes) and not click.confirm("Remove all reports?"):
        return
    removed = Reports(store).clear(numbers)
    click.echo(f"{removed:,} report{'' if removed == 1 else 's'} removed.")


@main.command()
@EXISTING
@QUIET
@click.argument("folder", type=click.Path(path_type=Path))
def backup(store: Path, quiet: bool, folder: Path) -> None:
    """Back up the store, with its history, tokens and reports, to FOLDER, even while it is served and written."""
    found = copies.backup(store, folder)
    for sentence in found.left_out:
        click.echo(sentence, err=True)
    if not quiet:
        click.echo(f"{found.path}: generation {found.generation}, change log up to record {found.changes:,}.")


@main.command()
@FOLDER
@QUIET
@click.option("--tokens", is_flag=True, help="Also restore the tokens of the backup, including revoked ones.")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
def restore(store: Path, quiet: bool, tokens: bool, folder: Path) -> None:
    """Replace the store with the backup in FOLDER, or create it; a running server switches to it at once."""
    found = copies.restore(store, folder, tokens)
    for sentence in found.left_out:
        click.echo(sentence, err=True)
    if not quiet:
        click.echo(
            f"{store} is at generation {found.generation} again, change log up to record {found.changes:,}."
        )


@main.group()
def token() -> None:
    """Tokens that let clients write over HTTP."""


@token.command("add")
@EXISTING
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(["reader", "contributor", "editor", "admin"]),
    default="editor",
    show_default=True,
    help="A contributor proposes, an editor changes and decides, an admin restores.",
)
def token_add(store: Path, name: str, role: str) -> None:
    """Create a token for NAME and print it; it is shown only once."""
    click.echo(Tokens(store).add(name, role))
    click.echo("The token is shown only this once. Send it as: Authorization: Bearer TOKEN", err=True)


@token.command("list")
@EXISTING
def token_list(store: Path) -> None:
    """List the holders of tokens and their roles."""
    holders = Tokens(store).holders()
    console.table(["name", "role", "made"], [[one.name, one.role, one.made[:19]] for one in holders])


@token.command("revoke")
@EXISTING
@click.argument("name")
def token_revoke(store: Path, name: str) -> None:
    """Revoke the token of NAME; it stops working at once."""
    Tokens(store).revoke(name)
    click.echo(f"The token of {name} is revoked.")
