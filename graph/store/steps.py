"""Steps: how a generation differs from the one before it, for whoever holds that one in memory.

A step stands in the folder of its generation, in ``step.nq``: a line of JSON that says from which generation it
leads to which, and then the quads taken away and those added. It carries a digest of all of it, so that a step
that was torn, altered or put in the wrong place is told from a whole one; where there is such a one, or none, as after
a large change, the generation itself is read.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

NAME = "step.nq"
#: Whoever is further behind than this reads the generation itself.
_MOST_STEPS = 64
#: Beyond so many quads the generation itself is read sooner than the step.
_MOST_QUADS = 100_000


@dataclass(frozen=True)
class Step:
    """The way from one generation to the next."""

    base: str
    name: str
    removed: Sequence[ox.Quad]
    added: Sequence[ox.Quad]

    @property
    def size(self) -> int:
        """How many quads differ."""
        return len(self.removed) + len(self.added)

    @property
    def subjects(self) -> set[ox.NamedNode | ox.BlankNode | ox.Triple]:
        """The nodes of which a quad comes or goes."""
        return {quad.subject for quad in (*self.removed, *self.added)}

    def in_default_graph(self) -> "Step":
        """Return that part of the step that is in the default graph."""
        alone = ox.DefaultGraph()
        removed, added = (
            [quad for quad in quads if quad.graph_name == alone] for quads in (self.removed, self.added)
        )
        return Step(self.base, self.name, removed, added)

    def applies_to(self, store: ox.Store) -> bool:
        """Return whether a store can be what the step starts from: it holds what goes, and nothing of what comes."""
        gone = set(self.removed)
        return all(quad in store for quad in gone) and not any(
            quad in store and quad not in gone for quad in self.added
        )

    def apply_to(self, store: ox.Store) -> None:
        """Make a store that holds the first generation hold the second."""
        for quad in self.removed:
            store.remove(quad)
        store.extend(self.added)


def is_large(quads: int) -> bool:
    """Return whether a step of so many quads is not written, since the generation itself is read sooner."""
    return quads > _MOST_QUADS


def write_step(folder: Path, base: str, removed: Sequence[ox.Quad], added: Sequence[ox.Quad]) -> None:
    """Write the step to the generation in a folder before that becomes current, unless the step is a large one."""
    if is_large(len(removed) + len(added)):
        return
    going, coming = [f"{quad} .\n" for quad in removed], [f"{quad} .\n" for quad in added]
    body = "".join([*going, *coming])
    head = {"from": base, "to": folder.name, "removed": len(going), "added": len(coming)}
    first = json.dumps(head | {"digest": _digest(head, body.encode())}, sort_keys=True)
    (folder / NAME).write_text(f"{first}\n{body}", "utf-8", newline="\n")


def read_step(folder: Path) -> Step | None:
    """Return the step to the generation in a folder; None where there is none, or it is not whole."""
    try:
        first, _, body = (folder / NAME).read_bytes().partition(b"\n")
        head = json.loads(first)
        digest = head.pop("digest")
        if head["to"] != folder.name or digest != _digest(head, body):
            return None
        quads = list(ox.parse(body, format=ox.RdfFormat.N_QUADS))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, SyntaxError):
        return None
    going = head["removed"]
    if len(quads) != going + head["added"]:
        return None
    return Step(head["from"], head["to"], quads[:going], quads[going:])


def steps_between(path: Path, start: str, end: str) -> list[Step] | None:
    """Return the steps from one generation of a store to a later one; None where they are not all there."""
    steps: list[Step] = []
    while end != start:
        step = read_step(path / "generations" / end) if len(steps) < _MOST_STEPS else None
        if step is None:
            return None
        steps.append(step)
        end = step.base
    return steps[::-1]


def _digest(head: dict[str, object], body: bytes) -> str:
    return hashlib.sha256(json.dumps(head, sort_keys=True).encode() + b"\n" + body).hexdigest()
