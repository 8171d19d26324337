"""Proposals wait until an editor decides, with a reason for a refusal."""

import json
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from comity.changes.apply import Changes
from comity.changes.importing import add_rows
from comity.changes.review import (
    ReviewError,
    accept,
    check_room,
    proposal,
    proposals,
    refuse,
)
from comity.iris import PROPOSALS, act, term
from comity.store.changelog import ChangeLog
from comity.store.database import open_store
from comity.store.records import Record
from comity.store.tokens import TokenError, Tokens
from comity.validation.report import ValidationError

from .serving import send, serving
from .world import CONTRIBUTOR, EDITOR, make_store, row, sheet

LINE = row("recognition", "borduria", "syldavia", "2006-06-06")
ACT = act("recognition", "borduria", "syldavia", "2006-06-06")
SOURCE = {"source_title": "A paper", "source_url": "https://paper.example/"}


def propose(changes: Changes, line: str = LINE) -> int:
    number = changes.propose(add_rows(sheet(line)), CONTRIBUTOR, "import", "Please.").proposal
    assert number is not None
    return number


def graphs(changes: Changes) -> set[object]:
    found = open_store(changes.path).oxigraph.quads_for_pattern(ACT, term("actor"), None, None)
    return {quad.graph_name for quad in found}


def test_a_proposal_is_outside_until_it_is_accepted(changes: Changes) -> None:
    number = propose(changes)
    assert graphs(changes) == {PROPOSALS}
    accept(changes, number, EDITOR, "Checked.")
    assert ox.DefaultGraph() in graphs(changes) and PROPOSALS not in graphs(changes)
    one = proposal(changes.log, number)
    assert (one.state, one.decided_by, one.verdict) == ("accepted", "ada", "Checked.")


def test_a_refused_proposal_leaves_the_graph_and_keeps_its_reason(changes: Changes) -> None:
    number = propose(changes)
    with pytest.raises(ReviewError, match="needs a reason"):
        refuse(changes, number, EDITOR, " ")
    refuse(changes, number, EDITOR, "The paper says otherwise.")
    assert graphs(changes) == set()
    one = proposal(changes.log, number)
    assert (one.state, one.verdict, proposals(changes.log)) == ("refused", "The paper says otherwise.", [])


def test_nothing_is_decided_twice(changes: Changes) -> None:
    number = propose(changes)
    accept(changes, number, EDITOR)
    with pytest.raises(ReviewError, match="was accepted by ada already"):
        refuse(changes, number, EDITOR, "Too late.")
    with pytest.raises(ReviewError, match="There is no proposal 77"):
        accept(changes, 77, EDITOR)


def test_what_two_propose_stays_until_both_are_decided(changes: Changes) -> None:
    first, second = propose(changes), propose(changes)
    refuse(changes, first, EDITOR, "Doubled.")
    assert graphs(changes) == {PROPOSALS}
    refuse(changes, second, EDITOR, "Wrong.")
    assert graphs(changes) == set()


def test_a_decision_reads_no_proposal_about_other_things(changes: Changes) -> None:
    number, other = (
        propose(changes),
        propose(changes, row("recognition", "syldavia", "borduria", "2007-07-07")),
    )
    propose(changes)  # Ends the log, which is checked.
    with changes.log.connection(writing=True) as connection:  # Whatever still read the other would find this.
        connection.execute("UPDATE changes SET extra = '{' WHERE number = ?", (other,))
    refuse(changes, number, EDITOR, "Doubled.")
    assert graphs(changes) == {PROPOSALS}


def test_the_gate_refuses_a_bad_proposal_at_once(changes: Changes) -> None:
    with pytest.raises(ValidationError):
        propose(changes, row("withdrawal", "arcadia", "syldavia", "1999"))
    assert proposals(changes.log) == []


def test_a_proposal_without_a_source_is_accepted_with_one(changes: Changes) -> None:
    number = propose(changes, row("recognition", "borduria", "syldavia", "2006-06-06", ""))
    with pytest.raises(ValidationError, match="has no source: name one"):
        accept(changes, number, EDITOR)
    accept(changes, number, EDITOR, source=SOURCE)
    assert ox.DefaultGraph() in graphs(changes)


def test_a_report_that_an_older_record_holds_is_still_decided(changes: Changes) -> None:
    report = Record("report", "reader", "report", "It was in May.", extra={"about": ACT.value})
    changes.log.append(changes.log.seal(report))
    before = open_store(changes.path).generation
    assert changes.recover() == 2 and open_store(changes.path).generation == before
    assert [(one.kind, one.about) for one in proposals(changes.log)] == [("report", ACT.value)]
    accept(changes, 2, EDITOR, "Mended.")
    assert proposals(changes.log) == [] and changes.log.verify().number == 3
    assert "It was in May." not in [one.reason for one in changes.log.latest(10)]
    changes.log.salvage()
    assert proposal(changes.log, 2).state == "accepted" and changes.log.verify().number == 3


def test_a_token_is_shown_once_and_only_its_digest_kept(changes: Changes) -> None:
    tokens = Tokens(changes.path)
    token = tokens.add("ada", "editor")
    database = changes.log.path
    assert token.encode() not in database.read_bytes()
    assert database.stat().st_mode & 0o077 == 0
    holder = tokens.holder_of(token)
    assert holder is not None and holder.may("contributor") and not holder.may("admin")
    assert tokens.holder_of(token + "x") is None


def test_a_revoked_token_is_worth_nothing(changes: Changes) -> None:
    tokens = Tokens(changes.path)
    token = tokens.add("ada", "reader")
    with pytest.raises(TokenError, match="already"):
        tokens.add("ada", "admin")
    tokens.revoke("ada")
    assert tokens.holder_of(token) is None
    for wrong in (
        lambda: tokens.revoke("ada"),
        lambda: tokens.add("Ada!", "editor"),
        lambda: tokens.add("b", "boss"),
    ):
        with pytest.raises(TokenError):
            wrong()


def test_a_contributor_proposes_no_more_than_editors_can_read(
    changes: Changes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("comity.changes.review.MOST_WAITING", 1)
    number = propose(changes)
    with pytest.raises(ReviewError, match="1 proposals of bob wait for an editor, which is the most"):
        check_room(changes.log, CONTRIBUTOR.name)
    check_room(changes.log, EDITOR.name)
    refuse(changes, number, EDITOR, "No.")
    check_room(changes.log, CONTRIBUTOR.name)


def test_the_queue_is_read_page_by_page_and_a_large_proposal_from_its_beginning(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    log = ChangeLog(store)
    began = log.head().number
    fact = f'{ACT} {term("note")} "\\"removed\\": [ {{}}" <https://w3id.org/comity/graph/facts/acts> .'
    facts = [fact.format(number) for number in range(12_000)]
    for number in range(60):
        wanted = {"added": facts if number == 59 else facts[:2], "removed": facts[:1]}
        log.append(log.seal(Record("proposal", "bob", "import", f"No. {number}", extra={"wanted": wanted})))
    large = log.head().number
    with serving(store, tmp_path / "tables") as address:

        def listed(path: str) -> dict[str, Any]:
            found: dict[str, Any] = json.loads(send(address + path, Accept="application/json")[1])
            return found

        first = listed("/review")
        second = listed(first["next"])
        assert (first["total"], len(first["proposals"]), second["next"]) == (60, 50, None)
        shown = first["proposals"] + second["proposals"]
        assert [one["number"] for one in shown] == [*range(large, began, -1)]
        assert [(one["added"], one["removed"]) for one in shown[:2]] == [(12_000, 1), (2, 1)]
        page = send(f"{address}/review", Accept="text/html")[1].decode()
        assert "60 proposals wait" in page and f'href="?before={large - 49}"' in page and "+12,000 −1" in page
        page = send(f"{address}/review/{large}", Accept="text/html")[1].decode()
        assert "Only the beginning is shown" in page and page.count("<ins>") == 400
        assert page.count("<del>") == 1 and "[ 399" in page
        assert "Would be added (2)" in send(f"{address}/review/{large - 1}", Accept="text/html")[1].decode()
        whole = listed(f"/review/{large}")
        assert (whole["added"], whole["removed"]) == (facts, facts[:1])
        assert send(f"{address}/review?before=x")[0] == 400
