"""What one act more costs, against making everything anew: the whole change, and its closure alone."""

import statistics
import tempfile
import time
from pathlib import Path

from comity.graph.build import build, facts_folder
from comity.graph.changes.transaction import Changes
from comity.graph.closure.revision import Closure
from comity.graph.facts.curation import load
from comity.graph.periods.sweep import derive
from comity.graph.vocabulary import schema
from comity.graph.vocabulary.names import PROPOSALS, PROVENANCE
from tests.changes.world import add, row


def change_and_rebuild(store: Path) -> tuple[float, float]:
    """Give the seconds of a change of one act to the real graph (median), and of a rebuild."""
    began = time.perf_counter()
    build(store)
    rebuild = time.perf_counter() - began
    changes = Changes(store)
    changes.recover()
    times = []
    for day in range(1, 22):
        began = time.perf_counter()
        add(changes, row("vote", "nauru", "kosovo", f"2031-03-{day:02}", f"https://votes.example/{day}"))
        times.append(time.perf_counter() - began)
    return statistics.median(times[1:]), rebuild


def revision_and_closure() -> tuple[float, float]:
    """Give the seconds in which one act is taken out of the closure (median), and of the closure itself."""
    facts = load(facts_folder())
    accepted = [quad for quad in facts.quads if quad.graph_name not in (PROPOSALS, PROVENANCE)]
    base = [*schema.ontology(), *(quad.triple for quad in accepted), *derive(accepted)]
    began = time.perf_counter()
    closure = Closure(base)
    whole = time.perf_counter() - began
    act = next(one.iri for one in facts.acts if "act/recognition/north-korea/donetsk" in one.iri.value)
    gone = {triple for triple in base if act in (triple.subject, triple.object)}
    times = []
    for _ in range(5):
        began = time.perf_counter()
        closure.revise(removed=gone)
        closure.revise(added=gone)
        times.append((time.perf_counter() - began) / 2)
    return statistics.median(times), whole


def main(arguments: list[str] | None = None) -> None:
    """Measure and print both, as times and as ratios."""
    with tempfile.TemporaryDirectory() as folder:
        change, rebuild = change_and_rebuild(Path(folder) / "store")
    print(
        f"a change of one act: {change * 1000:.0f} ms; a rebuild: {rebuild:.1f} s ({rebuild / change:.0f} times)"
    )
    revision, closure = revision_and_closure()
    print(
        f"its closure: {revision * 1000:.0f} ms; the closure: {closure:.2f} s ({closure / revision:.0f} times)"
    )
