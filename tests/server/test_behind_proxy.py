"""The real server behind nginx, as the compose file has it, and behind Caddy."""

import http.client
import json
import os
import re
import select
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from .conftest import running
from .test_slow_clients import connect, head, received

ROOT = Path(__file__).parents[2]
NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or "nginx"
#: What is sent, and what the server itself answers: without a token, without right, of no kind that it reads.
REFUSED = [
    ("PUT", "/graph-store?default", "text/turtle", 403),
    ("POST", "/sparql", "application/sparql-query", 413),
    ("POST", "/report", "application/json", 413),
    ("POST", "/acts", "application/json", 413),
    ("POST", "/nowhere", "text/plain", 404),
    ("GET", "/health", "text/plain", 200),
]


@pytest.fixture(scope="module")
def behind(store_path: Path) -> Iterator[str]:
    """A server that trusts one proxy."""
    yield from running(
        store_path, COMITY_PROXIES="1", COMITY_PUBLIC_URL="https://kb.example", COMITY_PROCESSES="1"
    )


def free_port() -> int:
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextmanager
def proxy(command: list[str], port: int, **environ: str) -> Iterator[str]:
    """A proxy while it runs; its address."""
    with subprocess.Popen(command, env=os.environ | environ, stderr=subprocess.PIPE, text=True) as process:
        try:
            for _ in range(300):
                assert process.poll() is None, process.stderr and process.stderr.read()
                with closing(socket.socket()) as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture(scope="module")
def nginx(behind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Nginx by deploy/compose-nginx.conf, but for where it listens and where the server is."""
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    site = (ROOT / "deploy/compose-nginx.conf").read_text("utf-8")
    for written, here in (
        ("comity:8000", urlsplit(behind).netloc),
        ("listen 80 ", f"listen 127.0.0.1:{port} "),
    ):
        assert site.count(written) == 1
        site = site.replace(written, here)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    (folder / "nginx.conf").write_text(
        f"daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log {folder}/error.log;\n"
        f"events {{ worker_connections 1024; }}\nhttp {{ access_log off;\n{paths}{site} }}\n"
    )
    with proxy([NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf")], port) as address:
        yield address


@pytest.fixture(scope="module")
def caddy(behind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Caddy as its own command for a proxy runs it."""
    port, home = free_port(), str(tmp_path_factory.mktemp("caddy"))
    command = ["caddy", "reverse-proxy", "--from", f"http://:{port}", "--to", urlsplit(behind).netloc]
    with proxy(command, port, HOME=home, XDG_DATA_HOME=home, XDG_CONFIG_HOME=home) as address:
        yield address


def answers(address: str, body: int = 8 * 1024 * 1024) -> list[int]:
    """The statuses of requests that the server refuses, or does not read the bodies of, each of which arrives."""
    found = []
    for method, path, kind, _ in REFUSED:
        with closing(connect(address)) as connection:
            connection.sendall(head(method, path, f"Content-Type: {kind}", f"Content-Length: {body}"))
            for _ in range(body // 65536):
                if select.select([connection], [], [], 0)[0]:
                    break  # It has its answer and sends no more, as curl does.
                connection.sendall(bytes(65536))
            status, text = received(connection)
            assert json.loads(text), path
            found.append(status)
    return found


@pytest.mark.long
@pytest.mark.parametrize("name", ["nginx", "caddy"])
@pytest.mark.needs("nginx")
@pytest.mark.needs("caddy")
def test_refused_requests_are_answered_through_a_proxy(name: str, request: pytest.FixtureRequest) -> None:
    address = request.getfixturevalue(name)
    assert answers(address) == [status for *_, status in REFUSED]
    # And by the next request on the same connection of the proxy.
    assert answers(address, 65536)[-1] == 200


@pytest.mark.long
@pytest.mark.parametrize("name", ["nginx", "caddy"])
@pytest.mark.needs("nginx")
@pytest.mark.needs("caddy")
def test_a_proxy_says_for_whom_it_asks(name: str, request: pytest.FixtureRequest) -> None:
    address = request.getfixturevalue(name)
    for host, status in ((urlsplit(address).netloc, 200), ("kb.example", 200), ("evil.example", 421)):
        with closing(http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)) as connection:
            headers = {"Host": host, "Accept": "text/turtle", "X-Forwarded-For": "192.0.2.1"}
            connection.request("GET", "/sparql", headers=headers)
            answer = connection.getresponse()
            found, text = answer.status, answer.read()
        assert found == status and b"evil.example" not in text
        assert status != 200 or b"https://kb.example/sparql" in text


@pytest.mark.long
@pytest.mark.needs("nginx")
def test_nginx_holds_slow_senders_itself(nginx: str, behind: str) -> None:
    """Forty connections of one address, which is fewer than it may have, never reach the server."""
    slow = [connect(nginx) for _ in range(40)]
    try:
        for number, one in enumerate(slow):
            if number % 2:
                one.sendall(b"GET /health HT")
            else:
                one.sendall(head("POST", "/sparql", "Content-Length: 100000") + b"query=")
        with closing(connect(nginx)) as connection:
            connection.sendall(head("GET", "/health"))
            assert received(connection)[0] == 200
        assert _connections_to(behind) <= 2
    finally:
        for one in slow:
            one.close()


def _connections_to(server: str) -> int:
    port = f":{urlsplit(server).port:04X} "
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return sum(line.split()[2].endswith(port.strip()) and line.split()[3] == "01" for line in lines)


def test_the_compose_file_listens_on_loopback_behind_a_proxy_unless_told_otherwise() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]
    assert "ports" not in services["comity"]
    (published,) = services["proxy"]["ports"]
    assert re.fullmatch(r"\$\{LISTEN:-127\.0\.0\.1:\d+\}:80", published)
    assert services["comity"]["environment"]["COMITY_PROXIES"] == "1"
    assert services["comity"]["environment"]["COMITY_PUBLIC_URL"]
    for service in services.values():
        assert service["read_only"] and service["cap_drop"] == ["ALL"] and service["mem_limit"]
        for volume in service.get("volumes", []):
            place = volume.partition(":")[0]
            assert not place.startswith(".") or (ROOT / place).is_file()
