"""What one act more costs, against making everything anew: the whole change, and its closure alone."""

import statistics
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

from comity import schema
from comity.build import build, facts_folder
from comity.changes.apply import Changes
from comity.closure.revision import Closure
from comity.iris import BASE, PROPOSALS, PROVENANCE
from comity.iris import act as act_iri
from comity.periods.sweep import derive
from comity.store.tokens import Tokens
from comity.tables.load import load
from tests.changes.serving import enter, send, serving
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


def accepted_to_seen(store: Path) -> tuple[float, float, float]:
    """Give the seconds from sending an act to its answer, from there to queries, and to its page (medians)."""
    token = Tokens(store).add("ada", "editor")
    times: list[tuple[float, float, float]] = []
    with serving(store, facts_folder()) as address:
        for day in range(1, 13):
            moments = [time.perf_counter()]
            date = f"2032-04-{day:02}"
            values = {"kind": "vote", "actor": "nauru", "object": "kosovo", "date": date}
            status, _ = enter(address, token, values | {"source_url": f"https://votes.example/{date}"})
            assert status == 201
            moments.append(time.perf_counter())
            node = act_iri("vote", "nauru", "kosovo", date).value
            query = f"{address}/sparql?{urlencode({'query': f'ASK {{ <{node}> ?p ?o }}'})}"
            while b"true" not in send(query, Accept="text/csv")[1]:
                time.sleep(0.005)
            moments.append(time.perf_counter())
            page = f"{address}/{node.removeprefix(BASE)}"
            while send(page, Accept="text/html")[0] != 200:
                time.sleep(0.005)
            moments.append(time.perf_counter())
            times.append((moments[1] - moments[0], moments[2] - moments[1], moments[3] - moments[1]))
    # With the first, the scribe reads the graph.
    first, second, third = zip(*times[1:], strict=True)
    return statistics.median(first), statistics.median(second), statistics.median(third)


def main(arguments: list[str] | None = None) -> None:
    """Measure and print both, as times and as ratios."""
    with tempfile.TemporaryDirectory() as folder:
        change, rebuild = change_and_rebuild(Path(folder) / "store")
        answered, seen, page = accepted_to_seen(Path(folder) / "store")
    print(
        f"a change of one act: {change * 1000:.0f} ms; a rebuild: {rebuild:.1f} s ({rebuild / change:.0f} times)"
    )
    print(
        f"an act over HTTP: {answered * 1000:.0f} ms to its answer; {seen * 1000:.0f} ms more until queries show it, "
        f"{page * 1000:.0f} ms until its page does"
    )
    revision, closure = revision_and_closure()
    print(
        f"its closure: {revision * 1000:.0f} ms; the closure: {closure:.2f} s ({closure / revision:.0f} times)"
    )
