"""The functions for notebooks: light to import, plain in what they give, and closed to other servers."""

import datetime as dt
import subprocess
import sys
from importlib.metadata import version

import pytest

import comity
from comity import ask, explain, find, open_store, panel, query, snapshot
from comity.errors import QueryError, QuestionError, SnapshotError, UnknownError
from comity.store.database import Store

HEAVY = ("rdflib", "pyshacl", "owlrl", "pandas", "networkx", "pyarrow", "flask", "pyoxigraph")


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = f"import comity, sys; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_everything_promised_is_there_and_nothing_else_is_made_up() -> None:
    assert all(getattr(comity, name) for name in comity.__all__)
    assert comity.__version__ == version("comity")
    with pytest.raises(AttributeError):
        comity.nothing_of_the_kind  # noqa: B018


def test_an_answer_holds_plain_values(real_store: Store) -> None:
    rows = query(
        real_store, 'SELECT (1 AS ?n) ("2022-07-14"^^xsd:date AS ?day) (true AS ?yes) (co:Act AS ?iri) ?no {}'
    )
    assert not isinstance(rows, bool) and rows[0] == {  # type: ignore[index]
        "n": 1,
        "day": dt.date(2022, 7, 14),
        "yes": True,
        "iri": "https://w3id.org/comity/ontology#Act",
        "no": None,
    }


def test_an_answer_shows_itself_in_a_notebook_without_trusting_its_text(real_store: Store) -> None:
    answer = query(real_store, 'SELECT ("<script>" AS ?x) {}')
    assert "&lt;script&gt;" in answer._repr_html_() and "<script>" not in answer._repr_html_()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "sparql",
    [
        "SELECT * { SERVICE <http://x.example/> { ?s ?p ?o } }",
        "SELECT * { service ?x { ?s ?p ?o } }",
        "SELECT * FROM <http://x.example/> { ?s ?p ?o }",
        "SELECT * FROM NAMED cog:nowhere { ?s ?p ?o }",
        "SELECT * { ?s ?p }",
    ],
)
def test_queries_that_reach_outside_or_fail_are_refused(real_store: Store, sparql: str) -> None:
    with pytest.raises(QueryError):
        query(real_store, sparql)


def test_a_word_in_a_text_or_a_comment_is_no_service(real_store: Store) -> None:
    text = "SELECT ?service { VALUES ?service { 'SERVICE <http://x.example/>' } } # SERVICE FROM <x>"
    assert len(query(real_store, text)) == 1  # type: ignore[arg-type]


def test_a_silent_service_asks_nobody_and_gives_one_empty_solution(real_store: Store) -> None:
    text = "SELECT ?x { service silent <http://127.0.0.1:9/> { ?s ?p ?o } BIND(1 AS ?x) }"
    assert len(query(real_store, text)) == 1  # type: ignore[arg-type]


def test_a_snapshot_is_that_of_the_query(real_store: Store) -> None:
    made = snapshot(real_store, dt.date(2022, 7, 14))
    rows = query(real_store, f"SELECT ?a ?b FROM <{made.iri}> WHERE {{ ?a co:recognises ?b }}")
    assert len(rows) == len(made.pairs()) and ("syria", "donetsk-peoples-republic") in made.pairs()  # type: ignore[arg-type]


def test_a_view_holds_what_the_party_holds(real_store: Store) -> None:
    held = snapshot(real_store, "2022-07-14", "Ukraine").pairs("heldToBe")
    assert ("donetsk-peoples-republic", "temporarily-occupied-territory") in held


def test_explanations_are_text_json_and_sources(real_store: Store) -> None:
    why = explain(real_store, "north-korea", "co:recognises", "donetsk-peoples-republic", "2022-07-14")
    assert why.holds and "2022-07-13" in str(why) and why.sources and why.json()["status"] == "entailed"


def test_a_panel_keeps_missing_codes_missing(real_store: Store) -> None:
    frame = panel(real_store, 2022, 2022)
    assert frame[frame.a == "abkhazia"].a_cow.isna().all() and (frame[frame.a == "russia"].a_cow == 365).all()


def test_errors_name_the_cure(real_store: Store, tmp_path: object) -> None:
    with pytest.raises(QuestionError, match="Did you mean"):
        ask(real_store, "who-recognizes")
    with pytest.raises(UnknownError, match="Did you mean"):
        find(real_store, "Ukrayn")
    with pytest.raises(SnapshotError):
        snapshot(real_store, "1066-10-14")


def test_a_store_is_opened_by_text_too(real_store: Store) -> None:
    assert open_store(str(real_store.path)).generation == real_store.generation
