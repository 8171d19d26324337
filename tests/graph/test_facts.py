"""From rows to acts: merging, answers, proposals, names."""

import pyoxigraph as ox

from comity.iris import PROPOSALS, PROVENANCE, act, polity, term
from comity.store.database import Store
from comity.tables.load import Facts
from comity.tables.reader import parse

from .worlds import world


def acts_of(facts: Facts) -> list[str]:
    return [one.iri.value.partition("/act/")[2] for one in facts.acts]


def test_equal_rows_are_one_act_with_the_sources_of_both() -> None:
    facts = world("recognition,a,c,2001-02-03", parse("acts-more.csv", MORE.format("2001-02-03")))
    assert acts_of(facts) == ["recognition/a/c/2001-02-03"]
    cited = {quad.object for quad in facts.quads if quad.predicate == term("source")}
    assert len(cited) == 2


MORE = "kind,actor,object,date,source_title\nrecognition,a,c,{},Another report\n"


def test_a_coarse_date_joins_the_exact_one_within_it() -> None:
    facts = world("recognition,a,c,2001", parse("acts-more.csv", MORE.format("2001-02-03")))
    assert acts_of(facts) == ["recognition/a/c/2001-02-03"]


def test_the_iri_of_a_merged_row_leads_to_the_act_that_stays() -> None:
    facts = world("recognition,a,c,2001", parse("acts-more.csv", MORE.format("2001-02-03")))
    kept, gone = act("recognition", "a", "c", "2001-02-03"), act("recognition", "a", "c", "2001")
    assert any(
        quad.subject == gone and quad.object == kept for quad in facts.quads if quad.graph_name == PROVENANCE
    )


def test_relations_entered_from_both_sides_are_one_act() -> None:
    assert (
        len(acts_of(world("relations_established,a,b,2001-02-03\nrelations_established,b,a,2001-02-03"))) == 1
    )


def test_a_coarse_date_that_covers_two_acts_is_only_warned_about() -> None:
    facts = world("recognition,a,c,2001\nrecognition,a,c,2001-02-03\nrecognition,a,c,2001-11-03")
    assert len(facts.acts) == 3
    assert "covers 2 acts in other rows" in str(facts.warnings[0])


def test_an_answer_means_the_latest_such_act_not_after_it() -> None:
    facts = world(
        "recognition,a,c,2001\nrecognition,a,c,2003\nrecognition,a,c,2009\n"
        "relations_severed,b,a,2004,recognition/a/c"
    )
    severed = next(one for one in facts.acts if one.kind == "relations_severed")
    assert [one.edtf for one in severed.responses] == ["2003"]


def test_an_answer_to_nothing_earlier_is_warned_about() -> None:
    facts = world("recognition,a,c,2005\nrelations_severed,b,a,2004,recognition/a/c")
    assert "'recognition/a/c' does not name an act on or before the date of this one" in str(
        facts.warnings[0]
    )


def test_a_row_without_a_source_is_a_proposal_and_nothing_else() -> None:
    table = parse("acts-bare.csv", "kind,actor,object,date\nrecognition,a,c,2001\n")
    facts = world("recognition,b,a,2001", table)
    said = {quad.graph_name for quad in facts.quads if quad.subject == act("recognition", "a", "c", "2001")}
    assert said == {PROPOSALS, PROVENANCE}


def graphs_of(store: ox.Store, text: str) -> set[str]:
    quads = store.quads_for_pattern(None, None, ox.Literal(text, language="en"), ox.DefaultGraph())
    return {quad.subject.value for quad in quads}


def test_lugansk_and_luhansk_name_the_same_entity(real_store: Store) -> None:
    wanted = polity("luhansk-peoples-republic").value
    assert wanted in graphs_of(real_store.oxigraph, "Lugansk People's Republic")
    assert wanted in graphs_of(real_store.oxigraph, "Luhansk People's Republic")
