"""A change passes the gate whole and shows in everything derived, or is refused and leaves no trace."""

import json
import multiprocessing
import tempfile
from dataclasses import asdict
from pathlib import Path

import pyoxigraph as ox
import pytest

from comity.changes import request as requests
from comity.changes.apply import Changes
from comity.changes.delta import ProtectedError
from comity.changes.history import as_known_on
from comity.changes.importing import add_rows
from comity.changes.request import Changeset
from comity.errors import TableError
from comity.iris import INFERRED, PERIODS, PROPOSALS, PROVENANCE, act, graph, polity, term
from comity.server.processes import writer
from comity.server.processes.lifecycle import ProcessOptions
from comity.server.processes.protocol import ChangeRequest, Connection, FrameKind, listen, writer_socket
from comity.server.settings import Settings
from comity.snapshots.graphs import Snapshots
from comity.store.changelog import now
from comity.store.database import current, open_store
from comity.validation.report import ValidationError

from .world import EDITOR, add, row, sheet

ARCADIA, BORDURIA, SYLDAVIA = (polity(name) for name in ("arcadia", "borduria", "syldavia"))


def recognises(changes: Changes, day: str, party: ox.NamedNode) -> bool:
    memory = ox.Store()
    memory.bulk_extend(open_store(changes.path).oxigraph)
    (snapshot,) = Snapshots(memory).make([f"https://w3id.org/comity/as-of/{day}"])
    return ox.Quad(party, term("recognises"), SYLDAVIA, snapshot) in memory


def test_an_accepted_act_shows_in_the_next_snapshot(changes: Changes) -> None:
    assert not recognises(changes, "2007-01-01", BORDURIA)
    add(changes, row("recognition", "borduria", "syldavia", "2006-06-06"))
    assert recognises(changes, "2007-01-01", BORDURIA)
    assert not recognises(changes, "2006-01-01", BORDURIA)


def test_a_withdrawal_ends_the_period_and_keeps_what_once_was(changes: Changes) -> None:
    add(changes, row("withdrawal", "arcadia", "syldavia", "2010-10-10"))
    assert recognises(changes, "2010-10-09", ARCADIA)
    assert not recognises(changes, "2010-10-10", ARCADIA)
    store = open_store(changes.path).oxigraph
    assert ox.Quad(ARCADIA, term("hasRecognised"), SYLDAVIA, INFERRED) in store


def test_the_default_graph_stays_the_union(changes: Changes) -> None:
    add(changes, row("withdrawal", "arcadia", "syldavia", "2010-10-10"))
    store = open_store(changes.path).oxigraph
    union = {
        quad.triple
        for quad in store
        if quad.graph_name not in (ox.DefaultGraph(), PROVENANCE, PROPOSALS, graph("shapes"))
    }
    assert {q.triple for q in store.quads_for_pattern(None, None, None, ox.DefaultGraph())} == union


def test_a_refused_change_leaves_no_trace(changes: Changes) -> None:
    before, head = current(changes.path), changes.log.head()
    with pytest.raises(ValidationError) as refusal:
        wish = add_rows(sheet(row("withdrawal", "arcadia", "syldavia", "1999-01-01"), name="acts-bad.csv"))
        changes.change(wish, EDITOR, "import")
    assert refusal.value.problems[0].table == "acts-bad.csv"
    assert refusal.value.problems[0].row == 2
    assert (current(changes.path), changes.log.head()) == (before, head)
    add(changes, row("withdrawal", "arcadia", "syldavia", "2010-10-10"))


def test_one_bad_row_keeps_the_good_ones_out(changes: Changes) -> None:
    good = row("recognition", "borduria", "syldavia", "2006-06-06")
    with pytest.raises(
        TableError, match=r"acts-more.csv, row 3, column actor: 'bordura'.*Did you mean borduria"
    ):
        add(changes, good, row("recognition", "bordura", "syldavia", "2006-06-07"))
    assert not recognises(changes, "2007-01-01", BORDURIA)


@pytest.mark.parametrize(
    "name", [INFERRED, PERIODS, PROVENANCE, PROPOSALS, graph("ontology"), graph("shapes")]
)
def test_only_graphs_of_facts_are_written(changes: Changes, name: ox.NamedNode) -> None:
    quad = ox.Quad(ARCADIA, term("hasRecognised"), BORDURIA, name)
    with pytest.raises(ProtectedError, match="takes no changes"):
        changes.change(lambda state: Changeset(added=[quad]), EDITOR, "update")


def test_what_follows_from_facts_cannot_be_taken_away(changes: Changes) -> None:
    quad = ox.Quad(ARCADIA, term("hasRecognised"), SYLDAVIA)
    with pytest.raises(ProtectedError, match="derived"):
        changes.change(lambda state: Changeset(removed=[quad]), EDITOR, "update")


def test_a_change_to_the_axioms_is_refused(changes: Changes) -> None:
    subclass = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#subClassOf")
    quad = ox.Quad(term("Polity"), subclass, term("Act"))
    with pytest.raises(ValidationError, match="axioms"):
        changes.change(lambda state: Changeset(added=[quad]), EDITOR, "update")


def test_a_dry_run_says_what_would_happen_and_does_nothing(changes: Changes) -> None:
    before = current(changes.path)
    wish = add_rows(sheet(row("recognition", "borduria", "syldavia", "2006-06-06")))
    receipt = changes.change(wish, EDITOR, "import", dry_run=True)
    assert (receipt.number, receipt.opened, len(receipt.added) > 5) == (None, 1, True)
    assert current(changes.path) == before


def test_the_same_change_again_is_no_change(changes: Changes) -> None:
    line = row("recognition", "borduria", "syldavia", "2006-06-06")
    add(changes, line)
    assert changes.change(add_rows(sheet(line)), EDITOR, "import").number is None


def test_a_finer_date_takes_the_place_of_a_coarser_one(changes: Changes) -> None:
    add(changes, row("recognition", "arcadia", "syldavia", "2001-06-07", "https://exact.example/"))
    old, new = (act("recognition", "arcadia", "syldavia", date) for date in ("2001-06", "2001-06-07"))
    store = open_store(changes.path).oxigraph
    sources = list(store.quads_for_pattern(new, term("evidence"), None, ox.DefaultGraph()))
    assert len(sources) == 2
    assert not list(store.quads_for_pattern(old, None, None, ox.DefaultGraph()))


def test_blank_nodes_get_names_and_can_be_taken_back(changes: Changes) -> None:
    note = ox.NamedNode("http://www.w3.org/2004/02/skos/core#note")
    quad = ox.Quad(ARCADIA, note, ox.BlankNode("b0"))
    number = changes.change(lambda state: Changeset(added=[quad]), EDITOR, "update").number
    record = changes.log.record(number or 0)
    assert record is not None and "/.well-known/genid/" in record.added.lines[0]
    before = now()
    changes.change(lambda state: Changeset(removed=record.added.quads), EDITOR, "update")
    assert set(record.added.quads) <= as_known_on(changes.path, before)


def test_a_writer_lowers_its_priority_for_a_large_change_and_ends_after_it(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = '<urn:a> <http://www.w3.org/2000/01/rdf-schema#label> "a"@en .\n'
    with tempfile.TemporaryDirectory() as folder, listen(name := writer_socket(Path(folder))) as listener:
        server = writer.WriterServer(listener, ProcessOptions.of(store, Path(folder), Settings()))
        for most, ends in ((1, False), (0, True)):
            monkeypatch.setattr(requests, "_MANY_QUADS", most)
            process = multiprocessing.get_context("fork").Process(target=server.run)
            process.start()
            with Connection.to(name, 60) as connection:
                wish = {"added": line, "removed": ""}
                request = ChangeRequest(
                    operation="quads", author="me", role="editor", dry_run=True, arguments=wish
                )
                connection.send(FrameKind.CHANGE, json.dumps(asdict(request)).encode())
                connection.expect(FrameKind.RESULT)
            process.join(60 if ends else 1)
            assert (process.exitcode == 0) is ends
            process.kill()
            process.join()
