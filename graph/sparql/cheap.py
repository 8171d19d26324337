"""Which queries are proven cheap: those whose work can be bounded before they run.

A query is taken only if it is a plain pattern: SELECT, ASK or CONSTRUCT over triples joined by shared variables, each
reached from a constant of the query. How far such a join can grow follows from the degrees of the graph: the most
objects that a subject has under a property, and the most subjects of an object. What cannot be bounded in this
way, or not low enough, is no cheap query, whatever it would cost in truth.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from comity.sparql.plans import Plan, plan
from comity.sparql.shapes import Pattern, Shape, Term, cut, iri_of, read_shape

_LONGEST = 4096
_SHAPES = 512
#: The steps from quad to quad, and the rows, that a cheap query may take at most.
MOST_STEPS = 500_000
MOST_ROWS = 2_000


class Degree(NamedTuple):
    """How far a property branches: the most objects of a subject and subjects of an object, and the most quads that
    have such a subject, or such an object, under any property: what the engine may walk to find one of them.
    """

    objects: int = 0
    subjects: int = 0
    walk_of_subject: int = 0
    walk_of_object: int = 0


@dataclass(eq=False)
class Proof:
    """That queries of a shape, with certain properties, are cheap; how to answer them; whether the engine did once."""

    shape: Shape
    plan: Plan | None
    tried: bool = False


class Cheap(NamedTuple):
    """A query that is proven cheap, cut at its constants."""

    parts: list[str]
    proof: Proof


@dataclass
class Cheapness:
    """Tells cheap queries of one graph, by its degrees."""

    degrees: Mapping[str, Degree]
    _shapes: "OrderedDict[tuple[str, ...], Shape | None]" = field(default_factory=OrderedDict)
    _proofs: "OrderedDict[tuple[object, ...], Proof | None]" = field(default_factory=OrderedDict)

    def proven(self, text: str) -> Cheap | None:
        """Give a query that is known to be cheap with the proof of it, else None."""
        if len(text) > _LONGEST:
            return None
        parts = cut(text)
        # Whether a constant is an IRI, a string or a comment belongs to the form.
        form = (*parts[::2], "".join([part[0] for part in parts[1::2]]))
        if form not in self._shapes:
            _keep(self._shapes, form, read_shape(parts))
        shape = self._shapes.get(form)
        if shape is None:
            return None
        key = (form, *[parts[place] for place in shape.structural])
        if key not in self._proofs:
            _keep(self._proofs, key, prove(shape, parts, self.degrees))
        proof = self._proofs.get(key)
        return Cheap(parts, proof) if proof else None


_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


def _keep(kept: "OrderedDict[_Key, _Value]", key: _Key, value: _Value) -> _Value:
    kept[key] = value
    while len(kept) > _SHAPES:
        kept.popitem(last=False)
    return value


def prove(shape: Shape, parts: Sequence[str], degrees: Mapping[str, Degree]) -> Proof | None:
    """Prove that a query's steps and rows stay below the limits in any graph of these degrees, or give None."""
    any_property = degrees.get("", Degree())
    properties = [iri_of(verb, shape, parts) for _, verb, _ in shape.patterns]
    kinds = [degrees.get(name, Degree()) if name else any_property for name in properties]
    walks: dict[Term, int] = {}
    for (subject, _, _), kind in zip(shape.patterns, kinds, strict=True):
        walks[subject] = min(walks.get(subject, kind.walk_of_subject), kind.walk_of_subject)
    known: set[str] = set()
    rows, steps = 1, 0
    order: list[Pattern] = []
    left = list(zip(shape.patterns, kinds, strict=True))
    while left:
        reached = [entry for entry in map(lambda entry: _branching(entry, known, walks), left) if entry]
        if not reached:
            return None
        branches, walk, step = min(reached, key=lambda entry: entry[:2])
        steps += rows * walk
        rows *= branches
        if steps > MOST_STEPS or rows > MOST_ROWS:
            return None
        left.remove(step)
        order.append(step[0])
        known.update(term.variable for term in step[0] if term.variable)
    return Proof(shape, plan(shape, order, parts))


_Step = tuple[Pattern, Degree]


def _branching(step: _Step, known: set[str], walks: Mapping[Term, int]) -> tuple[int, int, _Step] | None:
    """How many rows a pattern makes of one, and how many quads are walked for it; None where nothing leads to it."""
    (subject, _, value), degree = step
    from_subject = not subject.variable or subject.variable in known
    from_value = not value.variable or value.variable in known
    if from_subject and from_value:
        return 1, min(walks[subject], degree.walk_of_object), step
    if from_subject:
        return degree.objects, walks[subject], step
    if from_value:
        return degree.subjects, degree.walk_of_object, step
    return None
