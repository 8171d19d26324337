"""A store inside a real engine holds, and answers, what the store on disk does."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pyoxigraph as ox
import pytest

from comity.build import build
from comity.iris import BASE, INFERRED, PERIODS
from comity.questions.questions import answer, question
from comity.remote.build import build_remote
from comity.remote.endpoint import Endpoint, RemoteError, read_address
from comity.remote.store import open_remote
from comity.store.database import Store, open_store
from tests.benchmarks.synthesis import synthesise

from . import engines

SNAPSHOT = f"SELECT ?a ?b {{ GRAPH <{BASE}as-of/1990-06-01> {{ ?a <{BASE}ontology#recognises> ?b }} }} ORDER BY ?a ?b"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    synthesise(700, 3, folder)
    return folder


@pytest.fixture(scope="module")
def embedded(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Store:
    path = tmp_path_factory.mktemp("store")
    build(path, world)
    return open_store(path)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("virtuoso", marks=pytest.mark.needs("virtuoso")),
        pytest.param("oxigraph", marks=pytest.mark.needs("oxigraph")),
    ],
)
def address(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, world: Path
) -> Iterator[str]:
    start = getattr(engines, request.param)
    with start(tmp_path_factory.mktemp(request.param)) as place:
        build_remote(place, world, "first", lambda stage: None)
        yield place


@pytest.mark.long
@pytest.mark.parametrize("graph", [PERIODS, INFERRED], ids=["periods", "closure"])
def test_the_rules_in_the_engine_conclude_what_the_fast_engine_does(
    address: str, embedded: Store, graph: object
) -> None:
    sides = [
        {str(quad.triple) for quad in store.oxigraph.quads_for_pattern(None, None, None, graph)}  # type: ignore[arg-type]
        for store in (embedded, open_remote(address))
    ]
    assert sides[0] == sides[1] and sides[0]


QUESTIONS = [
    "ever-recognised",
    "ends-of-recognition",
    "recogniser-counts",
    "recognition-order",
    "evidence-strength",
]


def answer_rows(store: Store, sparql: str) -> list[list[str]]:
    solutions = cast(ox.QuerySolutions, answer(store, sparql))
    names = [variable.value for variable in solutions.variables]
    return sorted([str(row[name]) for name in names] for row in solutions)


@pytest.mark.long
@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_has_the_same_answer(address: str, embedded: Store, world: Path, name: str) -> None:
    rows = (world / "acts-world-001.csv").read_text("utf-8").splitlines()
    recognised = next(row.split(",")[2] for row in rows if row.startswith("recognition,"))
    known = {"object": recognised, "polity": recognised, "as_of": "2000-01-01"}
    asked = question(name)
    values = {
        parameter.name: known[parameter.name] for parameter in asked.parameters if parameter.name in known
    }
    sparql = asked.bind(embedded.oxigraph, values)
    answers = [answer_rows(store, sparql) for store in (embedded, open_remote(address))]
    assert answers[0] == answers[1] and answers[0]


@pytest.mark.long
@pytest.mark.parametrize(
    "address", [pytest.param("oxigraph", marks=pytest.mark.needs("oxigraph"))], indirect=True
)
def test_a_snapshot_made_in_the_engine_is_the_one_made_here(address: str, embedded: Store) -> None:
    from comity.questions.questions import answer

    answers = [
        [
            (str(row["a"]), str(row["b"]))
            for row in cast(list, answer(store, SNAPSHOT, (), [f"{BASE}as-of/1990-06-01"]))
        ]  # type: ignore[type-arg]
        for store in (embedded, open_remote(address))
    ]
    assert answers[0] == answers[1] and answers[0]


def test_an_engine_that_does_not_answer_is_named_with_what_to_do() -> None:
    endpoint = Endpoint(read_address(f"sparql+http://127.0.0.1:{engines.free_port()}/sparql"), pause=0)
    with pytest.raises(RemoteError, match="cannot be reached"):
        endpoint.query("ASK {}")


def test_addresses_of_updates_may_be_relative_and_credentials_are_not_shown() -> None:
    address = read_address("sparql+http://ada:secret@host:8890/sparql?update=/sparql-auth")
    assert (address.update, address.user) == ("http://host:8890/sparql-auth", "ada")
    assert "secret" not in address.shown
