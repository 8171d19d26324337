"""The log of faults: a traceback for the first of a kind in each process, and one line for each repetition."""

import hashlib
import logging
import traceback
from collections import OrderedDict

LOGGER = logging.getLogger("comity.server")
#: How many kinds of faults a process remembers, and how much of a message one line shows.
_MOST_KINDS, _LONGEST = 200, 200


class Repetitions(logging.Filter):
    """Shortens the record of an exception that was raised before at the same place to one line.

    The place consists of the lines of code that it passed, each counted once, so that the depth of a recursion makes
    no difference; messages, which clients can vary, make none either.
    """

    def __init__(self) -> None:
        super().__init__()
        self._times: OrderedDict[str, int] = OrderedDict()

    def __len__(self) -> int:
        return len(self._times)

    def filter(self, record: logging.LogRecord) -> bool:
        """Name the kind of fault, and leave out the traceback if it was logged already. Returns True."""
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            return True
        frames = {(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)}
        kind = hashlib.blake2b(repr((type(error), sorted(frames))).encode(), digest_size=4).hexdigest()
        times = self._times[kind] = self._times.pop(kind, 0) + 1
        while len(self._times) > _MOST_KINDS:
            self._times.popitem(last=False)
        record.msg, record.args = f"{record.getMessage()} (fault {kind})", ()
        if times > 1:
            words = ascii(f"{type(error).__name__}: {error}"[:_LONGEST])
            record.msg = f"{record.msg}, time {times:,}: {words}"
            record.exc_info = None
        return True


LOGGER.addFilter(Repetitions())
