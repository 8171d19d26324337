"""The command that reads a report and proposes the acts and statements it describes."""

import sys
from typing import Any

import click

from comity.server.cli import console
from comity.server.cli.console import main, with_store
from comity.store.database import Store


@main.command()
@with_store
@click.option("--published", default="", metavar="DAY", help="When the report was published: 2022-07-14.")
@click.option("--publisher", default="", help="Who published it.")
@click.option("--title", default="", help="Its title.")
@click.option("--url", default="", help="Its URL, which is recorded but not fetched.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="json has the rows with the columns of the tables, and their positions in the text.",
)
@click.argument("file", type=click.File("rb"), default="-")
def read(store: Store, form: str, published: str, publisher: str, title: str, url: str, file: Any) -> None:
    """Read a report in FILE, or standard input, and propose the acts and statements it describes.

    Nothing is entered: a curator checks the rows. Acts planned, denied or demanded are listed separately.
    """
    from comity.reading.intake import MOST_LETTERS, as_text
    from comity.reading.rows import ReportReader, Source

    # A character has at most four bytes; a longer file is refused without being read to the end.
    text = as_text(file.read(MOST_LETTERS * 4 + 1))
    rows = ReportReader(store.oxigraph).read(text, Source(publisher, title, published, url))
    if form == "json":
        console.as_json(rows.as_json())
        return
    for line in _lines(rows.as_json(), text):
        click.echo(line)
    sys.stdout.flush()


def _lines(found: dict[str, Any], text: str) -> list[str]:
    """Return the findings as lines of text."""
    lines = [f"Note: {note}" for note in found["notes"]]
    if found["notes"] and not found["acts"] and not found["statements"]:
        named = {one["text"]: ", ".join(one["ids"]) for one in found["mentions"] if one.get("ids")}
        lines += [f"Named: {text} ({ids})" for text, ids in named.items()]
    for one in (*found["acts"], *found["undated"]):
        lines.append(
            f"{one['sentence']}, {one['date'] or 'no date'} [{one['known']['state']}, {one['confidence']}]"
        )
        lines.append(f"    {_quoted(one['span'], text)}")
        if one["known"]["state"] != "new":
            lines.append(f"    {one['known']['words']}")
        lines += [f"    {reason}" for reason in one["reasons"]]
    for one in found["statements"]:
        words = f": “{one['short_quotation']}”" if one.get("short_quotation") else ""
        lines.append(f"{one['speaker']} {one['kind']}{words} [{one['confidence']}]")
        if one.get("claim_in_our_words"):
            lines.append(f"    {one['claim_in_our_words']}")
    for one in found["not_done"]:
        lines.append(f"Not proposed ({one['mood']}): {one['kind']}/{one['actor']}/{one['object']}")
    return lines


def _quoted(span: dict[str, int], text: str) -> str:
    words = " ".join(text[span["start"] : span["end"]].split())
    return f"“{words}”, paragraph {span['paragraph']}"
