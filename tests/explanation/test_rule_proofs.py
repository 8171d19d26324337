"""Proofs through the rules of periods and snapshots, on small graphs by hand."""

import re
from importlib.resources import files

import pyoxigraph as ox
import pytest

from comity.errors import SnapshotError
from comity.explanation.explain import Explainer
from comity.explanation.proofs import Proof
from comity.explanation.provenance import provenance_query
from comity.explanation.render import as_text
from comity.iris import RDFS, TYPE
from comity.schema import rules

from .checker import Checker
from .worlds import node, small

XSD_DATE = "^^xsd:date"


def act(kind: str, actor: str, object_: str, day: str, of: str = "cop", more: str = "") -> str:
    iri = f"<https://w3id.org/comity/act/{kind}/{actor}/{object_}/{day}>"
    return f"""{iri} a co:{kind} ; co:actor cop:{actor} ; co:object {of}:{object_} ; co:edtf "{day}" ;
      co:earliest "{day}"{XSD_DATE} ; co:latest "{day}"{XSD_DATE} ; {more} ."""


WORLD = "\n".join(
    (
        *(
            f'cop:{one} a co:Polity ; rdfs:label "{one.upper()}"@en .'
            for one in ("a", "b", "c", "d", "e", "r")
        ),
        act("Recognition", "a", "b", "2000-01-01"),
        act("WithdrawalOfRecognition", "a", "b", "2005-01-01"),
        act("Recognition", "a", "b", "2010-01-01"),
        act("EstablishmentOfRelations", "b", "a", "2012-01-01"),
        act("Recognition", "c", "b", "2001-01-01"),
        act("EstablishmentOfRelations", "c", "r", "2003-01-01"),
        "cop:b co:rivalGovernmentOf cop:r . cop:r co:rivalGovernmentOf cop:b .",
        act("Recognition", "d", "a", "1990-01-01"),
        f'''coo:old a co:Government ; rdfs:label "Old"@en ; co:governmentOf cop:b ; co:until "2006-01-01" ;
          co:endEarliest "2006-01-01"{XSD_DATE} ; co:endLatest "2006-01-01"{XSD_DATE} .
        coo:new a co:Government ; rdfs:label "New"@en ; co:governmentOf cop:b .''',
        act("Recognition", "a", "old", "1995-01-01", "coo"),
        act("Recognition", "c", "old", "1996-01-01", "coo"),
        act(
            "Recognition",
            "c",
            "new",
            "2004-01-01",
            "coo",
            'co:capacity "representative" ; co:inPlaceOf coo:old',
        ),
        act("Recognition", "c", "new", "2008-01-01", "coo"),
        act("Recognition", "d", "r", "1991-01-01"),
        f'''<https://w3id.org/comity/succession/e/d/2015> a co:Succession ; co:successor cop:e ; co:predecessor cop:d ;
          co:successionKind "succeeds" ; co:carriesRelations true ; co:carriesRecognitions true ; co:edtf "2015-06-01" ;
          co:earliest "2015-06-01"{XSD_DATE} ; co:latest "2015-06-01"{XSD_DATE} .''',
        act("EstablishmentOfRelations", "d", "f", "1992-01-01"),
        f'cop:d co:ended "2015" ; co:endedEarliest "2015-01-01"{XSD_DATE} ; co:endedLatest "2015-12-31"{XSD_DATE} .',
    )
)


@pytest.fixture(scope="module")
def world() -> Explainer:
    return Explainer(small(WORLD))


def why(world: Explainer, fact: str, snapshot: str = "") -> Proof:
    subject, predicate, value = fact.split()
    terms = {"a": TYPE, "label": ox.NamedNode(RDFS + "label")}
    object_ = ox.Literal(value[1:-1], datatype=_integer()) if value.startswith('"') else node(value)
    proof = world.explain((node(subject), terms.get(predicate, node(predicate)), object_), _view(snapshot))
    if proof.status != "not entailed":
        Checker(world.union.store).check(proof)
    return proof


def _view(snapshot: str) -> ox.NamedNode | None:
    return node(f"as-of/{snapshot}") if snapshot else None


def _integer() -> ox.NamedNode:
    return ox.NamedNode("http://www.w3.org/2001/XMLSchema#integer")


@pytest.mark.parametrize(
    ("fact", "rule"),
    [
        ("period/recognition/a/b/2000-01-01 co:beganBy act/Recognition/a/b/2000-01-01", "period-opening"),
        (
            "period/recognition/a/b/2000-01-01 co:endedBy act/WithdrawalOfRecognition/a/b/2005-01-01",
            "period-ending",
        ),
        (
            "period/recognition/c/b/2001-01-01 co:endedBy act/EstablishmentOfRelations/c/r/2003-01-01",
            "period-rival",
        ),
        ("period/recognition/d/a/1990-01-01 co:endedByEndOf polity/d", "period-polity-end"),
        ("period/recognition/e/r/2015-06-01 co:recogniser polity/e", "period-continuity"),
        ("period/relations/e/f/2015-06-01 co:firstParty polity/e", "period-continuity"),
        (
            "period/government-recognition/a/old/1995-01-01 co:endedByEndOf organisation/old",
            "period-polity-end",
        ),
        (
            "period/government-recognition/c/old/1996-01-01 co:endedBy act/Recognition/c/new/2004-01-01",
            "period-ending",
        ),
        (
            "period/limited-recognition/c/new/2004-01-01 co:endedBy act/Recognition/c/new/2008-01-01",
            "period-ending",
        ),
        (
            "period/limited-recognition/c/new/2004-01-01 co:recognisedGovernment organisation/new",
            "period-opening",
        ),
        ("act/Recognition/a/b/2010-01-01 a co:ResumptionOfRecognition", "period-resumption"),
        (
            "act/WithdrawalOfRecognition/a/b/2005-01-01 co:reverses act/Recognition/a/b/2000-01-01",
            "period-reversal",
        ),
    ],
)
def test_period_is_explained_by_what_opened_and_closed_it(world: Explainer, fact: str, rule: str) -> None:
    assert why(world, fact).rule == rule


@pytest.mark.parametrize(
    ("fact", "day", "rule"),
    [
        ("polity/a co:recognises polity/b", "2011-01-01", "snapshot-recognition"),
        ("polity/b co:recognises polity/a", "2013-01-01", "snapshot-recognition"),
        ("polity/b co:maintainsRelationsWith polity/a", "2013-01-01", "snapshot-relations"),
        ("polity/a co:mutuallyRecognises polity/b", "2013-01-01", "snapshot-mutual"),
        ('polity/b co:recogniserCount "2"', "2002-01-01", "snapshot-counts"),
        ("polity/b a co:Polity", "2013-01-01", "snapshot-catalogue"),
        ("polity/b a co:State", "2013-01-01/according-to/a", "perspective-recognition"),
        ("polity/c co:recognisesAsGovernment organisation/new", "2009-01-01", "snapshot-government"),
        ("polity/c co:recognisesInLimitedCapacity organisation/new", "2005-01-01", "snapshot-limited"),
        ("organisation/new a co:Government", "2009-01-01", "snapshot-catalogue"),
        (
            "organisation/new co:heldToGovern polity/b",
            "2009-01-01/according-to/c",
            "perspective-governments",
        ),
    ],
)
def test_snapshot_is_explained_by_its_rules(world: Explainer, fact: str, day: str, rule: str) -> None:
    assert why(world, fact, day).rule == rule


def test_each_rule_of_snapshots_has_a_provenance_query() -> None:
    folder = files("comity.queries").joinpath("provenance")
    queries = sorted(entry.name.removesuffix(".rq") for entry in folder.iterdir())
    assert queries == sorted((*rules("snapshot-"), *rules("perspective-")))


@pytest.mark.parametrize("name", (*rules("snapshot-"), *rules("perspective-")))
def test_provenance_query_runs_as_it_stands_and_binds_what_its_rule_concludes(name: str) -> None:
    text = files("comity.queries").joinpath("provenance", name + ".rq").read_text("utf-8")
    assert isinstance(ox.Store().query(text), ox.QueryTriples)
    query = provenance_query(name)
    given = {one for line in re.findall(r"VALUES \(([?\w ]+)\)", text) for one in line.split()}
    assert {f"?{one}" for one in query.variables - {"count"}} <= given
    assert len(query.checks) == len(re.findall(r"^ +# ", text, re.MULTILINE))


TREE = """\
A — recognises: B (as of 2011-01-01)
│  by the rule “Recognition in force on a day” (snapshot-recognition)
├─ A's recognition of B from 2010-01-01 is a recognition period; basis: express; recogniser: A; \
recognised party: B; starts at the latest: 2010-01-01
│  │  by the rule “An act that opens a period does so unless one is open already” (period-opening)
│  ├─ act/Recognition/a/b/2010-01-01 is a recognition; actor: A; object: B; date as known: 2010-01-01; \
earliest day: 2010-01-01; latest day: 2010-01-01  [asserted in the table acts-test]
│  └─ No earlier period of this kind was still open
├─ 2010-01-01 is not after 2011-01-01
└─ It is not known to have ended by 2011-01-01
"""


def test_reader_can_follow_the_tree(world: Explainer) -> None:
    assert as_text(why(world, "polity/a co:recognises polity/b", "2011-01-01")) == TREE


LAW = "\n".join(
    (
        *(f'cop:{one} a co:Polity ; rdfs:label "{one.upper()}"@en .' for one in ("a", "b", "r", "s")),
        act("EstablishmentOfRelations", "a", "b", "1990-01-01"),
        act("SeveranceOfRelations", "a", "b", "2000-01-01"),
        "cop:r co:rivalGovernmentOf cop:s . cop:s co:rivalGovernmentOf cop:r .",
        act("EstablishmentOfRelations", "a", "r", "1990-01-01"),
        act("SeveranceOfRelations", "r", "a", "2000-01-01"),
        "cost:occupied-territory co:incompatibleWith cost:sovereign-state .",
        f"""<https://w3id.org/comity/claim/1> a co:StatusClaim ; co:claimant cop:a ; co:about cop:b ;
          co:status cost:occupied-territory ;
          co:startEarliest "1995-01-01"{XSD_DATE} ; co:startLatest "1995-01-01"{XSD_DATE} .""",
    )
)


@pytest.fixture(scope="module")
def law() -> Explainer:
    return Explainer(small(LAW))


@pytest.mark.parametrize(
    ("fact", "rules"),
    [
        ("polity/a co:recognises polity/b", ["snapshot-recognition", "period-opening"]),
        ("polity/b co:recognises polity/a", ["snapshot-recognition", "period-opening"]),
        ("polity/b co:hasBrokenRelationsWith polity/a", ["snapshot-broken", "period-opening"]),
        (
            "polity/a co:recognisesContradictorily polity/b",
            ["snapshot-contradictory", "period-contradiction", "period-refusal", "period-opening"],
        ),
    ],
)
def test_recognition_by_relations_outlives_their_break(law: Explainer, fact: str, rules: list[str]) -> None:
    proof = why(law, fact, "2001-01-01")
    assert list(dict.fromkeys(step.rule for step in proof.walk() if step.kind == "rule")) == rules


def test_break_with_one_of_two_rivals_is_why_it_is_no_longer_recognised(law: Explainer) -> None:
    proof = why(law, "polity/a co:recognises polity/r", "2001-01-01")
    assert proof.status == "not entailed"
    (missing,) = [step for step in proof.premises if step.kind == "missing"]
    assert missing.sentence.startswith("but there is: A's implied recognition of R from 1990-01-01")
    (end,) = missing.premises
    assert end.rule == "period-rival"
    assert any("SeveranceOfRelations/r/a" in step.sentence for step in end.walk() if not step.premises)


@pytest.mark.parametrize(
    ("day", "missing"),
    [
        ("1999-01-01", "this does not hold: 2000-01-01 is not after 1999-01-01"),
        (
            "2007-01-01",
            "but there is: A's recognition of B from 2000-01-01 — ends at the earliest: 2005-01-01",
        ),
    ],
)
def test_what_does_not_hold_on_a_day_says_why(world: Explainer, day: str, missing: str) -> None:
    proof = why(world, "polity/a co:recognises polity/b", day)
    assert proof.status == "not entailed"
    assert [step.sentence for step in proof.premises if step.kind == "missing"] == [missing]


def test_wrong_number_is_answered_with_the_right_one(world: Explainer) -> None:
    proof = why(world, 'polity/b co:recogniserCount "7"', "2002-01-01")
    assert (proof.status, proof.reason) == ("not entailed", "The graph states instead: 2.")


def test_present_tense_outside_a_snapshot_asks_for_a_day(world: Explainer) -> None:
    assert "as-of/" in why(world, "polity/a co:recognises polity/b").reason


def test_graph_that_is_no_snapshot_is_refused(world: Explainer) -> None:
    with pytest.raises(SnapshotError):
        why(world, "polity/a co:recognises polity/b", "yesterday")


def test_what_is_counted_may_be_told_in_part() -> None:
    crowd = "\n".join(act("Recognition", f"p{one}", "b", "2000-01-01") for one in range(9))
    world = Explainer(small(crowd), widest=2)
    goal = (node("polity/b"), node("co:recogniserCount"), ox.Literal("9", datatype=_integer()))
    proof = world.explain(goal, node("as-of/2001-01-01"))
    assert (len(proof.premises), proof.more) == (2, 7)
    assert as_text(proof).rstrip().endswith("… and 7 more like these")
