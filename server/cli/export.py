"""Commands that write files for other programs: tables, SQLite, RDF, panels, networks, maps, lists, QuickStatements."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import click

from comity.server.cli import console
from comity.server.cli.completion import party_ids
from comity.server.cli.console import main, with_store
from comity.store.database import Store

_OUTPUT = click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Output file; default: standard output.",
)
_RDF = ("turtle", "trig", "nquads", "ntriples", "jsonld", "rdfxml")
#: The format implied by the suffix of a file name, if none is named.
_SUFFIXES = {
    ".ttl": "turtle",
    ".trig": "trig",
    ".nq": "nquads",
    ".nt": "ntriples",
    ".jsonld": "jsonld",
    ".rdf": "rdfxml",
    ".csv": "csv",
    ".parquet": "parquet",
    ".xlsx": "xlsx",
    ".sqlite": "sqlite",
}
_MAP_SUFFIXES = {
    ".geojson": "geojson",
    ".json": "geojson",
    ".gpkg": "geopackage",
    ".parquet": "geoparquet",
}


def _form_of(output: Path | None, forms: Mapping[str, str]) -> str | None:
    """Return the format implied by the suffix of a file name, ignoring a compression suffix; None without a suffix.

    :raises click.UsageError: if the suffix implies none.
    """
    suffixes = [suffix for suffix in output.suffixes if suffix not in console.COMPRESSED] if output else []
    if not suffixes:
        return None
    if suffixes[-1] not in forms:
        raise click.UsageError(
            f"The name {output} does not tell a format: end it in {', '.join(forms)}, or name one with --format."
        )
    return forms[suffixes[-1]]


_READING = click.option(
    "--reading",
    type=click.Choice(["certain", "possible"]),
    default="certain",
    show_default=True,
    help="How to treat inexact dates.",
)


def _read_day(context: click.Context, parameter: click.Parameter, text: str | None) -> str:
    from comity.edtf import day
    from comity.errors import DateError

    try:
        return dt.date.today().isoformat() if text is None else day(text).isoformat()
    except DateError as error:
        raise click.BadParameter(str(error)) from None


#: The ``--as-of`` option.
AS_OF = click.option(
    "--as-of", callback=_read_day, show_default="today", metavar="DATE", help="The day of the answer."
)


def _report_omissions(store: Store) -> None:
    number = store.meta.get("counts", {}).get("proposed_acts", 0)
    click.echo(
        f"From generation {store.generation}; {number:,} proposed acts without a source were omitted. "
        "An act that is not listed is unknown, not refused.",
        err=True,
    )


@main.command()
@with_store
@click.argument(
    "table",
    type=click.Choice(["acts", "recognitions", "relations", "polities", "sources"]),
    required=False,
    metavar="[TABLE]",
)
@click.option(
    "--graph", "graph_name", help="Only this named graph, for example facts/acts-kosovo or inferred."
)
@click.option("--entity", help="Only statements about this entity: an id, path, IRI or name.")
@click.option(
    "--format",
    "form",
    type=click.Choice([*_RDF, "csv", "parquet", "xlsx", "sqlite"]),
    show_default="by the suffix of the output, else turtle; csv for a table",
    help="For a table: csv, parquet or xlsx; for all tables in one file: sqlite; for the graph: an RDF format, or csv "
    "with one row per triple.",
)
@_OUTPUT
def export(
    store: Store,
    table: str | None,
    graph_name: str | None,
    entity: str | None,
    form: str | None,
    output: Path | None,
) -> None:
    """Export a table, the graph, a named graph or an entity; equal content yields equal bytes.

    TABLE is acts, recognitions, relations, polities or sources, with names, codes, dates and sources.
    parquet needs the extra `scholars`, xlsx the extra `xlsx`; both, and sqlite, need --output. An output whose name
    ends in .gz or .zst is compressed.
    """
    form = form or _form_of(output, _SUFFIXES)
    if form == "sqlite":
        _export_database(store, table or graph_name or entity, output)
        return
    if table is not None:
        if graph_name or entity:
            raise click.UsageError(f"The table {table} covers the whole graph: omit --graph and --entity.")
        _export_table(store, table, form or "csv", output)
        return
    if form in ("parquet", "xlsx"):
        raise click.UsageError(f"--format {form} needs a table, as in `comity export acts`.")
    from comity.questions.export import export as exported

    console.write([exported(store, form or "turtle", graph_name, entity)], output)


def _export_database(store: Store, part: str | None, output: Path | None) -> None:
    from comity.export import sqlite_file, tables

    if part is not None:
        raise click.UsageError("--format sqlite exports all tables: omit TABLE, --graph and --entity.")
    if output is None:
        raise click.UsageError("--format sqlite needs an output file: name it with --output.")
    notes = tables.notes_of_all(store.generation)
    console.replace_file(output, lambda draft: sqlite_file.write(store.oxigraph, draft, notes))
    _report_omissions(store)


def _export_table(store: Store, name: str, form: str, output: Path | None) -> None:
    from comity.export import table_files, tables

    if form in _RDF:
        raise click.UsageError(f"--format {form} is for the graph; a table can be csv, parquet or xlsx.")
    if form == "csv" and output is None:
        chosen = tables.table(name)
        console.write(table_files.write_csv(chosen, chosen.rows(tables.Source(store.oxigraph))))
    elif output is None:
        raise click.UsageError(f"--format {form} needs an output file: name it with --output.")
    else:
        notes = tables.notes(name, store.generation)
        console.replace_file(
            output, lambda draft: table_files.write(store.oxigraph, name, form, draft, notes)
        )
    _report_omissions(store)


@main.command()
@with_store
@click.option("--from", "first", type=int, help="First year; default: the earliest with a known period.")
@click.option("--to", "last", type=int, help="Last year; default: the latest whose reference day has passed.")
@click.option(
    "--day", default="12-31", show_default=True, metavar="MM-DD", help="Reference day of each year."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "parquet"]),
    default="csv",
    show_default=True,
    help="parquet needs the extra `scholars` and --output.",
)
@_OUTPUT
def panel(
    store: Store, first: int | None, last: int | None, day: str, form: str, output: Path | None
) -> None:
    """Export the dyad-year panel: the known state of each ordered pair on one day of each year."""
    from comity.export import panels
    from comity.export.dyads import Dyads

    if form == "parquet" and output is None:
        raise click.UsageError("--format parquet needs an output file: name it with --output.")
    dyads = Dyads(store.oxigraph)
    span = panels.years(dyads, first, last, day)
    found = panels.rows(dyads, span)
    if form == "csv":
        console.write(panels.write_csv(found), output)
    elif output is not None:
        notes = {"generation": store.generation, "reference day": span.day, "licence": "CC BY 4.0, Comity"}
        console.replace_file(output, lambda draft: panels.write_parquet(found, draft, notes))
    _report_omissions(store)


@main.command()
@with_store
@AS_OF
@_READING
@click.option(
    "--tie",
    type=click.Choice(["recognises", "express", "mutual", "relations"]),
    default="recognises",
    show_default=True,
    help="What an edge means; the first two are directed.",
)
@click.option(
    "--format", "form", type=click.Choice(["graphml", "gexf"]), default="graphml", show_default=True
)
@_OUTPUT
def network(store: Store, as_of: str, reading: str, tie: str, form: str, output: Path | None) -> None:
    """Export the network of recognition or relations as of a day; needs the extra `scholars`."""
    from comity.export.as_of import make_network, write_network
    from comity.export.dyads import Dyads

    graph = make_network(Dyads(store.oxigraph), as_of, tie, reading)
    console.write([write_network(graph, form)], output)
    _report_omissions(store)


@main.command("map")
@with_store
@AS_OF
@_READING
@click.option(
    "--according-to",
    metavar="PARTY",
    shell_complete=party_ids,
    help="Add this party's position on each polity.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["geojson", "geopackage", "geoparquet"]),
    show_default="by the suffix of the output, else geojson",
    help="geopackage and geoparquet need the extra `maps` and --output.",
)
@_OUTPUT
def map_(
    store: Store, as_of: str, reading: str, according_to: str | None, form: str | None, output: Path | None
) -> None:
    """Export the polities as points, with the number of parties known to recognise each as of a day."""
    from comity.export import map_files
    from comity.export.as_of import make_geojson, write_geojson
    from comity.export.dyads import Dyads
    from comity.iris import identifier
    from comity.questions.lookup import find

    form = form or _form_of(output, _MAP_SUFFIXES) or "geojson"
    if form != "geojson" and output is None:
        raise click.UsageError(f"--format {form} needs an output file: name it with --output.")
    party = identifier(find(store.oxigraph, according_to, "party")) if according_to else None
    collection = make_geojson(store.oxigraph, Dyads(store.oxigraph), as_of, reading, party)
    collection |= {"generation": store.generation}
    if form == "geojson" or output is None:
        console.write([write_geojson(collection)], output)
    else:
        console.replace_file(output, lambda draft: map_files.write(collection, form, draft))
    _report_omissions(store)


@main.command("list")
@with_store
@click.argument("what", type=click.Choice(["states"]))
@AS_OF
@_READING
@click.option(
    "--according-to",
    metavar="PARTY",
    default="",
    shell_complete=party_ids,
    help="The states that this party recognises or claims.",
)
@click.option(
    "--basis", default="", help="un-members (the default) or un-members-and-observers.", metavar="BASIS"
)
@click.option(
    "--recognised-by",
    default="",
    metavar="N",
    help="Polities recognised by at least N members of the United Nations.",
)
@click.option("--format", "form", type=click.Choice(["csv", "json"]), default="csv", show_default=True)
@_OUTPUT
def list_(
    store: Store,
    what: str,
    as_of: str,
    reading: str,
    according_to: str,
    basis: str,
    recognised_by: str,
    form: str,
    output: Path | None,
) -> None:
    """List states for software: names, codes, capitals, coordinates, and the reason and source for including each."""
    from comity.export.dyads import Dyads
    from comity.export.lists import Choice, States, write_csv, write_json
    from comity.iris import identifier
    from comity.questions.lookup import Names

    names = Names(store.oxigraph)
    holder = names.find(according_to, "party") if according_to else None
    choice = Choice.read(basis, identifier(holder) if holder else "", recognised_by)
    rows = States(store.oxigraph, Dyads(store.oxigraph), as_of, reading).rows(choice)
    title = choice.title(names.label(holder.value) if holder else "")
    about = {"title": title, "as_of": as_of, "reading": reading, "generation": store.generation}
    text = write_csv(rows) if form == "csv" else write_json(rows, about)
    console.write([text.encode()], output)
    click.echo(f"{title}, {as_of}: {len(rows)}.", err=True)
    _report_omissions(store)


@main.command()
@with_store
@_OUTPUT
def quickstatements(store: Store, output: Path | None) -> None:
    """Export diplomatic relations as Wikidata QuickStatements, for manual review before use."""
    from comity.export.quickstatements import quickstatements as statements

    lines = statements(store.oxigraph, store.generation)
    console.write((f"{line}\n".encode() for line in lines), output)
    click.echo("Review each line by hand before running any of it.", err=True)
    _report_omissions(store)
