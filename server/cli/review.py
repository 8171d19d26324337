"""The commands of the review queue: what waits for an editor, and the decision."""

import json
from pathlib import Path

import click

from comity.server.cli import printing
from comity.server.cli.changes import JSON, REASON, me, told, writer
from comity.server.cli.group import QUIET, STORE, main
from comity.store.changelog import ChangeLog


@main.group()
def review() -> None:
    """The queue of proposals and reports that wait for an editor."""


@review.command("list")
@STORE
@JSON
@click.option("--all", "everything", is_flag=True, help="Also those that were decided.")
def review_list(store: Path, form: str, everything: bool) -> None:
    """List what waits for a decision."""
    from comity.changes.review import WAITING, proposals

    found = proposals(ChangeLog(store), None if everything else WAITING)
    if form == "json":
        click.echo(json.dumps([one.as_json() for one in found], indent=1, ensure_ascii=False))
        return
    rows = [
        [
            *(str(one.number), one.record.time[:19], one.record.agent, one.kind, one.state),
            *(f"+{len(one.added)}", one.record.reason),
        ]
        for one in found
    ]
    printing.table(["number", "time", "who", "what", "state", "quads", "why"], rows)


@review.command("show")
@STORE
@click.argument("number", type=int)
def review_show(store: Path, number: int) -> None:
    """Show what proposal NUMBER would change."""
    from comity.changes.review import proposal

    one = proposal(ChangeLog(store), number)
    click.echo(f"# {one.kind} by {one.record.agent}, {one.record.time}, {one.state}: {one.record.reason}")
    if one.about:
        click.echo(f"# about {one.about}")
    for sign, lines in (("D", one.removed), ("A", one.added)):
        for line in lines.lines:
            click.echo(f"{sign} {line}")


@review.command("accept")
@STORE
@QUIET
@click.argument("number", type=int)
@REASON
@click.option("--source-publisher", default="", help="Source for what has none: its publisher,")
@click.option("--source-title", default="", help="its title,")
@click.option("--source-date", default="", help="its date,")
@click.option("--source-url", default="", help="and its address.")
def review_accept(store: Path, quiet: bool, number: int, reason: str, **source: str) -> None:
    """Make proposal NUMBER part of the graph, if it passes the validation."""
    from comity.changes.review import accept

    given = source if any(source.values()) else None
    told(accept(writer(store, quiet), number, me(), reason, given))


@review.command("refuse")
@STORE
@QUIET
@click.argument("number", type=int)
@click.option("--reason", required=True, help="What is wrong with it.")
def review_refuse(store: Path, quiet: bool, number: int, reason: str) -> None:
    """Refuse proposal NUMBER for a reason."""
    from comity.changes.review import refuse as turn_down

    turn_down(writer(store, quiet), number, me(), reason)
    click.echo(f"Proposal {number} is refused.")
