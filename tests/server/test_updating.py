"""What an update would change is worked out without a copy of the store, and is what the engine itself would do."""

from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from comity.iris import BASE, PREFIXES
from comity.server.processes import updating
from comity.server.processes.dataset import LoadedDataset
from tests.server.scratch import write_store

TRIG = """@prefix : <https://example.org/> .
:a :p 1, 2 ; :q :b . :b :p "x"@en .
:g { :a :p 1 . :c :p :d } :h { :c :p :e . _:blank :p :f }"""
PREFIX = "PREFIX : <https://example.org/> "
ONE_AT_A_TIME = [
    "DELETE WHERE { :a :p ?o }",
    "DELETE WHERE { GRAPH ?g { ?s ?p ?o } }",
    "DELETE WHERE { GRAPH :h { ?s :p :f } }",
    "DELETE { GRAPH :g { ?s ?p ?o } } INSERT { GRAPH :k { ?s ?p ?o } } WHERE { GRAPH :g { ?s ?p ?o } }",
    "DELETE { :a :p ?o } INSERT { :a :p ?o ; :r ?more } WHERE { :a :p ?o OPTIONAL { :a :r ?more } }",
    "WITH :g DELETE { ?s :p ?o } INSERT { ?s :q ?o } WHERE { ?s :p ?o }",
    "WITH :g DELETE { ?s :p ?o } USING :h WHERE { ?s :p ?o }",
    "INSERT { :new :is ?n } USING NAMED :h WHERE { { SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } } }",
    'INSERT { :braces :are "} ; {" } WHERE { }',
    "INSERT { ?s :unknown ?v } WHERE { ?s :p ?o BIND(:function(?o) AS ?v) }",
    "INSERT { :a :p 1 } WHERE { :nobody :p 1 }",
    "CLEAR GRAPH :nothing",
    "CLEAR GRAPH :g",
    "DROP GRAPH :g",
    "CREATE GRAPH :k",
    "COPY :g TO :h",
    "MOVE :g TO :k",
    "ADD :g TO :h",
    "INSERT DATA { :a :p 1, 3 } ; DELETE DATA { GRAPH :g { :c :p :d } } ; DELETE DATA { :a :p 3 }",
    "DELETE WHERE { :a :p ?o } ; INSERT DATA { :a :p 2 }",
]
AFTER_EACH_OTHER = [
    "INSERT DATA { :a :p 9 } ; DELETE WHERE { :a :p ?o }",
    "DELETE WHERE { :a :p ?o } ; INSERT { :a :q ?o } WHERE { :a :p ?o }",
    "DELETE WHERE { :a :p 1 } ; INSERT { :a :q ?o } WHERE { :a :p ?o } ; DELETE WHERE { :a :q ?o }",
    "DELETE WHERE { :a :p 1 } ; DELETE { ?s :q ?o } INSERT { ?s :was ?v } WHERE { ?s :p ?v OPTIONAL { ?s :q ?o } }",
    "DELETE WHERE { :a :p 1 } ; INSERT { :found :in ?g } WHERE { GRAPH ?g { } }",
    "WITH :g DELETE { ?s :p ?o } INSERT { ?s :q ?o } WHERE { ?s :p ?o } ; WITH :g INSERT { :n :n 1 } WHERE { ?s :q 1 }",
    "DELETE WHERE { :a :p 1 } ; INSERT { :n :n ?o } USING :g USING NAMED :h WHERE { ?s :p ?o GRAPH ?g { ?s :p ?any } }",
    "DROP GRAPH :g ; DROP GRAPH :h",
    "CLEAR GRAPH :g ; INSERT DATA { GRAPH :g { :a :p 1 } } ; COPY :g TO :h",
    "DROP GRAPH :g ; CREATE GRAPH :g ; ADD :h TO :g ; DELETE WHERE { GRAPH :h { ?s :p :e } }",
    "INSERT DATA { GRAPH :k { :a :p 1 } } ; MOVE :k TO :l ; INSERT { :moved :is ?o } WHERE { GRAPH :l { :a :p ?o } }",
    "COPY :g TO :k ; DROP GRAPH :k ; INSERT { :x :y ?o } WHERE { :b :p ?o }",
    "INSERT DATA { :a :p 9 } ; INSERT { :x :y ?s } WHERE { ?s ?p 9 }",
    "INSERT DATA { :a :p 9 } ; INSERT { :x :y ?s } WHERE { ?s :p* ?any }",
    "INSERT DATA { GRAPH :g { :c :p :e } } ; INSERT { :x :y ?s } WHERE { GRAPH ?g { ?s :p* :e } }",
    "INSERT DATA { :a a :T } ; DELETE { ?s a ?t } INSERT { ?s :was ?t } WHERE { ?s a ?t } ; DELETE WHERE { ?s :q ?t }",
    "CREATE GRAPH :k ; INSERT { :found :in ?g } WHERE { GRAPH ?g { } FILTER NOT EXISTS { GRAPH ?g { ?s ?p ?o } } }",
    "INSERT DATA { :a :p 9 } ; WITH :h INSERT { ?s :q ?n } WHERE { ?s :p ?o GRAPH :g { ?any :p ?n } }",
]
PER_GRAPH = [
    "INSERT DATA { GRAPH :k { :a :p 1 } } ; INSERT { :found :in ?g } WHERE { GRAPH ?g { } }",
    "INSERT DATA { GRAPH :k { :a :p 1 } } ; INSERT { :found :in :k } WHERE { GRAPH :k { } }",
    "INSERT DATA { GRAPH :g { :a :p 9 } } ; DELETE { GRAPH ?g { ?s ?q ?o } } WHERE { GRAPH ?g { ?s ?q ?o } }",
    "INSERT DATA { GRAPH :g { :a :q 9 } } ; INSERT { :x :y ?o } WHERE { GRAPH ?g { ?s :p ?o } }",
    "INSERT DATA { GRAPH :g { :c :q 9 } } ; INSERT {?g :n ?n} WHERE { GRAPH ?g { SELECT (SUM(1) AS ?n) { ?s :p ?o }}}",
    "INSERT DATA { GRAPH :g { :c :p 9 } } ; INSERT {?g :n ?n} WHERE { GRAPH ?g { SELECT (SUM(1) AS ?n) { ?s :p ?o }}}",
    "INSERT DATA { GRAPH :g { :c :p 9 } } ; INSERT { ?g :has ?o } WHERE { GRAPH ?g { ?s :p ?o } ?s :p ?other }",
    "INSERT DATA { GRAPH :g { :c :p 9 } } ; INSERT { :c :now ?o } WHERE { GRAPH :h { :c :p ?o } }",
    "DELETE WHERE { GRAPH ?g { :c :p ?o } } ; INSERT { GRAPH ?g { :c :was ?o } } WHERE { GRAPH ?g { ?s :p ?o } }",
    "WITH :h DELETE { ?s :p ?o } WHERE { ?s :p ?o } ; WITH :h INSERT { ?s :n ?o } WHERE { GRAPH ?g { ?s :p ?o } }",
]
AFTER_EACH_OTHER += PER_GRAPH
OF_ALL = ["CLEAR DEFAULT", "INSERT DATA { GRAPH :g { :a :p 9 } } ; COPY DEFAULT TO :g"]


def store() -> ox.Store:
    made = ox.Store()
    made.load(TRIG.encode(), format=ox.RdfFormat.TRIG)
    return made


@pytest.fixture(scope="module", params=[True, False], ids=["in memory", "on disk"])
def dataset(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LoadedDataset:
    """The triples above as a generation, with its default graph in memory or on disk."""
    path: Path = tmp_path_factory.mktemp("store")
    most = 1000 if request.param else -1
    return LoadedDataset.load(path, write_store(path, store()), memory_quads=most)


@pytest.fixture(autouse=True)
def unchanged(dataset: LoadedDataset) -> Iterator[None]:
    """What a worker has in memory serves its next call: no update may change it."""
    before = set(dataset.store.quads_for_pattern(None, None, None, ox.DefaultGraph()))
    yield
    assert before == set(dataset.store.quads_for_pattern(None, None, None, ox.DefaultGraph()))


def effect(dataset: LoadedDataset, text: str) -> updating.Effect:
    def with_functions(evaluate):  # type: ignore[no-untyped-def]
        name = ox.NamedNode("https://example.org/function")
        evaluate({"custom_functions": {name: lambda *_: None}})

    return updating.effect_of(dataset, [], PREFIX + text, with_functions)


def by_the_engine(text: str) -> set[ox.Quad]:
    changed = store()
    name = ox.NamedNode("https://example.org/function")
    changed.update(
        PREFIX + text.replace("CLEAR", "CLEAR SILENT"),
        base_iri=BASE,
        prefixes=PREFIXES,
        custom_functions={name: lambda *_: None},
    )
    return set(changed)


def as_text(quads: set[ox.Quad]) -> list[str]:
    """Quads without the names of their blank nodes, which differ between two stores."""
    return sorted(
        " ".join("_:" if isinstance(term, ox.BlankNode) else str(term) for term in quad) for quad in quads
    )


@pytest.mark.parametrize("text", [*ONE_AT_A_TIME, *AFTER_EACH_OTHER, *OF_ALL])
def test_the_effect_is_what_the_engine_would_do(dataset: LoadedDataset, text: str) -> None:
    found = effect(dataset, text.replace("CLEAR", "CLEAR SILENT"))
    assert not found.removed & found.added
    mine = [quad for quad in as_text(set(store())) if quad not in as_text(found.removed | found.added)]
    assert sorted([*mine, *as_text(found.added)]) == as_text(by_the_engine(text))


@pytest.mark.parametrize("text", [*ONE_AT_A_TIME, *AFTER_EACH_OTHER])
def test_no_copy_of_the_store_is_made(
    dataset: LoadedDataset, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    carry_out, copied = updating._carry_out_on_copy, []

    def noted(dataset, snapshots, operation, effect):  # type: ignore[no-untyped-def]
        copied.append(operation.graphs)
        return carry_out(dataset, snapshots, operation, effect)

    monkeypatch.setattr(updating, "_carry_out_on_copy", noted)
    effect(dataset, text.replace("CLEAR", "CLEAR SILENT"))
    assert None not in copied


def test_what_spells_out_all_its_data_is_the_same_for_every_store(dataset: LoadedDataset) -> None:
    for data in ("INSERT DATA { :a :b 1 } ; DELETE DATA { :nobody :b 2 }", "", "PREFIX x: <urn:x:>"):
        assert effect(dataset, data).independent, data
    told = effect(dataset, "INSERT DATA { :a :b 1 } ; DELETE DATA { :a :b 1 . :nobody :b 2 }")
    assert (len(told.removed), len(told.added)) == (2, 0)
    for reading in ("DELETE WHERE { :a ?b ?c }", "INSERT DATA { :a :b 1 } ; CLEAR GRAPH :g"):
        assert not effect(dataset, reading).independent, reading


def test_graphs_that_come_and_go_are_told(dataset: LoadedDataset) -> None:
    assert effect(dataset, "DROP GRAPH :g ; INSERT DATA { GRAPH :g { :c :p :d } }").dropped == set()
    gone = effect(dataset, "COPY :g TO :k ; DROP GRAPH :k ; DROP GRAPH :h")
    assert gone.created == set() and gone.dropped == {ox.NamedNode("https://example.org/h")}
    assert effect(dataset, "MOVE :g TO :k").created == {ox.NamedNode("https://example.org/k")}
    assert effect(dataset, "MOVE :g TO :k").dropped == {ox.NamedNode("https://example.org/g")}


def test_what_is_no_update_is_told_as_such(dataset: LoadedDataset) -> None:
    with pytest.raises(SyntaxError):
        effect(dataset, "DELETE WHERE { :a :p ?o ; INSERT DATA { :a :p 2 }")
