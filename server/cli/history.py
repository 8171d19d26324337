"""Commands that change the graph and look into its history, decide on proposals, copy the store, and issue tokens."""

import getpass
from pathlib import Path

import click

from comity.changes.apply import Changes
from comity.changes.history import as_known_on, rdf_patch
from comity.changes.importing import add_files, graph_named, retraction
from comity.changes.request import ADDITIONS, Author, ChangeResult
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
    """Return the author of what is done on the command line: the user of the operating system."""
    try:
        return Author(getpass.getuser(), "admin")
    except (KeyError, OSError):
        return Author("operator", "admin")


def writer(store: Path, quiet: bool) -> Changes:
    """Return what changes the store; the first use on a machine builds it."""
    open_or_build(store, quiet)
    return Changes(store)


def print_receipt(receipt: ChangeResult) -> None:
    """Print what became of a change."""
    for warning in receipt.warnings:
        click.echo(f"Warning: {warning}")
    numbers = f"{len(receipt.added):,} quads added, {len(receipt.removed):,} removed"
    if receipt.opened or receipt.closed:
        numbers += f"; {receipt.opened:,} periods added, {receipt.closed:,} removed"
    if receipt.dry_run:
        click.echo(f"It would pass: {numbers}. Nothing was changed.")
    elif receipt.number is None and receipt.proposal is None:
        click.echo("Nothing to change: the graph holds all of it already.")
    elif receipt.kind == "change":
        click.echo(f"Change {receipt.number}: {numbers}.")
    if receipt.proposal is not None:
        click.echo(
            f"Proposal {receipt.proposal} waits for an editor: `comity review show {receipt.proposal}`."
        )


@main.command("import")
@FOLDER
@QUIET
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@click.option("--dry-run", is_flag=True, help="Show what would happen, and change nothing.")
@REASON
@click.option("--table", help="The table that the rows belong to, such as acts; by default the file says so.")
@click.option(
    "--graph", "name", default="additions", show_default=True, help="Graph for RDF that names none."
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
    """Add FILES to the graph: CSV or XLSX in the columns of the tables, or RDF in any syntax.

    All files are accepted together or not at all. Rows without a source become proposals.
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
    records = [record for head in log.latest(limit) if (record := log.record(head.number))]
    if form == "json":
        console.as_json([record.as_json() for record in records])
        return
    rows = [
        [
            str(record.number),
            record.time[:19],
            record.agent,
            record.kind if record.kind == record.channel else f"{record.kind}, {record.channel}",
            f"+{len(record.added)} -{len(record.removed)}",
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
        raise ComityError(f"There is no change {number}. `comity changes list` names them.")
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
@click.option("--dry-run", is_flag=True, help="Show what would happen, and change nothing.")
def changes_revert(store: Path, quiet: bool, number: int, reason: str, dry_run: bool) -> None:
    """Undo change NUMBER by a new change."""
    made = writer(store, quiet)
    print_receipt(
        made.change(revert(made.log, number), me(), "revert", reason or f"Reverts change {number}.", dry_run)
    )


@changes.command("retract")
@FOLDER
@QUIET
@click.argument("thing")
@click.option("--reason", required=True, help="Why; shown to whoever asks for it later.")
@click.option("--yes", is_flag=True, help="Do not ask first.")
@click.option("--dry-run", is_flag=True, help="Show what depends on it, and change nothing.")
def changes_retract(store: Path, quiet: bool, thing: str, reason: str, yes: bool, dry_run: bool) -> None:
    """Retract an act, a source or another THING, after showing what depends on it."""
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
    help="File to write; default: standard output.",
)
def changes_as_known_on(store: Path, moment: str, output: Path | None) -> None:
    """Export the facts as the graph knew them at a past MOMENT (a day, or a time), as N-Quads."""
    lines = sorted(f"{quad} ." for quad in as_known_on(store, moment))
    console.write([("\n".join(lines) + "\n").encode()], output)


@main.group()
def review() -> None:
    """The queue of proposals that wait for an editor."""


@review.command("list")
@EXISTING
@JSON
@click.option("--all", "everything", is_flag=True, help="Also those that were decided.")
def review_list(store: Path, form: str, everything: bool) -> None:
    """List what waits for a decision."""
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
@click.option("--source-publisher", default="", help="Source for what has none: its publisher,")
@click.option("--source-title", default="", help="its title,")
@click.option("--source-date", default="", help="its date,")
@click.option("--source-url", default="", help="and its address.")
def review_accept(store: Path, quiet: bool, number: int, reason: str, **source: str) -> None:
    """Accept proposal NUMBER into the graph, if it passes the validation."""
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
    """Readers' reports of errors, which stand apart from the graph and its history."""


@reports.command("list")
@EXISTING
@JSON
@click.option("--all", "everything", is_flag=True, help="Also those that were closed.")
def reports_list(store: Path, form: str, everything: bool) -> None:
    """List the reports that wait to be read."""
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
@click.option("--outcome", required=True, help="What became of it: what was mended, or why nothing is.")
def reports_close(store: Path, number: int, outcome: str) -> None:
    """Close report NUMBER, saying what became of it."""
    Reports(store).close(number, me().name, outcome)
    click.echo(f"Report {number} is closed.")


@reports.command("clear")
@EXISTING
@click.argument("numbers", nargs=-1, type=_NUMBER)
@click.option("--yes", is_flag=True, help="Do not ask first.")
def reports_clear(store: Path, numbers: tuple[int, ...], yes: bool) -> None:
    """Remove the reports NUMBERS for good, without numbers all of them."""
    if not (numbers or yes) and not click.confirm("Remove all reports?"):
        return
    removed = Reports(store).clear(numbers)
    click.echo(f"{removed:,} report{'' if removed == 1 else 's'} removed.")


@main.command()
@EXISTING
@QUIET
@click.argument("folder", type=click.Path(path_type=Path))
def backup(store: Path, quiet: bool, folder: Path) -> None:
    """Copy the store, with its history, tokens and reports, to FOLDER; it may be served and written meanwhile."""
    found = copies.backup(store, folder)
    for sentence in found.left_out:
        click.echo(sentence, err=True)
    if not quiet:
        click.echo(f"{found.path}: generation {found.generation}, change log up to record {found.changes:,}.")


@main.command()
@FOLDER
@QUIET
@click.option("--tokens", is_flag=True, help="Take over the tokens of the backup too, revoked ones included.")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
def restore(store: Path, quiet: bool, tokens: bool, folder: Path) -> None:
    """Replace the store by the backup in FOLDER, or make it anew; a running server serves it at once."""
    found = copies.restore(store, folder, tokens)
    for sentence in found.left_out:
        click.echo(sentence, err=True)
    if not quiet:
        click.echo(
            f"{store} is at generation {found.generation} again, change log up to record {found.changes:,}."
        )


@main.group()
def token() -> None:
    """Tokens with which clients write over HTTP."""


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
    """Create a token for NAME and print it; it is shown only this once."""
    click.echo(Tokens(store).add(name, role))
    click.echo("This is the only time that it is shown. Send it as: Authorization: Bearer TOKEN", err=True)


@token.command("list")
@EXISTING
def token_list(store: Path) -> None:
    """List who has a token, and for what."""
    holders = Tokens(store).holders()
    console.table(["name", "role", "made"], [[one.name, one.role, one.made[:19]] for one in holders])


@token.command("revoke")
@EXISTING
@click.argument("name")
def token_revoke(store: Path, name: str) -> None:
    """Revoke the token of NAME; it stops working at once."""
    Tokens(store).revoke(name)
    click.echo(f"The token of {name} is revoked.")
