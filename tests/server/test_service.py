"""What operators rely on: health, counters, the log, settings, new generations, proxies, rate limits."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pyoxigraph as ox
import pytest
from flask import Flask
from flask.testing import FlaskClient

from comity.server.app import create_app
from comity.server.processes.forkserver import listening_process
from comity.server.settings import SettingError, Settings, table

from .conftest import processes_of, running, sample_quads
from .scratch import write_store
from .test_limits import ask

ROOT = Path(__file__).parent.parent.parent


def test_health_and_readiness_are_told_apart(client: FlaskClient) -> None:
    assert client.get("/health").json == {"status": "alive"}
    assert client.get("/ready").json["status"] == "ready"


def test_the_counters_are_in_the_format_of_prometheus(client: FlaskClient) -> None:
    client.get("/sparql?query=ASK%7B%7D&timeout=1")
    client.get("/sparql?query=SELECT+x")
    lines = client.get("/metrics").text.splitlines()
    values = {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines if line[0] != "#"}
    assert values['comity_queries_total{outcome="bad_request"}'] >= 1
    assert values['comity_query_seconds_bucket{le="+Inf"}'] == values["comity_query_seconds_count"] > 0
    buckets = [value for name, value in values.items() if "bucket" in name]
    assert buckets == sorted(buckets)


def test_prefixes_are_listed_for_programs_and_for_queries(client: FlaskClient) -> None:
    assert client.get("/prefixes").json["co"] == "https://w3id.org/comity/ontology#"
    assert "PREFIX co: <" in client.get("/prefixes", headers={"Accept": "text/plain"}).text


def test_the_interface_describes_itself(client: FlaskClient) -> None:
    document = client.get("/openapi.json").json
    assert {"/sparql", "/graph-store", "/health"} <= document["paths"].keys()
    void = client.get("/.well-known/void", headers={"Accept": "text/turtle"})
    predicates = {
        quad.predicate.value.rpartition("#")[2] for quad in ox.parse(void.data, ox.RdfFormat.TURTLE)
    }
    assert {"classPartition", "propertyPartition", "sparqlEndpoint"} <= predicates


def test_the_questions_are_runnable_examples(client: FlaskClient) -> None:
    response = client.get("/examples", headers={"Accept": "application/n-triples"})
    selects = [
        q for q in ox.parse(response.data, ox.RdfFormat.N_TRIPLES) if q.predicate.value.endswith("#select")
    ]
    assert selects
    for quad in selects[:5]:
        answer = client.post("/sparql", data={"query": quad.object.value, "format": "json"})
        assert answer.status_code == 200, answer.text


def private(store_path: Path, **settings: object) -> Flask:
    return create_app(store_path, Settings(**settings))  # type: ignore[arg-type]


def test_the_query_log_holds_no_address(store_path: Path, tmp_path: Path) -> None:
    app = private(store_path, query_log=str(tmp_path / "log"))
    headers = {"User-Agent": "secret-agent", "X-Forwarded-For": "192.0.2.7"}
    for query in ("ASK%7B%7D", "ASK%7B%7D", "SELECT+x"):
        app.test_client().get(f"/sparql?query={query}", headers=headers)
    app.extensions["comity"].close()
    text = (tmp_path / "log").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["status"] for line in lines] == [200, 200, 400] and lines[1]["cached"]
    assert not any(word in text for word in ("192.0.2.7", "127.0.0.1", "secret-agent"))


def test_the_query_log_is_no_file_for_all_and_goes_on_after_its_rotation(
    store_path: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "logs" / "queries.log"
    log.parent.mkdir()
    app = private(store_path, query_log=str(log))
    ask = app.test_client().get
    assert ask("/sparql?query=ASK%7B%7D").status_code == 200
    assert log.stat().st_mode & 0o777 == 0o640 & ~_umask()
    log.rename(log.with_suffix(".1"))
    assert ask("/sparql?query=ASK%7B%7D").status_code == 200
    assert [len(one.read_text().splitlines()) for one in (log, log.with_suffix(".1"))] == [1, 1]
    log.parent.rename(tmp_path / "gone")
    assert [ask("/sparql?query=ASK%7B%7D").status_code for _ in range(3)] == [200] * 3
    log.parent.mkdir()
    assert ask("/sparql?query=ASK%7B%7D").status_code == 200 and len(log.read_text().splitlines()) == 1
    app.extensions["comity"].close()
    assert capfd.readouterr().err.count("queries.log cannot be written: ") == 1


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_client_that_asks_too_often_is_told_to_wait(store_path: Path) -> None:
    app = private(store_path, requests_per_minute=3)
    ask = app.test_client().get
    answers = [
        ask(path) for path in ("/sparql?query=ASK%7B%7D", "/", "/questions", "/", "/as-of/2020-01-01.ttl")
    ]
    others = [ask(path).status_code for path in ("/static/nothing.css", "/health", "/metrics")]
    app.extensions["comity"].close()
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert int(answers[-1].headers["Retry-After"]) >= 1 and others == [404, 200, 200]


def test_a_path_prefix_is_served_and_used_in_links(store_path: Path) -> None:
    app = private(store_path, path_prefix="/comity")
    client = app.test_client()
    assert client.get("/comity/sparql?query=ASK%7B%7D").status_code == 200
    assert 'href="/comity/' in client.get("/comity/sparql", headers={"Accept": "text/html"}).text
    app.extensions["comity"].close()


def test_proxies_are_believed_only_where_set(store_path: Path) -> None:
    headers = {"X-Forwarded-Host": "kb.example", "X-Forwarded-Proto": "https", "Accept": "text/turtle"}
    believing = private(store_path, proxies=1, hosts="kb.example")
    other = private(store_path)
    assert b"https://kb.example/sparql" in believing.test_client().get("/sparql", headers=headers).data
    assert b"kb.example" not in other.test_client().get("/sparql", headers=headers).data
    for app in (believing, other):
        app.extensions["comity"].close()


@pytest.mark.parametrize(
    "header",
    [
        {"X-Forwarded-Prefix": "//evil.example"},
        {"X-Forwarded-Prefix": "/a><script>"},
        {"X-Forwarded-Prefix": "/a" * 100},
        {"X-Forwarded-Proto": "javascript"},
    ],
)
def test_what_a_proxy_passes_on_of_its_client_is_no_address(store_path: Path, header: dict[str, str]) -> None:
    app = private(store_path, proxies=1)
    refused = app.test_client().get("/", headers={"Accept": "text/html", **header})
    taken = app.test_client().get("/", headers={"X-Forwarded-Prefix": "/kb/", "X-Forwarded-Proto": "https"})
    app.extensions["comity"].close()
    assert refused.status_code == 400 and next(iter(header.values())) not in refused.text
    assert taken.status_code == 200 and 'href="/kb/questions' in taken.text


@pytest.mark.parametrize(
    ("settings", "known", "strange"),
    [
        (
            {},
            ["127.0.0.1:8000", "[::1]:8000", "192.0.2.1", "localhost", "a.localhost:1"],
            ["kb.example", "127.0.0.1.example"],
        ),
        (
            {"public_url": "https://KB.example/x"},
            ["kb.example", "Kb.Example:443"],
            ["a.kb.example", "127.0.0.1.example"],
        ),
        ({"hosts": "one.example, two.example"}, ["one.example", "two.example:81"], ["kb.example", "*"]),
        ({"hosts": "*"}, ["kb.example", "127.0.0.1"], ["a@[", "kb.example:x"]),
    ],
)
def test_only_names_of_this_server_are_believed(
    store_path: Path, settings: dict[str, str], known: list[str], strange: list[str]
) -> None:
    app = private(store_path, **settings)
    ask = app.test_client().get
    for host in known:
        assert ask("/sparql", headers={"Host": host, "Accept": "text/turtle"}).status_code == 200, host
    for host in strange:
        for accept in ("text/html", "application/json"):
            refused = ask("/polity", headers={"Host": host, "Accept": accept})
            assert refused.status_code == 421 and "COMITY_HOSTS" in refused.text, host
            assert host == "*" or host not in refused.text
        assert ask("/ready", headers={"Host": host}).status_code == 200
    app.extensions["comity"].close()


@pytest.mark.parametrize("hosts", ["a b", "https://kb.example", "-x", "a/b"])
def test_hosts_are_names(hosts: str) -> None:
    with pytest.raises(SettingError, match=r"^hosts: "):
        Settings(hosts=hosts)


def test_settings_come_from_file_environment_and_call(tmp_path: Path) -> None:
    file = tmp_path / "comity.toml"
    file.write_text("query_seconds = 3.0\nqueue = 5\n")
    environ = {"COMITY_CONFIG": str(file), "COMITY_QUEUE": "6", "COMITY_CORS": "no"}
    settings = Settings.read(environ, threads=7)
    assert (settings.query_seconds, settings.queue, settings.threads, settings.cors) == (3.0, 6, 7, False)


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"COMITY_QUERY_SECONDS": "fast"}, "'fast' is not a number"),
        ({"COMITY_QUERY_SECONDS": "0"}, "out of range"),
        ({"COMITY_CORS": "maybe"}, "neither true nor false"),
        ({"COMITY_PATH_PREFIX": "comity/"}, "must start with a slash"),
        ({"COMITY_CONFIG": "/nowhere.toml"}, "cannot be read"),
    ],
)
def test_a_wrong_setting_says_how_to_mend_it(environ: dict[str, str], words: str) -> None:
    with pytest.raises(SettingError, match=words):
        Settings.read(environ)


def test_an_unknown_setting_is_named(tmp_path: Path) -> None:
    file = tmp_path / "comity.toml"
    file.write_text("query_second = 3\n")
    with pytest.raises(SettingError, match="query_second is not a setting"):
        Settings.read({"COMITY_CONFIG": str(file)})


def test_the_table_of_settings_in_the_docs_is_the_programs() -> None:
    assert table() in (ROOT / "docs" / "endpoint.md").read_text("utf-8")


def test_a_new_generation_is_picked_up_while_serving(tmp_path: Path) -> None:
    write_store(tmp_path, sample_quads())
    app = private(tmp_path)
    client = app.test_client()
    query = "/sparql?format=json&query=ASK%7B%3Curn:new%3E+%3Fp+%3Fo%7D"
    first = client.get(query)
    name = ox.NamedNode("urn:new")
    generation = write_store(tmp_path, [*sample_quads(), ox.Quad(name, name, name)])
    deadline = time.monotonic() + 20
    while app.extensions["comity"].pool.generation != generation and time.monotonic() < deadline:
        time.sleep(0.05)
    second = client.get(query, headers={"If-None-Match": first.headers["ETag"]})
    app.extensions["comity"].close()
    assert first.json["boolean"] is False and second.status_code == 200 and second.json["boolean"] is True
    assert first.headers["Comity-Version"] != second.headers["Comity-Version"] == generation


def test_a_missing_store_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"There is no store in .* Run `comity build` to create one"):
        private(tmp_path)


def test_the_fork_server_may_die(app: Flask, client: FlaskClient) -> None:
    service = app.extensions["comity"]
    os.kill(listening_process(service.runtime, service.pool.generation), signal.SIGKILL)
    service.pool.close()
    response = client.get("/sparql?query=ASK+%7B+%3Fs+%3Fp+%3Fo+%7D")
    assert response.status_code == 200 and response.json["boolean"] is True


def test_a_server_that_is_told_to_end_finishes_what_it_is_at(store_path: Path) -> None:
    generator = running(store_path)
    server = next(generator)
    assert ask(server, "ASK {}")[0] == 200
    assert processes_of(store_path)
    with pytest.raises(StopIteration):
        next(generator)
    with pytest.raises((urllib.error.URLError, ConnectionError)):
        urllib.request.urlopen(f"{server}/health", timeout=2)


def test_the_counters_of_all_http_processes_are_summed(server: str) -> None:
    def counted() -> float:
        with urllib.request.urlopen(f"{server}/metrics") as response:
            lines = response.read().decode().splitlines()
        return sum(
            float(line.split()[-1]) for line in lines if line.startswith('comity_queries_total{outcome="ok"}')
        )

    before = counted()
    for number in range(20):
        assert ask(server, f"ASK {{}} # counted {number}")[0] == 200
    assert counted() == before + 20


def test_a_large_result_asked_by_head_leaves_its_worker_free(client: FlaskClient, app: Flask) -> None:
    query = "/sparql?format=csv&query=SELECT+*+%7B%3Fa+%3Fb+%3Fc+.+%3Fd+rdfs%3Alabel+%3Ff%7D+LIMIT+50000"
    for _ in range(3):
        response = client.head(query)
        assert response.status_code == 200 and int(response.headers["Content-Length"]) > 1024 * 1024
    assert app.extensions["comity"].pool.admission.running == 0


@pytest.mark.long
def test_serving_builds_a_missing_store_and_keeps_nothing_of_the_build(tmp_path: Path) -> None:
    """The memory of a build, hundreds of megabytes, is not carried into the server."""
    command = [Path(sys.executable).with_name("comity"), "serve", "--quiet", "--port", "0"]
    environment = os.environ | {"COMITY_STORE": str(tmp_path / "store")}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().split()[-1].rstrip("/")
            status, body, _ = ask(address, "ASK { cop:kosovo a co:Polity }")
            assert status == 200 and b"true" in body
            resident = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * os.sysconf(
                "SC_PAGE_SIZE"
            )
            assert resident < 150 * 2**20
        finally:
            process.terminate()


def test_pages_show_a_recognition_whose_act_is_not_given(client: FlaskClient) -> None:
    for address in ("/polity/p1", "/polity/p0", "/between/p1/p0"):
        response = client.get(address, headers={"Accept": "text/html"})
        assert response.status_code == 200 and "/period/" in response.text
