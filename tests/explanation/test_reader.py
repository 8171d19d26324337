"""The rules of the package can be taken apart, and what cannot be is refused by name."""

import pyoxigraph as ox
import pytest

from comity.explanation.patterns import Exists, Filter, Path, Pattern, RuleError, Values
from comity.explanation.reader import read_rule, rule_file
from comity.rules import names

HEAD = "# title: T\nPREFIX co: <urn:co#>\nCONSTRUCT { ?a co:p ?b }\nWHERE {\n"


@pytest.mark.parametrize("name", names())
def test_every_rule_can_be_followed(name: str) -> None:
    rule = rule_file(name)
    assert rule.title
    assert rule.template
    assert all(isinstance(pattern.predicate, ox.NamedNode | ox.Variable) for pattern in rule.template)


def test_parts_of_a_rule() -> None:
    text = (
        HEAD
        + 'VALUES (?day) { ("2022"^^co:d) }\n ?a co:q/^co:r* ?b ; a co:C .\n # soon enough\n FILTER (?b < (?day)) }'
    )
    values, path, typing, condition = read_rule("t", text).where.elements
    assert values == Values(
        (ox.Variable("day"),), ((ox.Literal("2022", datatype=ox.NamedNode("urn:co#d")),),)
    )
    assert isinstance(path, Pattern) and isinstance(path.predicate, Path) and path.predicate.op == "/"
    assert isinstance(typing, Pattern) and typing.object == ox.NamedNode("urn:co#C")
    assert condition == Filter("?b < (?day)", "soon enough")


def test_nested_not_exists() -> None:
    text = HEAD + "?a co:q ?b . FILTER NOT EXISTS { ?b co:q ?c FILTER NOT EXISTS { ?c co:q ?a } } }"
    absence = read_rule("t", text).where.elements[1]
    assert isinstance(absence, Exists) and absence.negated
    assert isinstance(absence.group.elements[1], Exists)


@pytest.mark.parametrize("body", ["?a ?b }", "?a co:q ?b", "SERVICE co:x { ?a co:q ?b } }", "?a 5 ?b }"])
def test_what_cannot_be_followed_is_refused(body: str) -> None:
    with pytest.raises(RuleError):
        read_rule("t", HEAD + body)
