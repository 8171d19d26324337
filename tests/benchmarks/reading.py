"""How well and how fast reports are read; the figures go into docs/reading.md.

``python -m tests.benchmarks reading`` reads the reports of ``tests/reading`` with the names of the shipped facts.
"""

import argparse
import datetime as dt
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from comity.api import open_store
from comity.questions.lookup import Names
from comity.reading.reading import Reader
from tests.reading.measure import Score, measure, reports

DOCUMENT = Path(__file__).parents[2] / "docs" / "reading.md"
_BEGIN, _END = "<!-- figures -->\n", "<!-- end of figures -->\n"
#: The files of reports, and what each was for.
SETS = {
    "reports": "reports for which the lexicon was made",
    "aside": "first batch kept aside",
    "aside-2": "second batch kept aside",
    "blind-1": "first blind batch",
    "blind-2": "second blind batch",
    "blind-3": "third blind batch",
    "blind-4": "fourth blind batch",
    "blind-5": "fifth blind batch",
    "blind-6": "sixth blind batch",
    "blind-7": "seventh blind batch",
    "blind-8": "eighth blind batch",
    "blind-9": "ninth blind batch",
    "blind-10": "tenth blind batch",
    "blind-11": "eleventh blind batch",
    "blind-12": "twelfth blind batch, not used for mending",
    "story": "the story of July 2022",
}


def table(acts: Score, said: Score) -> Iterator[str]:
    """Yield the lines of a table: precision and recall by kind of act and of statement."""
    yield "| kind | there | precision | recall |"
    yield "|---|---:|---:|---:|"
    for title, score in (("acts", acts), ("attributions", said)):
        yield _row(f"**{title}**", score, None)
        for kind in sorted({*score.right, *score.wrong, *score.missed}):
            yield _row(f"`{kind}`", score, kind)


def _row(title: str, score: Score, kind: str | None) -> str:
    there = score.there(kind)
    return f"| {title} | {there} | {score.precision(kind):.2f} | {score.recall(kind):.2f} |"


def page_seconds(reader: Reader) -> tuple[int, float]:
    """Return the words of a page, and the median of the seconds in which it is read."""
    page = "\n\n".join(report["text"].strip() for report in reports("reports")[:12])
    taken = []
    for _ in range(20):
        begin = time.perf_counter()
        reader.read(page, dt.date(2024, 3, 5))
        taken.append(time.perf_counter() - begin)
    return len(page.split()), statistics.median(taken)


def main(words: list[str]) -> None:
    """Print the figures, and write them into the document unless told otherwise."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks reading", description=__doc__)
    parser.add_argument("--store", type=Path, help="The folder of a store; by default, the usual one.")
    parser.add_argument("--dry-run", action="store_true", help="Write nothing into the document.")
    options = parser.parse_args(words)
    store = open_store(options.store) if options.store else open_store()
    begin = time.perf_counter()
    reader = Reader(Names(store.oxigraph))
    loading = time.perf_counter() - begin
    lines = [
        "| reports | number | acts: precision | recall | attributions: precision | recall |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    acts, said = Score(), Score()
    for name, title in SETS.items():
        of_acts, of_said = measure(reader, name)
        acts, said = acts + of_acts, said + of_said
        figures = (of_acts.precision(), of_acts.recall(), of_said.precision(), of_said.recall())
        lines.append(f"| {title} | {len(reports(name))} | {' | '.join(f'{one:.2f}' for one in figures)} |")
        for fault in (*of_acts.faults, *of_said.faults):
            print(fault)
    lines += ["", "All reports together, by kind:", "", *table(acts, said), ""]
    count, seconds = page_seconds(reader)
    lines.append(
        f"A page of {count} words is read in {seconds * 1000:.0f} ms, after the names were loaded in {loading:.1f} s."
    )
    print("\n".join(lines))
    if not options.dry_run:
        text = DOCUMENT.read_text("utf-8")
        before, _, rest = text.partition(_BEGIN)
        _, _, after = rest.partition(_END)
        DOCUMENT.write_text(before + _BEGIN + "\n".join(lines) + "\n" + _END + after, "utf-8")
