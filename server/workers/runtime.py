"""The runtime folder of a server: sockets, counters and the name of the generation in use.

Whoever makes one holds a lock on a file in it as long as any process lives that uses it. A folder whose lock
nobody holds is what a server left that was killed; the next server of the same user removes it.
"""

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

PREFIX = "comity-"
_LOCK = "lock"


class RuntimeFolder:
    """A folder for this server alone, readable to its user alone."""

    def __init__(self) -> None:
        """Make it, and remove those that dead servers left beside it."""
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        draft = self.path / "lock.new"
        self._lock = draft.open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Only now by its name: nobody ever sees a lock that is not held yet.
        draft.rename(self.path / _LOCK)
        _remove_left(self.path.parent)

    def remove(self) -> None:
        """Remove it with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.close()


def _remove_left(place: Path) -> None:
    for folder in place.glob(f"{PREFIX}*"):
        with suppress(OSError):
            # A link that somebody put there under such a name has no business here.
            status = folder.lstat()
            if status.st_uid != os.getuid() or folder.is_symlink():
                continue
            with (folder / _LOCK).open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
