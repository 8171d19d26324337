"""What the end of a query worker says about the query that it was at."""

import os
import signal

from comity.server.problems import Problem

#: The end of a worker for which its query is not to blame, so that another worker may try once more.
KILLED = "query-killed"


def ending(status: int, seconds: float) -> Problem:
    """The answer to a query whose worker ended with a wait status."""
    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    if number == signal.SIGALRM:
        return timed_out(seconds)
    if number == signal.SIGSEGV:
        return Problem(
            400,
            "query-too-deep",
            "The query is nested too deeply, or chains too many operators, to be evaluated.",
            hint="Flatten it; VALUES or FILTER IN often do what long chains do.",
        )
    if number == signal.SIGKILL:
        return Problem(
            503,
            KILLED,
            "The process that answered the query was killed from outside.",
            hint="Try again; the machine may be short of memory.",
            headers={"Retry-After": "2"},
        )
    if number == signal.SIGABRT or (os.WIFEXITED(status) and os.WEXITSTATUS(status)):
        return Problem(
            503,
            "query-out-of-memory",
            "The query needs more memory than a query may use here.",
            hint="Add LIMIT or more conditions; long texts and large joins take memory.",
        )
    return Problem(
        503,
        "query-ended",
        "The process that answered the query came to an end.",
        hint="Try again.",
        headers={"Retry-After": "1"},
    )


def timed_out(seconds: float) -> Problem:
    """The answer to a query that took too long."""
    return Problem(
        504,
        "query-timed-out",
        f"The query took longer than {seconds:g} s and was ended.",
        hint="Add LIMIT or more conditions, or ask in several queries.",
    )
