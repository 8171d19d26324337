"""A server that is killed at any moment has lost no accepted change and shows none by half."""

import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPException
from itertools import count, product
from pathlib import Path

import pyoxigraph as ox
import pytest

from comity import schema
from comity.iris import INFERRED, PERIODS, act, is_facts
from comity.periods.sweep import derive
from comity.store.changelog import ChangeLog
from comity.store.database import open_store
from comity.store.tokens import Tokens
from tests.closure.reasoning import infer

from .serving import enter, kill, start
from .world import make_store

_WRITERS = 3
_VOTERS = ("arcadia", "borduria", "cascadia")
#: A change is judged beside all acts of its pair, which are never as many as a thousand.
_PAIRS = [pair for pair in product(_VOTERS, (*_VOTERS, "syldavia", "taured")) if pair[0] != pair[1]]


@dataclass
class Client:
    """Keeps its own record of what the server has accepted, and of what it was sent at all."""

    token: str
    accepted: list[ox.NamedNode] = field(default_factory=list)
    sent: list[ox.NamedNode] = field(default_factory=list)
    serial: Iterator[int] = field(default_factory=lambda: count(1))

    def write(self, address: str, stop: threading.Event) -> None:
        """Send one act after the other until told to stop or the server is gone."""
        while not stop.is_set():
            number = next(self.serial)
            date = f"{2000 + number // 336}-{number // 28 % 12 + 1:02}-{number % 28 + 1:02}"
            actor, object_ = _PAIRS[number % len(_PAIRS)]
            node = act("vote", actor, object_, date)
            self.sent.append(node)
            values = {"kind": "vote", "actor": actor, "object": object_, "date": date}
            try:
                status, _ = enter(address, self.token, values | {"source_url": "https://votes.example/"})
            except (OSError, ValueError, HTTPException):  # Cut off in the middle of an answer.
                return
            if status == 201:
                self.accepted.append(node)

    def wait_for(self, number: int) -> None:
        """Wait until so many changes were accepted."""
        deadline = time.monotonic() + 30
        while len(self.accepted) < number and time.monotonic() < deadline:
            time.sleep(0.005)


def endure(tmp_path: Path, kills: int, least: int, longest: float) -> tuple[Path, Client]:
    """Kill a server under load again and again, until so many changes were accepted."""
    chance = random.Random(7)
    store = make_store(tmp_path)
    client = Client(Tokens(store).add("ada", "editor"))
    done = 0
    while done < kills or len(client.accepted) < least:
        process, address = start(store, tmp_path / "tables")
        stop = threading.Event()
        writers = [threading.Thread(target=client.write, args=(address, stop)) for _ in range(_WRITERS)]
        for writer in writers:
            writer.start()
        if chance.random() < 0.8:  # Else it is killed while it still takes the graph into memory.
            client.wait_for(len(client.accepted) + 1)
        time.sleep(chance.uniform(0.0, longest))
        kill(process)
        stop.set()
        for writer in writers:
            writer.join()
        done += 1
    print(f"{done} kills, {len(client.accepted)} accepted of {len(client.sent)} sent")
    return store, client


def check(store: Path, tables: Path, client: Client) -> None:
    """Start once more, and hold the store against the client's record."""
    process, _ = start(store, tables)
    kill(process)
    shown = open_store(store).oxigraph
    sizes = {
        node: len(list(shown.quads_for_pattern(node, None, None, ox.DefaultGraph()))) for node in client.sent
    }
    whole = max(sizes.values())
    lost = [node for node in client.accepted if not sizes[node]]
    half = [node for node in client.sent if sizes[node] not in (0, whole)]
    assert (len(lost), len(half)) == (0, 0)
    assert ChangeLog(store).verify().number >= len(client.accepted)
    facts = [quad for quad in shown if is_facts(quad.graph_name)]
    periods = derive(facts)
    inferred = infer([*schema.ontology(), *(quad.triple for quad in facts), *periods])
    for name, expected in ((PERIODS, set(periods)), (INFERRED, inferred)):
        assert {quad.triple for quad in shown.quads_for_pattern(None, None, None, name)} == expected


def test_a_few_kills_lose_nothing(tmp_path: Path) -> None:
    store, client = endure(tmp_path, 3, 10, 0.5)
    check(store, tmp_path / "tables", client)


@pytest.mark.long
def test_a_hundred_kills_lose_nothing_of_a_thousand_changes(tmp_path: Path) -> None:
    store, client = endure(tmp_path, 100, 1000, 4.0)
    check(store, tmp_path / "tables", client)
