"""The files of deploy/ against the real thing: proxies with a path prefix, metrics, units, the backup into a bucket."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tarfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from email.message import Message
from pathlib import Path

import pytest
import yaml
from flask.testing import FlaskClient

from comity.build import build
from comity.changes.apply import Changes
from comity.server.http.monitoring import OUTCOMES
from comity.store.backup import check
from comity.store.changelog import ChangeLog
from comity.store.database import current, open_store
from tests.changes.world import add, fresh_row, make_store

from .conftest import running

DEPLOY = Path(__file__).parent.parent.parent / "deploy"
EXPRESSIONS = [
    *re.findall(r"expr: (.+)", (DEPLOY / "comity-rules.yml").read_text("utf-8")),
    *(
        target["expr"]
        for panel in json.loads((DEPLOY / "grafana-dashboard.json").read_text("utf-8"))["panels"]
        for target in panel["targets"]
    ),
]


def test_rules_and_dashboard_ask_for_counters_that_are_there(client: FlaskClient) -> None:
    client.get("/sparql", query_string={"query": "ASK {}"}, headers={"Accept": "text/csv"})
    there = set(re.findall(r"^(comity_\w+)", client.get("/metrics").text, re.MULTILINE))
    assert len(EXPRESSIONS) > 10
    for expression in EXPRESSIONS:
        assert set(re.findall(r"\bcomity_\w+", expression)) <= there, expression
        outcomes = re.findall(r'outcome=~?"([^"]+)"', expression)
        assert {one for text in outcomes for one in text.split("|")} <= set(OUTCOMES), expression


def _free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as one:
        return int(one.getsockname()[1])


@contextmanager
def _run(*command: str, port: int, folder: Path) -> Iterator[None]:
    """Run a program until it listens, and end it afterwards."""
    log = folder / "log"
    with log.open("wb") as out:
        environment = os.environ | {"HOME": str(folder), "XDG_DATA_HOME": str(folder)}
        process = subprocess.Popen(command, stdout=out, stderr=out, env=environment)
    try:
        for _ in range(600):
            assert process.poll() is None, log.read_text("utf-8", "replace")
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        else:
            pytest.fail(log.read_text("utf-8", "replace"))
        yield
    finally:
        process.terminate()
        process.wait(20)


def nginx(upstream: str, folder: Path) -> AbstractContextManager[str]:
    return _nginx("nginx.conf", "127.0.0.1:8000", upstream, folder)


@contextmanager
def _nginx(file: str, former: str, upstream: str, folder: Path) -> Iterator[str]:
    port = _free_port()
    site = (DEPLOY / file).read_text("utf-8").replace(former, upstream)
    site = site.replace("listen 80", f"listen 127.0.0.1:{port}")
    (folder / "comity.conf").write_text(site)
    paths = "".join(
        f"{name}_temp_path {folder / name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    # As root nginx gives its work to another user, who may not enter this folder.
    user = "user root;" if os.geteuid() == 0 else ""
    whole = f"{user} pid {folder}/pid; events {{}} http {{ access_log off; {paths} include {folder}/comity.conf; }}"
    (folder / "nginx.conf").write_text(whole)
    options = ("-c", str(folder / "nginx.conf"), "-g", "daemon off; error_log stderr;")
    with _run("nginx", "-p", str(folder), *options, port=port, folder=folder):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def caddy(upstream: str, folder: Path) -> Iterator[str]:
    port = _free_port()
    site = (DEPLOY / "Caddyfile").read_text("utf-8").replace("127.0.0.1:8000", upstream)
    site = "{\n\tadmin off\n}\n" + site.replace("example.org {", f"http://127.0.0.1:{port} {{")
    (folder / "Caddyfile").write_text(site)
    with _run("caddy", "run", "--config", str(folder / "Caddyfile"), port=port, folder=folder):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def apache(upstream: str, folder: Path) -> Iterator[str]:
    port = _free_port()
    site = (DEPLOY / "apache.conf").read_text("utf-8")
    named = re.findall(r"a2enmod ([\w ]+)", site)[0].split()
    site = site.replace("127.0.0.1:8000", upstream).replace("*:80>", f"127.0.0.1:{port}>")
    (folder / "comity.conf").write_text(site)
    modules = "".join(
        f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"
        for name in ("mpm_event", "authz_core", *named)
    )
    (folder / "apache2.conf").write_text(
        f"{modules}ServerName localhost\nListen 127.0.0.1:{port}\nPidFile {folder}/pid\nDefaultRuntimeDir {folder}\n"
        f"ErrorLog /dev/stderr\nInclude {folder}/comity.conf\n"
    )
    with _run("apache2", "-D", "FOREGROUND", "-f", str(folder / "apache2.conf"), port=port, folder=folder):
        yield f"http://127.0.0.1:{port}"


Proxy = Callable[[str, Path], AbstractContextManager[str]]


@pytest.fixture(scope="module")
def behind(store_path: Path) -> Iterator[str]:
    """The address of a server that believes one proxy and is reached under a path."""
    yield from running(store_path, COMITY_PROXIES="1", COMITY_PATH_PREFIX="/comity")


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *given: object) -> None:
        return None


def ask(address: str, data: bytes | None = None, **headers: str) -> tuple[int, str, Message]:
    """Return status, text and headers of an answer, without following a redirect."""
    request = urllib.request.Request(address, data, headers)
    try:
        with urllib.request.build_opener(_Stay).open(request, timeout=60) as answer:
            return answer.status, answer.read().decode(), answer.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode(), error.headers


@pytest.mark.long
@pytest.mark.parametrize(
    "proxy",
    [
        pytest.param(nginx, marks=pytest.mark.needs("nginx")),
        pytest.param(caddy, marks=pytest.mark.needs("caddy")),
        pytest.param(apache, marks=pytest.mark.needs("apache2")),
    ],
)
def test_a_proxy_serves_everything_under_a_path(proxy: Proxy, behind: str, tmp_path: Path) -> None:
    with proxy(behind.partition("://")[2], tmp_path) as address:
        status, page, _ = ask(f"{address}/comity/polity/p%31", Accept="text/html")
        assert status == 200 and 'href="/comity/data"' in page and 'href="/data"' not in page
        query = urllib.parse.urlencode({"query": "SELECT ?p { ?p a co:Polity }"}).encode()
        status, rows, _ = ask(f"{address}/comity/sparql", query, Accept="text/csv")
        assert status == 200 and rows.count("\n") == 401
        long = urllib.parse.urlencode({"query": "ASK {} #" + "x" * 200_000}).encode()
        status, told, _ = ask(f"{address}/comity/sparql", long, Accept="text/csv")
        assert (status, told.strip()) == (200, "true")
        status, _, headers = ask(f"{address}/comity/dataset", Accept="text/html")
        assert status == 303 and headers["Location"] == f"{address}/comity/data"
        status, _, headers = ask(f"{address}/comity")
        assert status == 308 and headers["Location"].endswith("/comity/")
        assert ask(f"{address}/comity/metrics")[0] == 404 and ask(f"{behind}/metrics")[0] == 200
        robots = ask(f"{address}/comity/robots.txt")[1]
        assert f"Sitemap: {address}/comity/sitemap.xml" in robots


@pytest.mark.long
@pytest.mark.needs("nginx")
def test_the_proxy_of_the_compose_file_passes_on_and_limits(behind: str, tmp_path: Path) -> None:
    assert "./deploy/compose-nginx.conf:/etc/nginx/conf.d/" in (DEPLOY.parent / "compose.yaml").read_text(
        "utf-8"
    )
    with _nginx("compose-nginx.conf", "comity:8000", behind.partition("://")[2], tmp_path) as address:
        status, page, _ = ask(f"{address}/comity/polity/p%31", Accept="text/html")
        assert status == 200 and 'href="/comity/data"' in page
        query = urllib.parse.urlencode({"query": "SELECT ?p { ?p a co:Polity } #" + "x" * 40_000})
        status, rows, _ = ask(f"{address}/comity/sparql?{query}", Accept="text/csv")
        assert status == 200 and rows.count("\n") == 401
        # A client cannot name another host or address for itself.
        robots = ask(f"{address}/comity/robots.txt", **{"X-Forwarded-Host": "example.org"})[1]
        assert f"Sitemap: {address}/comity/sitemap.xml" in robots
        assert ask(f"{address}/comity/changes", bytes(33 * 2**20))[0] == 413
        with ThreadPoolExecutor(20) as clients:
            answers = set(clients.map(lambda _: ask(f"{address}/comity/health")[0], range(1000)))
        assert answers == {200, 429}


#: By an alert: what counters show, each minute of two hours, that sets it off.
FIRED = {
    "ComityDown": {"up{job='comity'}": "0x120"},
    "ComityErrors": {"comity_responses_total{status='5xx'}": "0+30x120"},
    "ComityTurnsAway": {
        "comity_queries_total{outcome='turned_away'}": "0+30x120",
        "comity_queries_total{outcome='ok'}": "0+30x120",
    },
    "ComityTimeouts": {
        "comity_queries_total{outcome='timed_out'}": "0+10x120",
        "comity_queries_total{outcome='out_of_memory'}": "0+10x120",
        "comity_queries_total{outcome='ok'}": "0+30x120",
    },
    "ComityQueue": {"comity_waiting_queries": "40x120"},
    "ComitySlow": {
        "comity_query_seconds_bucket{le='5'}": "0+10x120",
        "comity_query_seconds_bucket{le='10'}": "0+30x120",
        "comity_query_seconds_bucket{le='+Inf'}": "0+30x120",
    },
}


@pytest.mark.needs("promtool")
def test_each_alert_goes_off_for_what_it_is_about_and_not_otherwise(tmp_path: Path) -> None:
    rules = yaml.safe_load((DEPLOY / "comity-rules.yml").read_text("utf-8"))["groups"][0]["rules"]
    by_name = {rule["alert"]: rule for rule in rules}
    assert FIRED.keys() == by_name.keys()
    still = {
        **{series: "5x120" for shown in FIRED.values() for series in shown},
        "up{job='comity'}": "1x120",
    }
    tests = [
        {
            "interval": "1m",
            "input_series": [{"series": name, "values": values} for name, values in shown.items()],
            "promql_expr_test": [
                {
                    "expr": f"count(ALERTS{{alertname='{alert}',alertstate='firing'}}) or vector(0)",
                    "eval_time": "100m",
                    "exp_samples": [{"labels": "{}", "value": fired}],
                }
            ],
        }
        for alert in FIRED
        for shown, fired in ((FIRED[alert], 1), (still, 0))
    ]
    (tmp_path / "tests.yml").write_text(
        yaml.safe_dump(
            {"rule_files": [str(DEPLOY / "comity-rules.yml")], "evaluation_interval": "1m", "tests": tests}
        )
    )
    for command in (
        ["check", "config", str(DEPLOY / "prometheus.yml")],
        ["test", "rules", str(tmp_path / "tests.yml")],
    ):
        done = subprocess.run(["promtool", *command], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not on this machine")
def test_the_units_are_well_formed(tmp_path: Path) -> None:
    for unit in DEPLOY.glob("comity*.[st]*"):
        # The programs that they start are not on this machine.
        text = re.sub(r"ExecStart=\S+", "ExecStart=/bin/true", unit.read_text("utf-8"))
        (tmp_path / unit.name).write_text(text)
    names = [str(path) for path in tmp_path.iterdir()]
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *names], capture_output=True, text=True)
    assert len(names) == 3 and not [line for line in done.stderr.splitlines() if "comity" in line]


@pytest.mark.long
@pytest.mark.needs("rclone")
def test_a_backup_goes_into_a_bucket_and_comes_back(tmp_path: Path) -> None:
    store, bucket = make_store(tmp_path / "world"), tmp_path / "bucket"
    bucket.mkdir()
    environment = os.environ | {
        "COMITY_STORE": str(store),
        "COMITY_BUCKET": f":local:{bucket}",
        "RCLONE_CONFIG": str(tmp_path / "rclone.conf"),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    command = [str(DEPLOY / "backup-to-bucket")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (packed,) = bucket.iterdir()
    assert done.stdout.strip().endswith(packed.name)
    with tarfile.open(packed) as archive:
        archive.extractall(tmp_path / "out", filter="data")
    (backup,) = (tmp_path / "out").iterdir()
    assert check(backup).generation == current(store)
    del environment["COMITY_BUCKET"]
    refused = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert refused.returncode != 0 and "Name the place" in refused.stderr


def test_a_store_of_an_older_version_is_built_again_with_its_changes(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    row, act = fresh_row()
    add(Changes(store), row)
    former = str(current(store))
    stamp = store / "generations" / former / "stamp.json"
    older = json.loads(stamp.read_text("utf-8"))
    # What an older program was built from has another digest than what this one is built from.
    older |= {"version": "0.1.0", "hash": "0" * 64}
    stamp.write_text(json.dumps(older), "utf-8")
    report = build(store)
    assert not report.unchanged and report.meta["version"] != "0.1.0" and current(store) != former
    assert any(open_store(store).oxigraph.quads_for_pattern(act, None, None, None))
    assert [record.channel for record in ChangeLog(store).records()].count("import") == 1
