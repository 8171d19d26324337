"""The command ``comity``: build the graph, ask it, export it, serve it."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from comity.server.cli import completion, console, history, publish, reading
from comity.server.cli import export as exports
from comity.server.cli.console import FOLDER, QUIET, STORE, main, open_or_build, with_store
from comity.store.database import Store

if TYPE_CHECKING:
    from comity.closure.entailment import Reasoner

_FORMAT = click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json", "turtle"]),
    default="table",
    show_default=True,
    help="Format of the answer; json for a SELECT query is SPARQL 1.1 results JSON.",
)


@main.command()
@STORE
@QUIET
@click.option(
    "--facts",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of tables; default: the one the store was built from, or the shipped facts for a new store.",
)
@click.option("--shipped", is_flag=True, help="Build from the facts that ship with comity.")
@click.option(
    "--reasoner",
    type=click.Choice(["fast", "owlrl"]),
    default="fast",
    show_default=True,
    help="owlrl is the reference engine and takes minutes.",
)
@click.option("--force", is_flag=True, help="Build even if nothing has changed.")
def build(
    store: Path | str, quiet: bool, facts: Path | None, shipped: bool, reasoner: "Reasoner", force: bool
) -> None:
    """Validate tables of facts and build the store from them."""
    from comity.build import build as build_store
    from comity.build import facts_folder

    if shipped:
        facts = facts_folder()

    if isinstance(store, str):
        _build_in_engine(store, facts, quiet, force)
        return
    with console.stages(quiet) as progress:
        report = build_store(store, facts, reasoner, progress, force)
    if not quiet:
        console.built(report, store)


def _build_in_engine(address: str, facts: Path | None, quiet: bool, force: bool) -> None:
    """Build the store inside a SPARQL engine; an interrupted build resumes."""
    from comity.build import content_hash, facts_folder
    from comity.remote.build import build_remote

    folder = facts or facts_folder()
    with console.stages(quiet) as progress:
        report = build_remote(address, folder, content_hash(folder), progress, force)
    if not quiet:
        counts = report.meta["counts"]
        done = "Unchanged" if report.unchanged else "Built"
        click.echo(f"{done}: {counts['acts']} acts, {counts['inferred']} inferred triples.")


@main.command()
@QUIET
@click.option(
    "--facts", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Folder of tables."
)
def validate(quiet: bool, facts: Path | None) -> None:
    """Validate tables of facts without building; list warnings and proposals."""
    from comity.build import derive_generation, facts_folder
    from comity.tables.load import load

    with console.stages(quiet) as progress:
        progress("Reading the tables of facts")
        read = load(facts or facts_folder())
        _, verdict = derive_generation(read, "fast", progress)
    console.verdict(verdict, read)


@main.command()
@with_store
@_FORMAT
@click.argument("sparql")
def query(store: Store, form: str, sparql: str) -> None:
    """Run a SPARQL query, given as text or as a file name (- reads standard input)."""
    from comity.api import evaluate
    from comity.questions.questions import read_query

    text = read_query(sparql)
    if console.answer(evaluate(store, text), form):
        console.hints(store, text)


@main.command(
    cls=completion.QuestionCommand,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []},
)
@with_store
@_FORMAT
@click.option(
    "--param", "params", multiple=True, metavar="NAME=VALUE", help="A parameter; also as --NAME VALUE."
)
@click.option(
    "--wide", is_flag=True, help="Show all columns of a table, including ids, addresses and sources."
)
@click.argument("name", required=False, shell_complete=completion.question_names)
@click.pass_context
def ask(
    context: click.Context, store: Store, form: str, params: tuple[str, ...], wide: bool, name: str | None
) -> None:
    """Ask the question NAME; without a name, list all questions by topic.

    `comity ask NAME --help` describes the question and its parameters.
    """
    from comity.questions.questions import answer, by_topic, question

    words = [*filter(None, [name]), *context.args]
    if {"--help", "-h"} & {*words}:
        named = [word for word in words if not word.startswith("-")]
        console.question_help(question(named[0])) if named else click.echo(context.get_help())
        return
    if name is None:
        console.question_list(by_topic())
        return
    values = console.options(list(params), context.args)
    asked = question(name)
    console.answer(answer(store, asked.bind(store.oxigraph, values)), form, narrow=not wide)


@main.command()
@with_store
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def info(store: Store, form: str) -> None:
    """Show the contents of the store: counts, content hash, versions."""
    from comity.questions.questions import counts

    console.info(store, counts(store), form)


@main.command()
@with_store
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    show_default=True,
    help="csv and json also include notes and addresses.",
)
@click.option("--totals", is_flag=True, help="Compare the record with the counts of other publishers.")
@click.argument("polity", required=False, shell_complete=completion.party_ids)
def coverage(store: Store, form: str, totals: bool, polity: str | None) -> None:
    """Show how complete the record is for POLITY, or for all parties, by topic and the list checked against."""
    from comity.questions.coverage import Coverage
    from comity.questions.lookup import find
    from comity.snapshots.calendar import Calendar

    party = find(store.oxigraph, polity, "party").value if polity else ""
    record = Coverage(store.oxigraph, Calendar(store.oxigraph))
    if totals:
        found = [one.record() for one in record.totals() if party in ("", one.about)]
        columns = ["counted", "asOf", "qualifier", "number", "recorded", "by"]
    else:
        found = [one.record() for one in record.statements(party)]
        columns = ["party", "topic", "completeness", "asOf", "recorded", "known", "checkedAgainst", "missing"]
    console.records(found, form, columns)


@main.command()
@FOLDER
@QUIET
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
def serve(store: Path, quiet: bool, host: str, port: int) -> None:
    """Serve the graph over HTTP; build the store first if there is none or its facts have changed."""
    from comity.build import FactsGoneError
    from comity.build import build as build_store
    from comity.server.listening import free_address
    from comity.server.serving import serve as serve_store
    from comity.server.settings import Settings

    # Report mistakes in these before a build, which may take minutes.
    settings = Settings.read()
    free_address(host, port)
    try:
        with console.stages(quiet) as progress:
            report = build_store(store, progress=progress)
        console.lost(report)
        if not report.unchanged:
            # A build leaves much memory behind, which the server's processes would never give back.
            os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
    except FactsGoneError as error:
        click.echo(f"{error} The existing store is served.", err=True)
    serve_store(store, host, port, settings)


@main.command()
@with_store
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "turtle"]),
    default="text",
    show_default=True,
    help="json is the tree; turtle is the same in PROV-O.",
)
@click.option(
    "--graph",
    "graph_name",
    help="The snapshot in which the statement holds: as-of/2022-07-14[/according-to/ID].",
)
@click.argument("subject", shell_complete=completion.party_ids)
@click.argument("predicate")
@click.argument("value", metavar="OBJECT", shell_complete=completion.party_ids)
def explain(
    store: Store, form: str, graph_name: str | None, subject: str, predicate: str, value: str
) -> None:
    """Explain why SUBJECT PREDICATE OBJECT holds, down to sourced acts, or what is missing for it.

    Things are ids, paths, IRIs or names; the predicate is a term like co:hasRecognised, or "a".
    """
    from comity.explanation.explain import explain as explained
    from comity.explanation.render import as_json, as_text, as_turtle
    from comity.questions.statement import read_statement

    fact, graph = read_statement(store.oxigraph, subject, predicate, value, graph_name)
    proof = explained(store.oxigraph, *fact, graph)
    console.report(proof, form, {"text": as_text, "json": as_json, "turtle": as_turtle})


@main.command()
@with_store
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.argument("name", metavar="SOURCE|ACT")
def depends(store: Store, form: str, name: str) -> None:
    """List what would no longer follow if a source or an act were retracted."""
    from comity.explanation.dependence import depends as dependence
    from comity.questions.lookup import find

    found = dependence(store.oxigraph, find(store.oxigraph, name))
    console.report(found, form, {"text": lambda it: it.as_text(), "json": lambda it: it.as_json()})


@main.command()
@FOLDER
@QUIET
@click.option("--http", is_flag=True, help="Answer over HTTP instead of standard input and output.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on, with --http.")
@click.option("--port", type=click.IntRange(0, 65535), default=8001, show_default=True)
@click.option(
    "--allow-host", "hosts", multiple=True, metavar="NAME", help="A public host name that requests may use."
)
def mcp(store: Path, quiet: bool, http: bool, host: str, port: int, hosts: tuple[str, ...]) -> None:
    """Serve the graph to language models over the Model Context Protocol; needs the extra `mcp`."""
    from comity.errors import require
    from comity.server.listening import free_address

    require("mcp", "mcp")
    if http:
        free_address(host, port)
    open_or_build(store, quiet)
    from comity.server.mcp.server import serve_http, serve_stdio

    if not http:
        serve_stdio(store)
        return
    serve_http(
        store, host, port, hosts, lambda address: click.echo(f"Comity is listening at {address}", err=True)
    )


#: Imported for the commands they add to the group.
MORE = (history, exports, publish, reading)
