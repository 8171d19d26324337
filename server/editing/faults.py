"""Faults of a submitted row by field, as problem details and as found by validation."""

from comity.server.editing.rows import Faults
from comity.server.problems import Problem
from comity.server.processes.client import ChangeRejected
from comity.tables.reader import known_columns


def as_problem(faults: Faults) -> Problem:
    """Return the problem for a client that sent faulty fields."""
    kinds = {
        "source-missing" if name == "source_title" else
        "field-missing" if words.startswith("The field is empty") else "field-wrong"
        for name, words in faults.items()
    }  # fmt: skip
    problems = [{"column": name, "text": f"{name}: {words}"} for name, words in faults.items()]
    return Problem(
        422,
        kinds.pop() if len(kinds) == 1 else "fields-wrong",
        " ".join(one["text"] for one in problems),
        hint="Correct the fields named, and send the request again.",
        problems=problems,
    )


def of_rejection(problem: ChangeRejected, table: str) -> Faults:
    """Return the faults that validation found in a row of a table, by column."""
    faults = Faults()
    for one in problem.more["problems"]:
        name = one["column"] if one["column"] in known_columns(table) else ""
        words = f"{one['message']} {one['cure']}".strip() if one["row"] else one["text"]
        faults[name] = f"{faults[name]} {words}" if name in faults else words
    return faults
