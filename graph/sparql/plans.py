"""Plans: a plain SELECT query as steps from known terms to others, to be taken over a graph that is held by its terms.

Terms stand as in N-Triples. A row starts with the constants of the query; each step adds a term or drops the row.
"""

from collections.abc import Sequence
from typing import NamedTuple

from comity.sparql.shapes import Pattern, Selection, Shape, Term, iri_of


class Step(NamedTuple):
    """One pattern: the places in the row of its subject and value, and its property; which of both is known before."""

    subject: int
    property: str
    value: int
    from_subject: bool
    from_value: bool


class Plan(NamedTuple):
    """The constants that rows start with, those of the text and then the fixed ones; the steps; the names of the
    result, those that are bound, and the places of these in a row.
    """

    places: tuple[int, ...]
    fixed: tuple[str, ...]
    steps: tuple[Step, ...]
    names: tuple[str, ...]
    shown: tuple[str, ...]
    slots: tuple[int, ...]
    selection: Selection


def plan(shape: Shape, order: Sequence[Pattern], parts: Sequence[str]) -> Plan | None:
    """A plan that takes the patterns in this order; None where a query is more than steps from IRI to term."""
    selection = shape.selection
    terms = [term for subject, _, value in order for term in (subject, value)]
    constants = dict.fromkeys(term for term in terms if not term.variable)
    properties = [iri_of(verb, shape, parts) for _, verb, _ in order]
    if selection is None or not all(properties) or not all(iri_of(one, shape, parts) for one in constants):
        return None
    written = [term for term in constants if term.place >= 0]
    fixed = [term for term in constants if term.place < 0]
    slots = {term: slot for slot, term in enumerate((*written, *fixed))}
    steps = []
    for (subject, _, value), name in zip(order, properties, strict=True):
        known = subject in slots, value in slots
        for term in (subject, value):
            slots.setdefault(term, len(slots))
        steps.append(Step(slots[subject], f"<{name}>", slots[value], *known))
    variables = [term.variable for term in slots if term.variable]
    names = tuple(variables if selection.variables is None else selection.variables)
    shown = tuple(name for name in names if name in variables)
    places = tuple(slots[Term(name)] for name in shown)
    fixed_iris = tuple(f"<{iri_of(term, shape, parts)}>" for term in fixed)
    if not names or len(set(names)) < len(names):
        return None
    starts = tuple(term.place for term in written)
    return Plan(starts, fixed_iris, tuple(steps), names, shown, places, selection)
