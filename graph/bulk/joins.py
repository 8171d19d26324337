"""The closure over columns of numbers: the axioms as Horn rules, joined a whole relation at a time.

It entails what :mod:`..closure.program` entails, which a test holds it to, and is made for large graphs: facts
are sorted arrays, a join is a merge, and each round joins only what the round before brought. A class is kept
as an array of its members, a property as an array of pairs packed into one number.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import pyoxigraph as ox

from comity.bulk.columns import Columns, Mask, Numbers, term_of
from comity.closure.axioms import TYPE, Atom, Rule, kept
from comity.closure.program import ordered

_SHIFT = 32
_LOW = (1 << _SHIFT) - 1
_EMPTY = np.empty(0, np.int64)
#: A property or a class, by the text of its IRI.
Key = tuple[str, str]
Table = dict[str, Numbers]


class _Relation:
    """What is known of one property or class, sorted; and what the last round added."""

    def __init__(self) -> None:
        self.known = _EMPTY
        self.new = _EMPTY
        self._turned: Numbers | None = None

    def add(self, found: Numbers) -> None:
        self.new = _without(np.unique(found), self.known)
        if len(self.new):
            self.known = np.union1d(self.known, self.new)
            self._turned = None

    @property
    def turned(self) -> Numbers:
        """The pairs with their sides exchanged, sorted by value."""
        if self._turned is None:
            first, second = unpack(self.known)
            self._turned = np.sort(pack(second, first))
        return self._turned


class Joiner:
    """Brings the facts in columns to the fixpoint of some rules."""

    def __init__(self, columns: Columns, rules: Iterable[Rule]) -> None:
        """Read the facts that the rules can use."""
        self._columns = columns
        self._rules = [(rule, [self._atom(atom) for atom in (rule.head, *rule.body)]) for rule in rules]
        self._relations: dict[Key, _Relation] = {}
        for _, atoms in self._rules:
            for key, _ in atoms:
                self._relations.setdefault(key, _Relation())
        self._stated = {key: self._read(key) for key in self._relations}
        self._literal = self._literals()

    def _atom(self, atom: Atom) -> tuple[Key, Atom]:
        if atom.predicate == TYPE:
            return ("class", str(atom.object)), atom
        return ("property", str(atom.predicate)), atom

    def _read(self, key: Key) -> Numbers:
        kind, text = key
        if kind == "property":
            return np.unique(pack(*self._columns.pairs(text)))
        subjects, classes = self._columns.pairs(str(TYPE))
        number = self._columns.known(text)
        return np.unique(subjects[classes == (-1 if number is None else number)])

    def _literals(self) -> Mask:
        for _, atoms in self._rules:
            for _, atom in atoms:
                for node in (atom.subject, atom.object):
                    if not isinstance(node, ox.Variable):
                        self._columns.id(str(node))
        return np.fromiter((text[0] == '"' for text in self._columns.terms), np.bool_, len(self._columns))

    def entailed(self) -> Iterator[tuple[Key, Numbers]]:
        """Give the new facts worth keeping, by property or class."""
        self._saturate()
        for key, relation in sorted(self._relations.items()):
            kind, text = key
            node = ox.NamedNode(text[1:-1])
            fact = (node, TYPE, node) if kind == "class" else (node, node, node)
            if kept(fact):
                yield key, _without(relation.known, self._stated[key])

    def members(self, name: str) -> Numbers:
        """Give the members of a class, stated or entailed so far, sorted."""
        return self._all(("class", name))

    def links(self, name: str) -> Numbers:
        """Give the pairs of a property, stated or entailed so far, each packed into one number, sorted."""
        return self._all(("property", name))

    def _all(self, key: Key) -> Numbers:
        return self._relations[key].known if key in self._relations else self._read(key)

    def _saturate(self) -> None:
        for key, relation in self._relations.items():
            relation.add(self._stated[key])
        while any(len(relation.new) for relation in self._relations.values()):
            found: dict[Key, list[Numbers]] = {}
            for _, ((head_key, head), *body) in self._rules:
                for place in range(len(body)):
                    table = self._joined(body, place)
                    if table is not None:
                        found.setdefault(head_key, []).append(self._head(head_key, head, table))
            for key, relation in self._relations.items():
                parts = found.get(key)
                relation.add(np.concatenate(parts) if parts else _EMPTY)

    def _joined(self, body: list[tuple[Key, Atom]], place: int) -> Table | None:
        """Give the bindings under which the body holds, one atom of it taken from the last round's facts."""
        key, first = body[place]
        new = self._relations[key].new
        if not len(new):
            return None
        table = self._opened(key, first, new)
        keys = {atom: key for key, atom in body}
        for atom in ordered(tuple(atom for i, (_, atom) in enumerate(body) if i != place), first):
            table = self._extended(table, keys[atom], atom)
        return table

    def _opened(self, key: Key, atom: Atom, facts: Numbers) -> Table:
        if key[0] == "class":
            return {_name(atom.subject): facts}
        return self._bound(atom, *unpack(facts))

    def _bound(self, atom: Atom, subjects: Numbers, values: Numbers) -> Table:
        """Bind an atom's variables to the sides of facts, keeping those that fit its constants."""
        fits = np.ones(len(subjects), np.bool_)
        for node, side in ((atom.subject, subjects), (atom.object, values)):
            if not isinstance(node, ox.Variable):
                fits &= side == self._columns.id(str(node))
        if atom.subject == atom.object:
            fits &= subjects == values
        sides = ((atom.subject, subjects), (atom.object, values))
        return {_name(node): side[fits] for node, side in sides if isinstance(node, ox.Variable)}

    def _extended(self, table: Table, key: Key, atom: Atom) -> Table:
        relation = self._relations[key]
        subject, value = _name(atom.subject), _name(atom.object)
        if key[0] == "class":
            return _kept(table, _within(table[subject], relation.known))
        if not isinstance(atom.object, ox.Variable):
            number = np.full(len(table[subject]), self._columns.id(str(atom.object)), np.int64)
            return _kept(table, _within(pack(table[subject], number), relation.known))
        if subject in table and value in table:
            return _kept(table, _within(pack(table[subject], table[value]), relation.known))
        if subject in table:
            return _merged(table, table[subject], relation.known, value)
        return _merged(table, table[value], relation.turned, subject)

    def _head(self, key: Key, head: Atom, table: Table) -> Numbers:
        length = len(next(iter(table.values())))

        def side(node: object) -> Numbers:
            if isinstance(node, ox.Variable):
                return table[_name(node)]
            return np.full(length, self._columns.id(str(node)), np.int64)

        subjects = side(head.subject)
        fine = ~self._literal[subjects]
        if key[0] == "class":
            return subjects[fine]
        return pack(subjects[fine], side(head.object)[fine])


def entail_lines(columns: Columns, joiner: Joiner) -> Iterator[str]:
    """Give what rules entail from facts in columns, as lines of N-Triples."""
    for (kind, text), facts in joiner.entailed():
        terms = columns.terms
        if kind == "class":
            yield from (f"{terms[one]} {TYPE} {text} .\n" for one in facts.tolist())
        else:
            pairs = zip(*map(np.ndarray.tolist, unpack(facts)), strict=True)
            yield from (f"{terms[one]} {text} {terms[other]} .\n" for one, other in pairs)


def entail_triples(columns: Columns, rules: Iterable[Rule]) -> Iterator[ox.Triple]:
    """Give the same as triples."""
    for text in entail_lines(columns, Joiner(columns, rules)):
        subject, predicate, value = text.split(" ", 2)
        yield ox.Triple(term_of(subject), term_of(predicate), term_of(value[:-3]))  # type: ignore[arg-type]


def pack(subjects: Numbers, values: Numbers) -> Numbers:
    """Make one number of each pair, in the order of their first sides."""
    return (subjects << _SHIFT) | values


def unpack(pairs: Numbers) -> tuple[Numbers, Numbers]:
    """Give the two sides of packed pairs."""
    return pairs >> _SHIFT, pairs & _LOW


def _name(node: object) -> str:
    return str(node)


def _within(some: Numbers, known: Numbers) -> Mask:
    if not len(known):
        return np.zeros(len(some), np.bool_)
    places = np.searchsorted(known, some)
    places[places == len(known)] = 0
    found: Mask = known[places] == some
    return found


def _without(some: Numbers, known: Numbers) -> Numbers:
    return some[~_within(some, known)]


def _kept(table: Table, fits: Mask) -> Table:
    return {name: column[fits] for name, column in table.items()}


def _merged(table: Table, bound: Numbers, pairs: Numbers, free: str) -> Table:
    """Join rows with the sorted pairs whose first side is bound, binding the second side to a new variable."""
    starts = np.searchsorted(pairs, bound << _SHIFT)
    counts = np.searchsorted(pairs, (bound + 1) << _SHIFT) - starts
    rows = np.repeat(np.arange(len(bound)), counts)
    offsets = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    joined = {name: column[rows] for name, column in table.items()}
    joined[free] = pairs[starts[rows] + offsets] & _LOW
    return joined
