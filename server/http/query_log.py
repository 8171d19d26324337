"""The query log, one JSON object a line, without addresses or headers."""

import json
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

_LONGEST = 20_000


class QueryLog:
    """Writes what was asked and how it went, to a file or to standard error."""

    def __init__(self, name: str) -> None:
        self._stream: IO[str] | None = None
        if name == "-":
            self._stream = sys.stderr
        elif name:
            # Line by line in one write each, so that several processes may share the file.
            self._stream = Path(name).open("a", encoding="utf-8", buffering=1)  # noqa: SIM115
        self._lock = threading.Lock()

    @property
    def open(self) -> bool:
        """Return whether queries are logged at all."""
        return self._stream is not None

    def write(self, kind: str, text: str, **facts: Any) -> None:
        """Add a line: the kind of text, the text, and facts about how it went."""
        if self._stream is None:
            return
        line = json.dumps(
            {
                "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "kind": kind,
                **facts,
                "text": text[:_LONGEST],
            },
            ensure_ascii=False,
        )
        with self._lock:
            self._stream.write(line + "\n")
            self._stream.flush()

    def close(self) -> None:
        """Close the file."""
        if self._stream not in {None, sys.stderr}:
            self._stream.close()
