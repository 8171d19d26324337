"""Contradictions that compare whole classes or properties, found in the closed columns of a large world.

Two checks of ``queries/checks`` look at every member of every class that excludes another, or at every link of a
property that has one direction. Over arrays each of these is one intersection; asked as queries of a million acts,
they take minutes. A test holds them to the queries.
"""

from collections.abc import Iterator

import numpy as np

from comity.bulk.columns import TYPE, Columns, Numbers, lexical
from comity.bulk.joins import Joiner, pack, unpack
from comity.iris import OWL
from comity.validation.consistency import Finding, checks

#: The checks that :func:`contradictions` answers.
IN_COLUMNS = frozenset({"asymmetric", "disjoint-classes"})


def contradictions(columns: Columns, joiner: Joiner) -> Iterator[Finding]:
    """Give the contradictions in facts and what a joiner entailed from them, for the checks that are named here."""
    check = {one.name: one for one in checks()}

    def name(number: int) -> str:
        return lexical(columns.terms[number])

    for one, other in _pairs(*columns.pairs(f"<{OWL}disjointWith>")):
        some, others = (joiner.members(columns.terms[number]) for number in (one, other))
        for thing in np.intersect1d(some, others, assume_unique=True).tolist():
            yield check["disjoint-classes"].finding(thing=name(thing), one=name(one), other=name(other))
    subjects, kinds = columns.pairs(TYPE)
    for link in np.unique(subjects[kinds == columns.id(f"<{OWL}AsymmetricProperty>")]).tolist():
        links = joiner.links(columns.terms[link])
        starts, ends = unpack(links)
        for thing, value in _pairs(*unpack(np.intersect1d(links, pack(ends, starts)))):
            if name(thing) < name(value):
                yield check["asymmetric"].finding(thing=name(thing), property=name(link), value=name(value))


def _pairs(one: Numbers, other: Numbers) -> Iterator[tuple[int, int]]:
    return zip(one.tolist(), other.tolist(), strict=True)
