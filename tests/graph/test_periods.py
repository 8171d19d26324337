"""Periods derived from acts, on small worlds."""

import pytest

from comity.iris import BASE
from comity.periods.in_force import Interval, Timeline

from .worlds import (
    CONTINUES,
    JOINS,
    JOINS_AND_LEAVES,
    KEEPS_RECOGNITIONS,
    KEEPS_RELATIONS,
    RIVALS,
    claim,
    periods,
    told,
)

RECOGNISED = ("recognition", "implied-recognition")


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


@pytest.mark.parametrize("kind", ["recognition_announced", "recognition_conditional", "non_recognition"])
def test_what_is_announced_conditional_or_refused_is_no_recognition(kind: str) -> None:
    assert told(periods(f"{kind},a,c,2001-02-03")) == []


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


def test_relations_imply_recognition_in_both_directions() -> None:
    assert told(periods("relations_established,a,b,1992-01-09")) == [
        "implied-recognition a→b 1992-01-09",
        "implied-recognition b→a 1992-01-09",
        "relations a→b 1992-01-09",
    ]


def test_express_and_implied_recognition_are_two_periods() -> None:
    found = periods("recognition,a,b,1991\nrelations_established,a,b,1992")
    assert told(found, *RECOGNISED) == [
        "implied-recognition a→b 1992",
        "implied-recognition b→a 1992",
        "recognition a→b 1991",
    ]


@pytest.mark.parametrize("who", ["a,b", "b,a"])
def test_either_side_breaks_relations_off_and_recognition_goes_on(who: str) -> None:
    found = periods(f"relations_established,a,b,1992-01-09\nrelations_severed,{who},2022-07-13")
    assert told(found) == [
        "broken-relations a→b 2022-07-13",
        "implied-recognition a→b 1992-01-09",
        "implied-recognition b→a 1992-01-09",
        "relations a→b 1992-01-09 until 2022-07-13 severance",
    ]


def test_restoring_relations_opens_no_new_recognition_and_ends_the_break() -> None:
    found = periods(
        "relations_established,a,b,1992\nrelations_severed,a,b,2000-05-05\nrelations_restored,a,b,2010"
    )
    assert told(found) == [
        "broken-relations a→b 2000-05-05 until 2010 restoration",
        "implied-recognition a→b 1992",
        "implied-recognition b→a 1992",
        "relations a→b 1992 until 2000-05-05 severance",
        "relations a→b 2010",
    ]


def test_suspended_relations_are_a_state_that_a_severance_ends() -> None:
    found = periods(
        "relations_established,a,b,1992\nrelations_suspended,a,b,2000\nrelations_severed,b,a,2001"
    )
    assert told(found, "suspended-relations", "broken-relations", "relations", *RECOGNISED) == [
        "broken-relations a→b 2001",
        "implied-recognition a→b 1992",
        "implied-recognition b→a 1992",
        "relations a→b 1992 until 2000 suspension",
        "suspended-relations a→b 2000 until 2001 severance",
    ]


def test_severing_relations_ends_no_express_recognition() -> None:
    found = periods("recognition,a,b,1991\nrelations_established,a,b,1992\nrelations_severed,a,b,2000")
    assert "recognition a→b 1991" in told(found)


@pytest.mark.parametrize(("act", "reason"), [("withdrawal", "withdrawal"), ("suspension", "freeze")])
def test_withdrawing_or_freezing_ends_implied_recognition_in_that_direction_only(
    act: str, reason: str
) -> None:
    found = periods(f"relations_established,a,c,2011\n{act},a,c,2014-03-31")
    assert told(found, *RECOGNISED) == [
        f"implied-recognition a→c 2011 until 2014-03-31 {reason}",
        "implied-recognition c→a 2011",
    ]


def test_an_annexation_ends_nothing_but_the_end_of_the_polity_does() -> None:
    found = periods(
        "recognition,a,c,2014\nannexation,b,c,2015\nrecognition,a,gone,2014\nannexation,b,gone,2022-09-30"
    )
    assert told(found) == ["recognition a→c 2014", "recognition a→gone 2014 until 2022-09-30 polity ended"]


def test_relations_with_a_rival_government_end_recognition() -> None:
    found = periods("recognition,a,west,1950\nrelations_established,a,east,1971-10-01", RIVALS)
    assert "recognition a→west 1950 until 1971-10-01 rival government" in told(found)


def test_recognising_a_rival_government_ends_recognition_on_either_basis() -> None:
    found = periods(
        "recognition,a,west,1948\nrelations_established,a,west,1949\nrecognition,a,east,1950-01-06", RIVALS
    )
    assert told(found, *RECOGNISED) == [
        "implied-recognition a→west 1949 until 1950-01-06 rival government",
        "implied-recognition west→a 1949",
        "recognition a→east 1950-01-06",
        "recognition a→west 1948 until 1950-01-06 rival government",
    ]


def test_breaking_with_one_of_two_rivals_ends_the_recognition_of_that_one_only() -> None:
    found = periods(
        "recognition,a,west,1948\nrelations_established,a,west,1950\nrelations_severed,west,a,1964-02-10",
        RIVALS,
    )
    assert told(found, *RECOGNISED) == [
        "implied-recognition a→west 1950 until 1964-02-10 severance",
        "implied-recognition west→a 1950",
        "recognition a→west 1948 until 1964-02-10 severance",
    ]


def test_suspending_relations_with_one_of_two_rivals_ends_no_recognition() -> None:
    found = periods("relations_established,a,east,1950\nrelations_suspended,a,east,1967-10-30", RIVALS)
    assert "implied-recognition a→east 1950" in told(found)


def test_relations_run_until_the_known_severing_though_recognition_ended_before() -> None:
    found = periods(
        "relations_established,a,west,1950\nrelations_established,a,east,1964-01-27\nrelations_severed,west,a,1964-02-10",
        RIVALS,
    )
    assert "relations a→west 1950 until 1964-02-10 severance" in told(found)
    assert "implied-recognition a→west 1950 until 1964-01-27 rival government" in told(found)


def test_relations_with_a_rival_end_the_old_ones_when_no_severing_is_known() -> None:
    found = periods("relations_established,a,west,1950\nrelations_established,a,east,1971", RIVALS)
    assert "relations a→west 1950 until 1971 rival government" in told(found)


def test_withdrawing_recognition_ends_the_relations_of_which_no_severing_is_known() -> None:
    found = periods("recognition,a,c,2011\nrelations_established,a,c,2011\nwithdrawal,a,c,2014-03-31")
    assert told(found, "recognition", "relations") == [
        "recognition a→c 2011 until 2014-03-31 withdrawal",
        "relations a→c 2011 until 2014-03-31 withdrawal",
    ]


def test_a_continuing_state_carries_periods_on_in_both_directions() -> None:
    found = told(periods("recognition,old,c,1980\nrelations_established,a,old,1950", CONTINUES))
    assert {"recognition new→c 1991-12-24", "relations a→new 1991-12-24"} <= set(found)
    assert {"implied-recognition a→new 1991-12-24", "implied-recognition new→a 1991-12-24"} <= set(found)
    assert "recognition old→c 1980 until 1991-12-26 polity ended" in found


def test_a_successor_that_keeps_relations_by_agreement_carries_them_on_and_no_express_recognition() -> None:
    found = told(periods("recognition,old,c,1980\nrelations_established,a,old,1950", KEEPS_RELATIONS))
    assert {"relations a→new 1991-12-24", "implied-recognition a→new 1991-12-24"} <= set(found)
    assert "implied-recognition new→a 1991-12-24" in found
    assert not any(line.startswith("recognition new") for line in found)


def test_a_break_with_a_union_ends_the_relations_of_the_member_that_it_carries_on() -> None:
    found = told(periods("relations_established,a,b,1956\nrelations_severed,a,new,1958-10-15", JOINS))
    assert {
        "relations a→b 1956 until 1958-10-15 severance",
        "relations a→new 1958-02-22 until 1958-10-15 severance",
    } <= set(found)


def test_a_break_before_a_union_ends_nothing_of_what_its_member_opened_later() -> None:
    found = told(periods("relations_established,a,b,1957\nrelations_severed,a,new,1955", JOINS))
    assert "relations a→b 1957" in found


def test_relations_that_a_union_restores_end_the_break_of_the_member_that_carries_them_on() -> None:
    found = told(
        periods(
            "relations_established,a,b,1950\nrelations_severed,b,a,1956\nrelations_restored,a,new,1959-10-19",
            JOINS_AND_LEAVES,
        )
    )
    assert {
        "broken-relations a→b 1956 until 1959-10-19 restoration",
        "relations a→b 1961-09-28",
    } <= set(found)


def test_relations_broken_on_the_day_of_a_succession_are_not_carried_on() -> None:
    found = told(
        periods("relations_established,a,old,1950\nrelations_severed,a,old,1991-12-24", CONTINUES),
        "relations",
        "broken-relations",
    )
    assert "broken-relations a→new 1991-12-24" in found and "relations a→new 1991-12-24" not in found


def test_a_successor_can_keep_the_recognitions_that_its_predecessor_granted_and_not_those_it_received() -> (
    None
):
    found = told(periods("recognition,old,c,1980\nrecognition,a,old,1980", KEEPS_RECOGNITIONS))
    assert "recognition new→c 1991-12-24" in found
    assert not any(line.startswith("recognition a→new") for line in found)


def test_a_coarse_date_is_read_so_that_a_closing_follows_its_opening() -> None:
    found = periods("recognition,a,c,1991\nwithdrawal,a,c,1991-05-03")
    assert told(found) == ["recognition a→c 1991 until 1991-05-03 withdrawal"]


@pytest.mark.parametrize(
    ("line", "contradicted"),
    [
        ("a,c,no-state,2005,", True),
        ("a,c,puppet,2005,", True),  # by a broader status
        ("a,c,no-state,1999,2000", False),  # before the recognition
        ("b,c,no-state,2005,", False),  # another's claim
        ("a,c,territory-of-undetermined-status,2005,", False),  # leaves it open
        ("a,c,sovereign-state,2005,", False),
    ],
)
def test_a_recognition_is_contradicted_by_a_refusing_claim_of_its_own_party(
    line: str, contradicted: bool
) -> None:
    (found,) = periods("recognition,a,c,2001-02-03", claim(line))
    one, other, status, since, _ = line.split(",")
    expected = (f"{BASE}claim/{one}/{other}/{status}/{since}",) if contradicted else ()
    assert found.contradicted_by == expected


def test_an_interval_is_certain_late_and_possible_early() -> None:
    interval = Interval.of("2001-01-01", "2001-12-31", "2005-06-01", "2005-06-30")
    days = ("2000-12-31", "2001-01-01", "2001-12-31", "2005-05-31", "2005-06-01", "2005-06-30")
    assert [interval.reading_on(day) for day in days] == [
        None,
        "possible",
        "certain",
        "certain",
        "possible",
        None,
    ]


def test_intervals_that_meet_on_no_day_do_not_overlap() -> None:
    one = Interval.of("2001-01-01", "2001-01-01", "2005-01-01", "2005-01-01")
    assert one.overlap(Interval.of("2005-01-01", "2005-01-01")) is None
    assert one.overlap(Interval.of("2004-12-31", "2004-12-31")) == Interval.of(
        "2004-12-31", "2004-12-31", "2005-01-01", "2005-01-01"
    )


def test_a_timeline_gives_each_thing_once_and_lacks_what_is_taken_out() -> None:
    timeline: Timeline[str] = Timeline()
    timeline.add(1, "x", Interval.of("2001-01-01", "2001-01-01", "2003-01-01", "2003-01-01"))
    timeline.add(2, "x", Interval.of("2002-01-01", "2002-01-01"))
    assert list(timeline.on("2002-06-01")) == ["x"] and not timeline.on("2000-01-01")
    later = timeline.without([2])
    assert not later.on("2004-01-01") and timeline.on("2004-01-01")
