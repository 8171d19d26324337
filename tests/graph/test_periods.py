"""Periods derived from acts, on small worlds; the real facts are held against the rules in SPARQL."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.periods.period_rules import derive_by_rules
from comity.periods.sweep import derive
from comity.store.database import Store

from .worlds import CONTINUES, RIVALS, accepted, periods, told, world


def test_a_recognition_lasts_until_its_actor_withdraws_it() -> None:
    found = periods("recognition,a,c,2001-02-03\nwithdrawal,a,c,2005-06-07")
    assert told(found) == ["recognition a→c 2001-02-03 until 2005-06-07 withdrawal"]


def test_recognition_has_a_direction() -> None:
    found = periods("recognition,a,c,2001-02-03\nwithdrawal,c,a,2005-06-07")
    assert told(found) == ["recognition a→c 2001-02-03"]


def test_recognise_withdraw_and_resume_are_two_periods() -> None:
    found = periods("recognition,a,c,2001\nwithdrawal,a,c,2005\nrecognition,a,c,2010")
    assert told(found) == ["recognition a→c 2001 until 2005 withdrawal", "recognition a→c 2010"]
    assert [period.resumes for period in found] == [False, True]


def test_a_second_recognition_opens_nothing_new() -> None:
    assert told(periods("recognition,a,c,2001-01-01\nrecognition,a,c,2003-01-01")) == [
        "recognition a→c 2001-01-01"
    ]


def test_a_freeze_ends_recognition_and_opens_a_period_of_its_own() -> None:
    found = periods("recognition,a,c,2001\nsuspension,a,c,2005\nrecognition,a,c,2010")
    assert told(found) == [
        "freeze a→c 2005 until 2010 resumption",
        "recognition a→c 2001 until 2005 freeze",
        "recognition a→c 2010",
    ]


def test_withdrawing_a_frozen_recognition_closes_the_freeze() -> None:
    found = periods("recognition,a,c,2001\nsuspension,a,c,2005\nwithdrawal,a,c,2010")
    assert "freeze a→c 2005 until 2010 withdrawal" in told(found)


@pytest.mark.parametrize("who", ["a,b", "b,a"])
def test_either_side_ends_relations(who: str) -> None:
    found = periods(f"relations_established,a,b,1992-01-09\nrelations_severed,{who},2022-07-13")
    assert told(found) == ["relations a→b 1992-01-09 until 2022-07-13 severance"]


def test_severing_relations_ends_no_express_recognition() -> None:
    found = periods("recognition,a,b,1991\nrelations_established,a,b,1992\nrelations_severed,a,b,2000")
    assert "recognition a→b 1991" in told(found)


def test_an_annexation_ends_nothing_but_the_end_of_the_polity_does() -> None:
    found = periods(
        "recognition,a,c,2014\nannexation,b,c,2015\nrecognition,a,gone,2014\nannexation,b,gone,2022-09-30"
    )
    assert told(found) == ["recognition a→c 2014", "recognition a→gone 2014 until 2022-09-30 polity ended"]


def test_relations_with_a_rival_government_end_recognition() -> None:
    found = periods("recognition,a,west,1950\nrelations_established,a,east,1971-10-01", RIVALS)
    assert "recognition a→west 1950 until 1971-10-01 rival government" in told(found)


def test_relations_run_until_the_known_severing_though_recognition_ended_before() -> None:
    found = periods(
        "relations_established,a,west,1950\nrelations_established,a,east,1964-01-27\nrelations_severed,west,a,1964-02-10",
        RIVALS,
    )
    old = next(period for period in found if period.second.endswith("west"))
    assert told([old]) == ["relations a→west 1950 until 1964-02-10 severance"]
    assert old.implied_end is not None and old.implied_end.edtf == "1964-01-27"


def test_relations_with_a_rival_end_the_old_ones_when_no_severing_is_known() -> None:
    found = periods("relations_established,a,west,1950\nrelations_established,a,east,1971", RIVALS)
    assert "relations a→west 1950 until 1971 rival government" in told(found)


def test_withdrawing_recognition_ends_the_relations_of_which_no_severing_is_known() -> None:
    found = periods("recognition,a,c,2011\nrelations_established,a,c,2011\nwithdrawal,a,c,2014-03-31")
    assert told(found) == [
        "recognition a→c 2011 until 2014-03-31 withdrawal",
        "relations a→c 2011 until 2014-03-31 withdrawal",
    ]


def test_a_continuing_state_carries_periods_on_in_both_directions() -> None:
    found = told(periods("recognition,old,c,1980\nrelations_established,a,old,1950", CONTINUES))
    assert "recognition new→c 1991-12-24" in found and "relations a→new 1991-12-24" in found
    assert "recognition old→c 1980 until 1991-12-26 polity ended" in found


def test_a_coarse_date_is_read_so_that_a_closing_follows_its_opening() -> None:
    found = periods("recognition,a,c,1991\nwithdrawal,a,c,1991-05-03")
    assert told(found) == ["recognition a→c 1991 until 1991-05-03 withdrawal"]


KINDS = [
    "recognition",
    "withdrawal",
    "suspension",
    "relations_established",
    "relations_severed",
    "relations_restored",
]
LINES = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        st.sampled_from(
            [
                ("a", "c"),
                ("a", "west"),
                ("a", "east"),
                ("a", "old"),
                ("old", "c"),
                ("a", "gone"),
                ("new", "a"),
            ]
        ),
        st.sampled_from(
            ["1960", "1961-05", "1970-01-01", "1975~", "1980-03", "1991-12-25", "1995", "2001-06-18"]
        ),
    ),
    min_size=1,
    max_size=9,
)


@settings(max_examples=60, deadline=None)
@given(LINES)
def test_the_sweep_concludes_what_the_rules_in_sparql_conclude(
    drawn: list[tuple[str, tuple[str, str], str]],
) -> None:
    lines = "\n".join(f"{kind},{pair[0]},{pair[1]},{date}" for kind, pair, date in drawn)
    facts = accepted(world(lines, RIVALS, CONTINUES))
    assert set(derive(facts)) == derive_by_rules(facts)


@pytest.mark.long
def test_the_sweep_concludes_what_the_rules_conclude_on_the_real_facts(real_store: Store) -> None:
    facts = [quad for quad in real_store.oxigraph if "/graph/facts/" in str(quad.graph_name)]
    assert set(derive(facts)) == derive_by_rules(facts)
