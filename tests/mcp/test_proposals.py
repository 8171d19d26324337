"""Language models propose acts: the gate is asked, and what passes waits in the review queue."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.changes.review import proposals
from comity.server.mcp.tools import GraphTools
from comity.server.problems import Problem
from comity.store.changelog import ChangeLog
from comity.store.tokens import Tokens
from tests.changes.world import make_store

ROW = {
    "kind": "recognition",
    "actor": "Borduria",
    "object": "syldavia",
    "date": "2013-06-12",
    "source_title": "A report",
    "source_url": "https://courier.example/1",
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[GraphTools, Path]]:
    """The tools over the store of a small world."""
    store: Path = make_store(tmp_path_factory.mktemp("proposals"))
    tools = GraphTools(store)
    yield tools, store
    tools.close()


def test_acts_are_checked_and_proposed_and_wait_for_an_editor(world: tuple[GraphTools, Path]) -> None:
    tools, store = world
    token = Tokens(store).add("ada", "editor")
    checked = tools.check_act([ROW], [], token)
    assert checked["passes"] and checked["changes_something"] and checked["rows"][0]["actor"] == "borduria"
    assert proposals(ChangeLog(store)) == []
    receipt = tools.propose_acts([ROW], [], token, "Read in the news.")
    (waiting,) = proposals(ChangeLog(store))
    assert receipt["proposal"] == waiting.number and waiting.record.agent == "ada"
    assert waiting.as_json()["way"] == "mcp" and waiting.as_json()["reason"] == "Read in the news."


@pytest.mark.parametrize(
    ("changed", "column"),
    [
        ({"actor": "Nowhere"}, "actor"),
        ({"date": "12 June"}, "date"),
        ({"kind": "invitation"}, "kind"),
        ({"source_title": "", "source_url": ""}, "source_title"),
        ({"weather": "fine"}, "weather"),
    ],
)
def test_faults_are_told_by_row_and_column(
    world: tuple[GraphTools, Path], changed: dict[str, str], column: str
) -> None:
    tools, store = world
    token = Tokens(store).add(f"bob-{column}", "contributor")
    answer = tools.check_act([ROW, ROW | changed], [], token)
    assert not answer["passes"]
    assert [(one["row"], one["column"]) for one in answer["problems"]] == [(2, column)]


def test_without_a_good_token_nothing_is_checked_or_proposed(world: tuple[GraphTools, Path]) -> None:
    tools, store = world
    Tokens(store).add("cy", "contributor")
    for ask in (
        lambda: tools.check_act([ROW], [], "guess"),
        lambda: tools.propose_acts([ROW], [], "guess", "why"),
    ):
        with pytest.raises(Problem, match="unknown or has been revoked"):
            ask()


SAID = {
    "speaker": "the Syldavian president",
    "speaks_for": "Syldavia",
    "kind": "welcomes",
    "said_on": "2013-06-13",
    "about": "recognition/borduria/syldavia",
    "claim_in_our_words": "Syldavia welcomes the recognition.",
    "source_title": "A report",
    "source_url": "https://courier.example/1",
}


def test_a_statement_is_proposed_with_the_act_that_it_is_about(world: tuple[GraphTools, Path]) -> None:
    tools, store = world
    token = Tokens(store).add("dee", "contributor")
    receipt = tools.propose_acts([ROW], [SAID], token, "Read in the news.")
    assert receipt["passes"] and receipt["statements"][0]["speaks_for"] == "syldavia"
    assert receipt["proposal"] == proposals(ChangeLog(store))[-1].number


def test_a_statement_of_an_unknown_kind_or_about_an_unknown_act_is_told(
    world: tuple[GraphTools, Path],
) -> None:
    tools, store = world
    token = Tokens(store).add("eve", "contributor")
    wrong = SAID | {"kind": "whispers", "about": "recognition/borduria/atlantis"}
    answer = tools.check_act([], [wrong], token)
    assert {(one["table"], one["column"]) for one in answer["problems"]} == {
        ("statements", "kind"),
        ("statements", "about"),
    }


def test_a_report_is_read_into_rows(world: tuple[GraphTools, Path]) -> None:
    found = world[0].read_report(
        "Borduria recognised Syldavia on Wednesday.", "2013-06-14", "", "A report", ""
    )
    assert [(one["kind"], one["date"]) for one in found["acts"]] == [("recognition", "2013-06-12")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "There is no text"),
        ("x " * 100_001, "at most 200,000 are read"),
        ("\0\1\2 report", "binary file"),
        ("<html><script>alert(1)</script></html>", "markup"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(
    world: tuple[GraphTools, Path], text: str, words: str
) -> None:
    with pytest.raises(Problem, match=words):
        world[0].read_report(text, "", "", "", "")
