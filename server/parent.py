"""Processes that end with their parent, also when it is killed and can tell them nothing (Linux, prctl(2))."""

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1


def end_with(parent: int, number: signal.Signals) -> None:
    """Have the kernel send this process a signal once its parent is gone.

    :param parent: the process that forked this one, which ends at once if that is gone already.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent:  # It was killed before we asked to be told.
        os._exit(1)
