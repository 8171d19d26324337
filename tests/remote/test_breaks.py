"""Builds inside an engine when the connection breaks, and with the credentials that an engine demands."""

from pathlib import Path
from typing import Any

import pytest

from comity.errors import QueryError
from comity.iris import SNAPSHOT_PREFIX, graph
from comity.remote import build as remote
from comity.remote.build import build_remote
from comity.remote.endpoint import Endpoint, RemoteError, read_address
from comity.remote.store import graphs, open_remote
from tests.benchmarks.synthesis import synthesise

from . import engines


class Breaking(Endpoint):
    """An endpoint whose line breaks for good after some updates."""

    left = 12

    def update(self, sparql: str) -> None:
        Breaking.left -= 1
        if Breaking.left < 0:
            raise RemoteError("The line broke.")
        super().update(sparql)


@pytest.mark.long
@pytest.mark.needs("oxigraph")
def test_a_build_that_broke_off_goes_on_where_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synthesise(200, 1, tmp_path / "world")
    said: list[str] = []
    with engines.oxigraph(tmp_path) as address:
        with monkeypatch.context() as broken:
            broken.setattr(remote, "Endpoint", Breaking)
            with pytest.raises(RemoteError, match="broke"):
                build_remote(address, tmp_path / "world", "one", said.append)
        with pytest.raises(RemoteError, match="no store"):
            open_remote(address)
        sent = [stage for stage in said if stage.startswith("Sending")]
        said.clear()
        build_remote(address, tmp_path / "world", "one", said.append)
        assert any(stage.startswith("Resuming after") for stage in said)
        assert not set(sent[:-1]) & set(said) and open_remote(address).meta["hash"] == "one"


@pytest.mark.long
@pytest.mark.needs("virtuoso")
def test_updates_go_to_an_engine_that_demands_digest_credentials(tmp_path: Path) -> None:
    insert = "INSERT DATA { GRAPH <urn:g> { <urn:s> <urn:p> <urn:o> } }"

    def endpoint(address: str, credentials: str) -> Endpoint:
        place: Any = address.replace("//", f"//{credentials}@") + "?update=/sparql-auth"
        return Endpoint(read_address(place), pause=0)

    with engines.virtuoso(tmp_path) as address:
        endpoint(address, "dba:dba").update(insert)
        assert [
            str(row["o"]) for row in endpoint(address, "dba:dba").select("SELECT ?o { <urn:s> <urn:p> ?o }")
        ] == ["<urn:o>"]
        with pytest.raises(QueryError, match="401"):
            endpoint(address, "dba:wrong").update(insert)


@pytest.mark.long
@pytest.mark.needs("oxigraph")
def test_only_graphs_that_were_made_here_are_dropped_or_written_to(tmp_path: Path) -> None:
    synthesise(20, 1, tmp_path / "world")
    strange, needed = graph("of-somebody-else").value, graph("facts/polities").value
    said: list[str] = []

    def put(name: str) -> None:
        engine.update(f"INSERT DATA {{ GRAPH <{name}> {{ <urn:s> <urn:p> <urn:o> }} }}")

    def holds(name: str) -> bool:
        return bool(engine.query(f"ASK {{ GRAPH <{name}> {{ <urn:s> <urn:p> <urn:o> }} }}"))

    with engines.oxigraph(tmp_path) as address:
        engine = Endpoint(read_address(address))
        snapshot = SNAPSHOT_PREFIX + "1900-01-01"
        for name in (strange, needed, snapshot):
            put(name)
        with pytest.raises(RemoteError, match=f"<{needed}> that Comity did not create"):
            build_remote(address, tmp_path / "world", "one", said.append)
        assert holds(needed)
        engine.update(f"DROP GRAPH <{needed}>")
        build_remote(address, tmp_path / "world", "one", said.append)
        open_remote(address).oxigraph.query(f"ASK {{ GRAPH <{SNAPSHOT_PREFIX}2000-01-01> {{ ?s ?p ?o }} }}")
        with pytest.raises(RemoteError, match="1900-01-01> that Comity did not create"):
            open_remote(address).oxigraph.query(f"ASK {{ GRAPH <{snapshot}> {{ ?s ?p ?o }} }}")
        build_remote(address, tmp_path / "world", "two", said.append)
        assert holds(strange) and holds(snapshot)
        assert f"{SNAPSHOT_PREFIX}2000-01-01" not in graphs(engine)
        assert open_remote(address).meta["hash"] == "two" and needed in graphs(engine)
