"""Readers turn to an accepted change at once, by what differs, and hold then what a whole reading holds."""

import json
import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from flask import Flask

from comity.changes.apply import Changes
from comity.changes.importing import add_rows
from comity.changes.review import ReviewError, revert
from comity.iris import act
from comity.server.app import create_app
from comity.server.processes.dataset import LoadedDataset
from comity.server.processes.shared_calendar import share
from comity.server.settings import Settings
from comity.server.web import view_context
from comity.server.web.models.graph_reader import open_reader
from comity.server.web.view_context import graph_reader, read_ahead
from comity.snapshots.calendar import TIMELINES, Calendar
from comity.store import steps
from comity.store.database import current, graph_sizes, make_current, open_store, prepare
from comity.store.tokens import Tokens
from comity.validation.report import ValidationError
from tests.server.conftest import children

from .serving import enter, send, serving
from .world import EDITOR, add, fresh_row, make_store, row, sheet

_PARTIES = ("arcadia", "borduria", "cascadia", "syldavia", "taured")
_KINDS = ("recognition", "withdrawal", "relations_established", "relations_severed", "vote", "statement")


def change_at_random(changes: Changes, chance: random.Random) -> None:
    """Add acts that the gate lets pass, or take an earlier change back."""
    date = f"{chance.randint(1950, 2020)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
    kind, (one, other) = chance.choice(_KINDS), chance.sample(_PARTIES, 2)
    with suppress(ValidationError, ReviewError):
        if chance.random() < 0.25:
            wish = revert(changes.log, chance.randint(1, changes.log.head().number))
        else:
            wish = add_rows(sheet(row(kind, one, other, date)))
        changes.change(wish, EDITOR, "import", "by chance")


def load(store: Path, generation: str) -> LoadedDataset:
    return LoadedDataset.load(store, generation, memory_quads=10**6)


def in_memory(dataset: LoadedDataset) -> set[ox.Quad]:
    """What queries combine with snapshots without copying it."""
    return set(dataset.in_memory((), None))


def entries(calendar: Calendar) -> dict[str, Counter[Any]]:
    return {name: Counter(calendar.timeline(name).entries_of(lambda pair: True)) for name in TIMELINES}


def contents(store: ox.Store) -> tuple[set[ox.Quad], set[Any]]:
    return set(store), set(store.named_graphs())


def test_steps_lead_to_what_a_whole_reading_gives(store: Path, changes: Changes) -> None:
    chance = random.Random(11)
    dataset = load(store, str(current(store)))
    turns = 0
    while turns < 8:
        for _ in range(chance.randint(1, 3)):
            change_at_random(changes, chance)
        generation = str(current(store))
        if generation == dataset.generation:
            continue
        way = steps.steps_between(store, dataset.generation, generation)
        assert way, "a step is missing"
        turned = dataset.advance(way)
        assert turned is not None and turned.generation == generation
        fresh = load(store, generation)
        assert contents(turned.store) == contents(fresh.store)
        assert in_memory(turned) == in_memory(fresh)
        assert set(turned.graphs) == set(fresh.graphs)
        assert entries(turned.snapshots.calendar) == entries(fresh.snapshots.calendar)
        dataset, turns = turned, turns + 1


def test_pages_carry_their_calendar_on_to_what_a_fresh_one_holds(store: Path, changes: Changes) -> None:
    before = open_reader(store, str(current(store)))
    assert before.pairs("2004-01-01", "certain", "recognises")
    add(changes, row("relations_established", "arcadia", "borduria", "1999-09-09"))
    add(changes, row("withdrawal", "arcadia", "syldavia", "2003-03"))
    after, fresh = open_reader(store, str(current(store)), before), open_reader(store, str(current(store)))
    assert after.snapshots.calendar is not fresh.snapshots.calendar
    assert entries(after.snapshots.calendar) == entries(fresh.snapshots.calendar)
    assert entries(after.snapshots.calendar) != entries(before.snapshots.calendar)


def test_a_process_that_starts_carries_on_the_calendar_that_another_shared(
    store: Path, changes: Changes, tmp_path: Path
) -> None:
    shared, first = tmp_path / "calendar.json", str(current(store))
    share(open_reader(store, first).snapshots.calendar, first, store, shared)
    add(changes, row("relations_established", "arcadia", "borduria", "1999-09-09"))
    add(changes, row("withdrawal", "arcadia", "syldavia", "2003-03"))
    carried, fresh = (open_reader(store, str(current(store)), shared=file) for file in (shared, None))
    assert "snapshots" in vars(carried)
    assert entries(carried.snapshots.calendar) == entries(fresh.snapshots.calendar)
    assert carried.pairs("2004-01-01", "certain", "relations") == fresh.pairs(
        "2004-01-01", "certain", "relations"
    )
    for useless in (b"", b"nothing", first.encode() + b"\n", first.encode() + b"\n{", b"other\n{}"):
        shared.write_bytes(useless)
        assert "snapshots" not in vars(open_reader(store, str(current(store)), shared=shared))


def test_a_dataset_that_is_loaded_in_part_takes_over_the_calendar_that_another_process_shares(
    store: Path, tmp_path: Path
) -> None:
    generation, shared = str(current(store)), tmp_path / "calendar.json"
    dataset = LoadedDataset.load(store, generation, memory_quads=10**6, at_once=True, shared=shared)
    dataset.read_calendar()
    assert dataset.snapshots.calendar.is_unread and not dataset.is_whole
    share(open_reader(store, generation).snapshots.calendar, generation, store, shared)
    dataset.read_calendar()
    assert entries(dataset.snapshots.calendar) == entries(load(store, generation).snapshots.calendar)


def test_a_step_that_is_torn_altered_or_elsewhere_is_none(store: Path, changes: Changes) -> None:
    before = str(current(store))
    add(changes, fresh_row()[0])
    folder = store / "generations" / str(current(store))
    file = folder / steps.NAME
    whole = file.read_bytes()
    step = steps.read_step(folder)
    assert step is not None and (step.base, step.name) == (before, folder.name)
    for spoilt in (b"", b"\n", whole[:-9], whole.replace(b"arcadia", b"taured", 1), b"[]\n", b"{}\n"):
        file.write_bytes(spoilt)
        assert steps.read_step(folder) is None
        assert steps.steps_between(store, before, folder.name) is None
    file.write_bytes(whole)
    shutil.copytree(folder, folder.with_name("elsewhere"))
    assert steps.read_step(folder.with_name("elsewhere")) is None


def test_a_step_is_not_taken_where_it_does_not_fit(store: Path, changes: Changes) -> None:
    before = str(current(store))
    dataset = load(store, before)  # before the change, which may prune what is older than a minute
    add(changes, fresh_row()[0])
    way = steps.steps_between(store, before, str(current(store)))
    assert way
    dataset.in_memory((), None).extend(way[0].in_default_graph().added)
    assert dataset.advance(way) is None
    assert load(store, str(current(store))).advance(way) is None


def test_after_many_changed_quads_a_fresh_copy_is_due(store: Path, changes: Changes) -> None:
    dataset = load(store, str(current(store)))
    label = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
    quads = [ox.Quad(ox.NamedNode("urn:many"), label, ox.Literal(str(n))) for n in range(25_000)]
    step = steps.Step(dataset.generation, "later", [], quads)
    assert dataset.advance([step]) is None


@pytest.fixture
def served(store: Path) -> Iterator[Flask]:
    app = create_app(store, Settings())
    yield app
    app.extensions["comity"].close()


def supervisor(app: Flask) -> int:
    pid: int = app.extensions["comity"].processes.supervisor
    return pid


def forkservers(app: Flask) -> list[int]:
    return children(supervisor(app), "fork server")


def turn(app: Flask, generation: str) -> None:
    """Wait until readers have turned to a generation."""
    deadline = time.monotonic() + 30
    while app.extensions["comity"].pool.generation != generation and time.monotonic() < deadline:
        time.sleep(0.02)
    assert app.extensions["comity"].pool.generation == generation


def everything(app: Flask) -> set[str]:
    body = app.test_client().get("/graph-store", headers={"Accept": "application/n-quads"}).data
    return set(body.decode().splitlines())


def on_disk(store: Path) -> set[str]:
    return {f"{quad} ." for quad in open_store(store).oxigraph}


def test_readers_hold_after_many_changes_what_is_on_disk(served: Flask, store: Path) -> None:
    changes, chance = Changes(store), random.Random(5)
    for number in range(8):
        for _ in range(2):
            change_at_random(changes, chance)
        if number == 3:
            os.kill(forkservers(served)[0], signal.SIGKILL)
        if number == 6:
            os.kill(supervisor(served), signal.SIGKILL)
        turn(served, str(current(store)))
        assert everything(served) == on_disk(store)
        now = open_store(store)
        assert now.meta["graphs"] == graph_sizes(now.oxigraph)
        assert now.meta["counts"]["quads"] == len(now.oxigraph)


def test_a_generation_whose_step_is_torn_is_read_whole(served: Flask, store: Path) -> None:
    changes = Changes(store)
    assert everything(served) == on_disk(store)
    line, node = fresh_row()
    os.kill(supervisor(served), signal.SIGSTOP)
    add(changes, line)
    wanted, generation = on_disk(store), str(current(store))
    (store / "generations" / generation / steps.NAME).write_bytes(b"torn")
    os.kill(supervisor(served), signal.SIGCONT)
    turn(served, generation)
    assert everything(served) == wanted and any(node.value in quad for quad in wanted)


def test_a_generation_that_differs_by_much_is_read_whole(
    served: Flask, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert everything(served) == on_disk(store)
    monkeypatch.setattr(steps, "_MOST_QUADS", 3)
    line, node = fresh_row()
    add(Changes(store), line)
    generation = str(current(store))
    assert steps.read_step(store / "generations" / generation) is None
    turn(served, generation)
    assert everything(served) == on_disk(store) and any(node.value in quad for quad in on_disk(store))


def test_pages_read_a_generation_that_differs_by_much_before_it_answers(
    served: Flask, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "_MOST_QUADS", 3)
    with served.app_context():
        former = graph_reader()
        os.kill(supervisor(served), signal.SIGSTOP)
        try:
            line, node = fresh_row()
            add(Changes(store), line)
            read_ahead()
            assert graph_reader() is former
        finally:
            os.kill(supervisor(served), signal.SIGCONT)
        turn(served, str(current(store)))
        reader = graph_reader()
        assert reader.generation == current(store) and "snapshots" in vars(reader)
        assert any(reader.quads(node, None, None))


def test_pages_read_the_first_generation_while_it_is_loaded(
    served: Flask, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view_context, "published_generation", lambda _: "")
    with served.app_context():
        read_ahead()
        ahead = served.extensions["comity-reader-ahead"]
        assert "snapshots" in vars(ahead)
        assert graph_reader() is ahead


def test_no_former_fork_server_stays_and_no_former_generation_is_open(served: Flask, store: Path) -> None:
    changes = Changes(store)
    everything(served)
    for _ in range(4):
        add(changes, fresh_row()[0])
        turn(served, str(current(store)))
        everything(served)
        served.extensions["comity"].pool.close()
    deadline = time.monotonic() + 10
    while len(forkservers(served)) > 1 and time.monotonic() < deadline:
        time.sleep(0.05)
    (last,) = forkservers(served)
    links = [os.readlink(file) for file in Path(f"/proc/{last}/fd").iterdir()]
    assert {Path(link).parent.name for link in links if "/generations/" in link} == {current(store)}
    sockets = list(served.extensions["comity"].runtime.glob("????????????.sock"))
    assert len(sockets) == 1


def test_a_generation_that_goes_another_way_is_read_whole(served: Flask, store: Path) -> None:
    first = open_store(store)
    name = ox.NamedNode("urn:other")
    added = [ox.Quad(name, name, ox.Literal(str(number))) for number in range(2)]
    # Both before either is current: from then on the first, older than a minute, may be pruned.
    for generation in [
        prepare(store, first.generation, first.oxigraph, [], [quad], first.meta) for quad in added
    ]:
        make_current(store, generation)
        turn(served, generation)
        assert everything(served) == on_disk(store)


def test_an_accepted_act_is_seen_by_queries_and_pages(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    token = Tokens(store).add("ada", "editor")
    node = act("vote", "arcadia", "syldavia", "2011-11-11").value
    values = {"kind": "vote", "actor": "arcadia", "object": "syldavia", "date": "2011-11-11"}
    with serving(store, tmp_path / "tables") as address:
        status, receipt = enter(address, token, values | {"source_url": "https://votes.example/"})
        assert status == 201
        deadline = time.monotonic() + 30
        query = f"{address}/sparql?query=ASK%7B%3C{node}%3E+%3Fp+%3Fo%7D"
        while not json.loads(send(query)[1])["boolean"] and time.monotonic() < deadline:
            time.sleep(0.02)
        assert send(query)[2]["comity-version"] == receipt["generation"]
        status, body, _ = send(f"{address}/act/vote/arcadia/syldavia/2011-11-11", Accept="text/html")
        assert status == 200 and b"https://votes.example/" in body
