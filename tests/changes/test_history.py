"""The graph knows its past: every change is listed, shown, undone, and the facts of any moment can be had."""

import sqlite3

import pyoxigraph as ox
import pytest

from comity.changes.apply import Changes
from comity.changes.history import HistoryError, as_known_on, change_iri, rdf_patch, timestamp, tombstone
from comity.changes.importing import retraction
from comity.changes.review import ReviewError, revert
from comity.errors import StoreError, UnknownError
from comity.iris import PROPOSALS, PROV, PROVENANCE, act, is_facts, term, thing
from comity.server.processes.protocol import ChangeRequest
from comity.server.processes.writer import ChangeHandler
from comity.store.changelog import ChangeLog, now
from comity.store.database import open_store

from .world import EDITOR, add, row

LINE = row("recognition", "borduria", "syldavia", "2006-06-06")
ACT = act("recognition", "borduria", "syldavia", "2006-06-06")


def facts(changes: Changes) -> set[ox.Quad]:
    return {quad for quad in open_store(changes.path).oxigraph if is_facts(quad.graph_name)}


def enter(changes: Changes, date: str, corrects: str = "") -> dict[str, object]:
    row = {"kind": "recognition", "actor": "borduria", "object": "syldavia", "date": date}
    arguments = {"row": row | {"source_url": "https://news.example/"}, "corrects": corrects}
    request = ChangeRequest(operation="act", author="ada", role="editor", channel="form", arguments=arguments)
    answer, refused = ChangeHandler(changes.path).answer(request)
    assert not refused
    return answer


def test_a_change_is_an_activity_of_its_author(changes: Changes) -> None:
    node = change_iri(add(changes, LINE, reason="Read in the news."))
    store = open_store(changes.path).oxigraph
    assert ox.Quad(ACT, ox.NamedNode(PROV + "wasGeneratedBy"), node, PROVENANCE) in store
    told = {quad.object for quad in store.quads_for_pattern(node, None, None, PROVENANCE)}
    assert {thing("agent", "ada"), ox.Literal("Read in the news.", language="en")} <= told


def test_provenance_is_outside_the_default_graph(changes: Changes) -> None:
    node = change_iri(add(changes, LINE))
    store = open_store(changes.path).oxigraph
    assert not list(store.quads_for_pattern(node, None, None, ox.DefaultGraph()))


def test_the_facts_of_every_moment_can_be_had(changes: Changes) -> None:
    moments = [(now(), facts(changes))]
    for line in (LINE, row("withdrawal", "borduria", "syldavia", "2008-08-08")):
        add(changes, line)
        moments.append((now(), facts(changes)))
    changes.change(revert(changes.log, changes.log.head().number), EDITOR, "revert")
    for time, known in moments:
        assert as_known_on(changes.path, time) == known


def test_before_its_first_build_the_graph_knew_nothing(changes: Changes) -> None:
    with pytest.raises(HistoryError, match="knew nothing on 1999-01-01"):
        as_known_on(changes.path, "1999-01-01")
    with pytest.raises(HistoryError, match="'yesterday' is not a moment"):
        timestamp("yesterday")


def test_a_day_means_its_end() -> None:
    assert timestamp("2026-07-14") == "2026-07-14T23:59:59.999999Z"
    assert timestamp("2026-07-14T12:00:00+02:00") == "2026-07-14T10:00:00.000000Z"


def test_a_revert_is_a_change_that_gives_back_what_was(changes: Changes) -> None:
    before = set(open_store(changes.path).oxigraph.quads_for_pattern(None, None, None, ox.DefaultGraph()))
    number = add(changes, LINE)
    receipt = changes.change(revert(changes.log, number), EDITOR, "revert", "A mistake.")
    after = set(open_store(changes.path).oxigraph.quads_for_pattern(None, None, None, ox.DefaultGraph()))
    assert after == before
    assert receipt.number == number + 1
    with pytest.raises(ReviewError, match="There is no change 999"):
        revert(changes.log, 999)


def test_the_patch_says_what_came_and_went(changes: Changes) -> None:
    record = changes.log.record(add(changes, LINE))
    assert record is not None
    lines = rdf_patch(record).splitlines()
    assert lines[2] == "TX ." and lines[-1] == "TC ."
    assert sum(line.startswith("A ") for line in lines) == len(record.added)


def test_a_corrected_act_leads_to_the_right_one(changes: Changes) -> None:
    add(changes, LINE)
    answer = enter(changes, "2006-06-07", corrects=ACT.value)
    new = act("recognition", "borduria", "syldavia", "2006-06-07")
    assert answer["number"]
    found = tombstone(open_store(changes.path).oxigraph, ACT)
    assert found is not None and found.replaced_by == new.value


def test_a_retracted_act_says_why_and_an_undone_retraction_brings_it_back(changes: Changes) -> None:
    add(changes, LINE)
    number = changes.change(retraction(ACT), EDITOR, "retraction", "It never happened.").number or 0
    found = tombstone(open_store(changes.path).oxigraph, ACT)
    assert found is not None and (found.replaced_by, found.reason) == (None, "It never happened.")
    changes.change(revert(changes.log, number), EDITOR, "revert")
    assert tombstone(open_store(changes.path).oxigraph, ACT) is None


def test_what_loses_its_only_source_becomes_a_proposal(changes: Changes) -> None:
    add(changes, row("recognition", "borduria", "syldavia", "2006-06-06", "https://weak.example/"))
    store = open_store(changes.path).oxigraph
    (evidence,) = [
        quad.object for quad in store.quads_for_pattern(ACT, term("evidence"), None, ox.DefaultGraph())
    ]
    (source,) = [
        quad.object for quad in store.quads_for_pattern(evidence, term("source"), None, ox.DefaultGraph())
    ]
    changes.change(retraction(source), EDITOR, "retraction", "Forged.")
    store = open_store(changes.path).oxigraph
    assert not list(store.quads_for_pattern(ACT, None, None, ox.DefaultGraph()))
    assert list(store.quads_for_pattern(ACT, term("actor"), None, PROPOSALS))


def test_what_no_fact_speaks_of_cannot_be_retracted(changes: Changes) -> None:
    with pytest.raises(UnknownError, match="No fact is about"):
        changes.change(retraction(thing("act", "nothing")), EDITOR, "retraction", "?")


def test_an_altered_record_is_told_from_a_whole_one(changes: Changes) -> None:
    add(changes, LINE)
    add(changes, row("withdrawal", "borduria", "syldavia", "2008-08-08"))
    connection = sqlite3.connect(changes.log.path)
    connection.execute("UPDATE changes SET agent = 'eve' WHERE number = 2")
    connection.commit()
    connection.close()
    with pytest.raises(StoreError, match="damaged at record 2"):
        ChangeLog(changes.path).verify()
    with pytest.raises(StoreError, match="damaged at record 2"):
        ChangeLog(changes.path).record(2)
