"""What is in force on any day, in a file by which the processes of a server spare each other reading all periods."""

import os
from pathlib import Path

import pyoxigraph as ox

from comity.snapshots.calendar import Calendar
from comity.store.steps import steps_between

#: How many steps behind a shared calendar may be before it is written again.
_MOST_BEHIND = 8


def calendar_file(runtime: Path) -> Path:
    """Return the file, in the runtime folder of a server."""
    return runtime / "calendar.json"


def shared_generation(file: Path) -> str:
    """Return the generation whose calendar is shared; empty if none is."""
    try:
        with file.open("rb") as lines:
            return lines.readline().decode().strip()
    except (OSError, UnicodeDecodeError):
        return ""


def share(calendar: Calendar, generation: str, store_path: Path, file: Path) -> None:
    """Write the calendar of a generation for other processes, unless it is a few steps away from one there.

    :raises OSError: if it cannot be written.
    """
    steps = steps_between(store_path, shared_generation(file), generation)
    if steps is None or len(steps) > _MOST_BEHIND:
        draft = file.with_suffix(f".{os.getpid()}")
        draft.write_bytes(generation.encode() + b"\n" + calendar.encode())
        draft.replace(file)


def read_shared(store: ox.Store, generation: str, store_path: Path, file: Path) -> Calendar | None:
    """Return the calendar of a generation if it, or one a few steps away, is shared.

    :param store: the generation, open.
    """
    try:
        name, _, text = file.read_bytes().partition(b"\n")
    except OSError:
        return None
    steps = steps_between(store_path, name.decode(errors="replace"), generation)
    if steps is None:
        return None
    calendar = Calendar.decode(store, text)
    changed = set().union(*(step.subjects for step in steps))
    return calendar.after(store, changed) if calendar and changed else calendar
