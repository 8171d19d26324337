"""How a program is tried: what is done with it, step by step, told as JSON lines. Standard library alone."""

import json
import os
import sys
import traceback
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

#: What is there to try: address, token, folder of exports, counts … (see ``__main__.world``).
WORLD: dict[str, Any] = json.loads(os.environ.get("COMITY_CLIENTS", "{}"))
ADDRESS = WORLD.get("address", "")
SPARQL, TOKEN = f"{ADDRESS}/sparql", WORLD.get("token", "")
FILES = Path(WORLD.get("files", "."))
BEARER = f"Bearer {TOKEN}"
PREFIXES = "PREFIX co: <https://w3id.org/comity/ontology#> PREFIX cop: <https://w3id.org/comity/polity/> "
_PATTERN = "?act a co:Recognition ; co:object cop:kosovo ; co:actor ?actor"
SELECT = f"{PREFIXES} SELECT ?act ?actor {{ {_PATTERN} }}"
ASK = f"{PREFIXES} ASK {{ cop:kosovo a co:Polity }}"
CONSTRUCT = f"{PREFIXES} CONSTRUCT {{ ?act co:actor ?actor }} WHERE {{ {_PATTERN} }}"
DESCRIBE = f"{PREFIXES} DESCRIBE cop:kosovo"
KOSOVO = "https://w3id.org/comity/polity/kosovo"
#: The polity that programs write to; none of them compares what it reads of it with what another reads.
WRITTEN = "https://w3id.org/comity/polity/luxembourg"
ALIAS = "http://www.w3.org/2004/02/skos/core#altLabel"
GRAPH = "https://w3id.org/comity/graph/facts/polity-names"

#: The programs of this run by name: the package that says its version, and what is done with it.
CLIENTS: dict[str, tuple[str, Callable[[], None]]] = {}


def client(name: str, package: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Register a function that tries a program."""

    def register(function: Callable[[], None]) -> Callable[[], None]:
        CLIENTS[name] = (package, function)
        return function

    return register


@contextmanager
def tried(what: str) -> Iterator[None]:
    """Tell whether a step went well; the next one is taken in any case."""
    fault = ""
    try:
        yield
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        fault = f"{type(error).__name__}: {error} ({place.line})"
    print(json.dumps({"tried": what, "fault": " ".join(fault.split())[:600]}), flush=True)


def equal(got: object, expected: object) -> None:
    """Assert that two values are equal, and say both where they are not."""
    assert got == expected, f"{got!r} instead of {expected!r}"


def get(path: str, accept: str = "*/*") -> bytes:
    """Return what the server answers at a path."""
    request = urllib.request.Request(f"{ADDRESS}{path}", headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=60) as answer:
        body: bytes = answer.read()
    return body


def insert(name: str) -> str:
    """Return an update that adds an alias to a polity."""
    return f'INSERT DATA {{ GRAPH <{GRAPH}> {{ <{WRITTEN}> <{ALIAS}> "{name}"@en }} }}'


def delete(name: str) -> str:
    """Return the update that takes it away again."""
    return f'DELETE DATA {{ GRAPH <{GRAPH}> {{ <{WRITTEN}> <{ALIAS}> "{name}"@en }} }}'


def holds(name: str) -> str:
    """Return the query that asks whether the alias is there."""
    return f'ASK {{ <{WRITTEN}> <{ALIAS}> "{name}"@en }}'


def main(version: Callable[[str], str]) -> None:
    """List the programs of this environment, or try the one that is named.

    :param version: returns the version of an installed package; empty where it is not there.
    """
    if len(sys.argv) == 1:
        print(json.dumps({name: version(package) for name, (package, _) in CLIENTS.items()}))
        return
    with tried("begins"):
        CLIENTS[sys.argv[1]][1]()
