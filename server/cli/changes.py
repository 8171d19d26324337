"""The commands that change the graph and look into its past."""

import getpass
import json
import sys
from pathlib import Path

import click

from comity.changes.apply import Changes
from comity.changes.importing import add_files, graph_named
from comity.changes.request import ADDITIONS, Author, ChangeResult
from comity.errors import ComityError
from comity.server.cli import printing
from comity.server.cli.group import QUIET, STORE, main, open_or_build
from comity.store.changelog import ChangeLog

REASON = click.option("--reason", default="", help="Why; it stands in the history.")
JSON = click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)


def me() -> Author:
    """Give the author of what is done at this machine's own command line."""
    try:
        return Author(getpass.getuser(), "admin")
    except (KeyError, OSError):
        return Author("operator", "admin")


def writer(store: Path, quiet: bool) -> Changes:
    """Give what changes the store, which the first use builds."""
    open_or_build(store, quiet)
    return Changes(store)


def told(receipt: ChangeResult) -> None:
    """Print what became of a change."""
    for warning in receipt.warnings:
        click.echo(f"Warning: {warning}")
    numbers = f"{len(receipt.added):,} quads added, {len(receipt.removed):,} removed"
    if receipt.opened or receipt.closed:
        numbers += f"; {receipt.opened:,} periods open, {receipt.closed:,} fall"
    if receipt.dry_run:
        click.echo(f"It would pass: {numbers}. Nothing was changed.")
    elif receipt.number is None and receipt.proposal is None:
        click.echo("There is nothing to change: the graph says all of it already.")
    elif receipt.kind == "change":
        click.echo(f"Change {receipt.number}: {numbers}.")
    if receipt.proposal is not None:
        click.echo(
            f"Proposal {receipt.proposal} waits for an editor: `comity review show {receipt.proposal}`."
        )


@main.command("import")
@STORE
@QUIET
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@click.option("--dry-run", is_flag=True, help="Say what would happen, and change nothing.")
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
    with printing.stages(quiet) as progress:
        changes.progress = progress
        receipt = changes.change(build, me(), "import", reason or f"Import of {names}", dry_run)
    told(receipt)


@main.group()
def changes() -> None:
    """The history of the graph: what changed, when, by whom and why."""


@changes.command("list")
@STORE
@JSON
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
def changes_list(store: Path, form: str, limit: int) -> None:
    """List the latest changes, newest first."""
    records = ChangeLog(store).latest(limit)
    if form == "json":
        click.echo(json.dumps([record.as_json() for record in records], indent=1, ensure_ascii=False))
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
    printing.table(["number", "time", "who", "how", "quads", "why"], rows)


@changes.command("show")
@STORE
@click.argument("number", type=int)
@click.option("--format", "form", type=click.Choice(["patch", "json"]), default="patch", show_default=True)
def changes_show(store: Path, number: int, form: str) -> None:
    """Show what change NUMBER took away and added, as RDF Patch or JSON."""
    from comity.changes.history import rdf_patch

    record = ChangeLog(store).record(number)
    if record is None:
        raise ComityError(f"There is no change {number}. `comity changes list` names them.")
    if form == "json":
        click.echo(json.dumps(record.as_json(), indent=1, ensure_ascii=False))
        return
    click.echo(f"# {record.kind} by {record.agent}, {record.time}, {record.channel}: {record.reason}")
    click.echo(rdf_patch(record), nl=False)


@changes.command("revert")
@STORE
@QUIET
@click.argument("number", type=int)
@REASON
@click.option("--dry-run", is_flag=True, help="Say what would happen, and change nothing.")
def changes_revert(store: Path, quiet: bool, number: int, reason: str, dry_run: bool) -> None:
    """Undo change NUMBER by a new change."""
    from comity.changes.review import revert as undone

    made = writer(store, quiet)
    told(
        made.change(undone(made.log, number), me(), "revert", reason or f"Reverts change {number}.", dry_run)
    )


@changes.command("retract")
@STORE
@QUIET
@click.argument("thing")
@click.option("--reason", required=True, help="Why; whoever asks for it later is told.")
@click.option("--yes", is_flag=True, help="Do not ask first.")
@click.option("--dry-run", is_flag=True, help="Show what falls with it, and change nothing.")
def changes_retract(store: Path, quiet: bool, thing: str, reason: str, yes: bool, dry_run: bool) -> None:
    """Take an act, a source or another THING back, after showing what falls with it."""
    from comity.changes.importing import retraction
    from comity.explanation.dependence import depends
    from comity.questions.lookup import find

    opened = open_or_build(store, quiet)
    node = find(opened.oxigraph, thing)
    click.echo(depends(opened.oxigraph, node).as_text(), nl=False)
    if not (yes or dry_run) and not click.confirm("Retract it?"):
        return
    told(Changes(store).change(retraction(node), me(), "retraction", reason, dry_run))


@changes.command("as-known-on")
@STORE
@click.argument("moment")
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="File to write; default: screen."
)
def changes_as_known_on(store: Path, moment: str, output: Path | None) -> None:
    """Export the facts as the graph knew them at a past MOMENT (a day, or a time), as N-Quads."""
    from comity.changes.history import as_known_on

    lines = sorted(f"{quad} ." for quad in as_known_on(store, moment))
    data = ("\n".join(lines) + "\n").encode()
    if output is None:
        sys.stdout.buffer.write(data)
    else:
        printing.write_file(output, data)
