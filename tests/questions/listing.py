"""The page ``docs/questions.md``, written from the question files: ``python -m tests.questions.listing``."""

from pathlib import Path

from comity.questions.questions import Question, by_topic

_OPENING = """# Questions

Written from the headers of `queries/questions/*.rq`; a test keeps it in step.

Each question is a SPARQL 1.1 query with parameters. Ask it on the command line, for example
`comity ask who-recognises --object kosovo --as-of 2010-01-01`, or open its page at `/questions/NAME`.
The file can also be run unchanged in any engine: the `VALUES` line with the example values is where the parameters
go.

Counts include only acts that the graph knows. **A party that is not listed has not refused: no act is known.**
A refusal is a separate kind of claim (`refusals`). If the sources do not give the exact day, an answer may be possible
rather than certain.
"""


def _parameters(question: Question) -> list[str]:
    lines = []
    for parameter in question.parameters:
        choices = f", one of {', '.join(parameter.choices)}" if parameter.choices else ""
        need = (
            "required"
            if parameter.required
            else f"default {parameter.default}"
            if parameter.default
            else "optional"
        )
        example = f"; for example `{parameter.example}`" if parameter.example else ""
        lines.append(
            f"- `{parameter.option}` ({parameter.type}{choices}; {need}): {parameter.about}{example}"
        )
    return lines


def listing() -> str:
    """Give the page: topics in order, in each the questions with their parameters."""
    parts = [_OPENING]
    for heading, group in by_topic():
        parts.append(f"\n## {heading}\n")
        for question in group:
            parts += [f"\n### {question.name}\n\n", f"**{question.title}.** {question.description}\n"]
            if lines := _parameters(question):
                parts.append("\n" + "\n".join(lines) + "\n")
    return "".join(parts)


if __name__ == "__main__":
    (Path(__file__).parent.parent.parent / "docs" / "questions.md").write_text(listing(), "utf-8")
