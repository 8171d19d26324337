"""Why a query finds nothing: terms that the graph does not know, or that it states elsewhere."""

import pyoxigraph as ox
import pytest

from comity.iris import PREFIXES
from comity.questions.hints import LONGEST, Hint, hints
from comity.questions.lookup import Names

DAY = "2022-07-14"
SNAPSHOT = f"https://w3id.org/comity/as-of/{DAY}"


@pytest.fixture(scope="module")
def names(real_memory: ox.Store) -> Names:
    return Names(real_memory)


def found(names: Names, pattern: str, *default: str) -> list[Hint]:
    return hints(names, f"SELECT * WHERE {{ {pattern} }}", PREFIXES, default, DAY)


@pytest.mark.parametrize(
    ("written", "better"),
    [
        ("co:recognizes", "co:recognises"),
        ("co:Withdrawl", "co:WithdrawalOfRecognition"),
        ("cop:kosova", "cop:kosovo"),
        ("co:kosovo", "cop:kosovo"),
        ("<https://w3id.org/comity/polity/kosovoo>", "cop:kosovo"),
        ("cop:atlantis", ""),
        ("<http://example.org/term>", ""),
    ],
)
def test_a_term_that_the_graph_does_not_know_is_named_with_the_nearest(
    names: Names, written: str, better: str
) -> None:
    (hint,) = found(names, f"?x {written} ?y .")
    assert hint.better == better
    assert hint.text.startswith(f"The graph does not contain {written}.")
    assert hint.query == (f"SELECT * WHERE {{ ?x {better} ?y . }}" if better else "")


def test_what_changes_with_time_is_asked_of_a_day(names: Names) -> None:
    (hint,) = found(names, "?x co:recognises cop:kosovo.")
    assert hint.of_a_day
    assert "14 July 2022" in hint.text
    assert not found(names, "?x co:recognises cop:kosovo", SNAPSHOT)
    assert not found(names, f"GRAPH <{SNAPSHOT}> {{ ?x co:recognises cop:kosovo }}")


def test_acts_are_asked_of_the_whole_graph(names: Names) -> None:
    (hint,) = found(names, "?x co:actor cop:kosovo", SNAPSHOT)
    assert hint.of_a_day is False


def test_what_a_party_holds_is_asked_of_its_view(names: Names) -> None:
    (hint,) = found(names, "?x co:heldToBe ?y", SNAPSHOT)
    assert "according-to/" in hint.text
    assert not found(names, "?x co:heldToBe ?y", f"{SNAPSHOT}/according-to/serbia")


def test_a_name_without_its_language_is_given_it(names: Names) -> None:
    (hint,) = found(names, '?x rdfs:label "Kosovo"')
    assert hint.query == 'SELECT * WHERE { ?x rdfs:label "Kosovo"@en }'


@pytest.mark.parametrize(
    "pattern",
    [
        "?a a co:Recognition ; co:actor cop:serbia ; co:object cop:kosovo",
        '?a co:latest ?d FILTER (?d < "2000-01-01"^^xsd:date && xsd:integer(?x) = 3)',
        '?x rdfs:label ?l FILTER (CONTAINS(?l, "zzz"))',
        "# co:recognizes cop:atlantis",
    ],
)
def test_terms_that_the_graph_knows_draw_no_hint(names: Names, pattern: str) -> None:
    assert not found(names, pattern + "\n")


def test_hints_are_few_and_a_long_query_is_not_looked_into(names: Names) -> None:
    many = " ".join(f"?x <http://example.org/{number}> ?y ." for number in range(50))
    assert len(found(names, many)) == 5
    assert not found(names, many + " " * LONGEST)
