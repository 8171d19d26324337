"""Steps: how a generation differs from the previous one, for processes that have that one in memory.

A step is stored in the folder of its generation, in ``step.nq``: a line of JSON with the generations it leads from and
to, then the removed and the added quads. It includes a digest of all this, so a truncated, altered or misplaced step is
detected. If the step is invalid or missing, as after a large change, the generation itself is read.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

NAME = "step.nq"
#: Processes that are further behind than this read the generation itself.
_MOST_STEPS = 64
#: The number of quads beyond which reading the generation itself is faster than reading the step.
_MOST_QUADS = 100_000


@dataclass(frozen=True)
class Step:
    """The difference between one generation and the next."""

    base: str
    name: str
    removed: Sequence[ox.Quad]
    added: Sequence[ox.Quad]

    @property
    def size(self) -> int:
        """The number of quads that differ."""
        return len(self.removed) + len(self.added)

    @property
    def subjects(self) -> set[ox.NamedNode | ox.BlankNode | ox.Triple]:
        """The nodes with an added or removed quad."""
        return {quad.subject for quad in (*self.removed, *self.added)}

    def in_default_graph(self) -> "Step":
        """Return the part of the step that concerns the default graph."""
        return self.restricted_to(lambda quad: quad.graph_name == ox.DefaultGraph())

    def restricted_to(self, concerned: Callable[[ox.Quad], bool]) -> "Step":
        """Return the part of the step that concerns some quads."""
        removed, added = ([quad for quad in quads if concerned(quad)] for quads in (self.removed, self.added))
        return Step(self.base, self.name, removed, added)

    def applies_to(self, store: ox.Store) -> bool:
        """Return whether the step can apply to a store: it contains all removed quads and none of the added ones."""
        removed = set(self.removed)
        return all(quad in store for quad in removed) and not any(
            quad in store and quad not in removed for quad in self.added
        )

    def apply_to(self, store: ox.Store) -> None:
        """Update a store from the first generation to the second."""
        for quad in self.removed:
            store.remove(quad)
        store.extend(self.added)


def is_large(quads: int) -> bool:
    """Return whether a step of this size is not written, since reading the generation itself is faster."""
    return quads > _MOST_QUADS


def write_step(folder: Path, base: str, removed: Sequence[ox.Quad], added: Sequence[ox.Quad]) -> None:
    """Write the step to a generation in a folder before it becomes current, unless the step is large."""
    if is_large(len(removed) + len(added)):
        return
    going, coming = [f"{quad} .\n" for quad in removed], [f"{quad} .\n" for quad in added]
    body = "".join([*going, *coming])
    head = {"from": base, "to": folder.name, "removed": len(going), "added": len(coming)}
    first = json.dumps(head | {"digest": _digest(head, body.encode())}, sort_keys=True)
    (folder / NAME).write_text(f"{first}\n{body}", "utf-8", newline="\n")


def read_step(folder: Path) -> Step | None:
    """Return the step to the generation in a folder; None if it is missing or damaged."""
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
    """Return the steps from one generation of a store to a later one; None unless all are available."""
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
