"""Starting a command tells what is wrong in a sentence, before anything is built, made or waited for."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from comity.remote.endpoint import RemoteError, read_address
from comity.server.cli.console import replace_file
from comity.server.cli.main import main
from comity.server.settings import SettingError, Settings
from comity.store.database import write_atomically, write_lock

from ..changes.world import make_store, row, write_tables

ENGINE = "sparql+http://127.0.0.1:9/sparql"
#: Commands that an engine cannot carry out, and, of those, the ones that need a store which is there.
LOCAL = [
    "serve",
    "mcp",
    "import {file}",
    "changes revert 1",
    "changes retract act/x --reason r --yes",
    "review accept 1",
    "review refuse 1 --reason r",
]
THERE = [
    "changes list",
    "changes show 1",
    "changes as-known-on 2020-01-01",
    "review list",
    "review show 1",
    "reports list",
    "reports close 1 --outcome o",
    "reports clear --yes",
    "token add ada",
    "token list",
    "token revoke ada",
    "backup {new}",
]
READING = [
    "info",
    "coverage",
    "query ASK{{}}",
    "ask parties",
    "explain a a a",
    "depends a",
    "mcp",
    "export acts",
    "panel",
    "network",
    "map",
    "list states",
    "quickstatements",
]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("small"))


def run(line: str, *more: str, **places: object) -> Result:
    words = line.format(**{"file": __file__, "new": "/nowhere"} | places).split()
    result = CliRunner().invoke(main, [*words, *more])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


@pytest.mark.parametrize("line", [*LOCAL, *THERE, "restore {file}"])
def test_what_an_engine_cannot_do_says_so(line: str, tmp_path: Path) -> None:
    result = run(line, "--store", ENGINE, file=tmp_path if line.startswith("restore") else __file__)
    assert (result.exit_code, "inside a SPARQL engine" in result.output) == (2, True), result.output


@pytest.mark.parametrize("line", ["info", "query ASK{{}}", "build", "panel"])
def test_an_engine_that_is_not_there_is_told_at_once(line: str) -> None:
    result = run(line, "--store", ENGINE)
    assert (result.exit_code, "cannot be reached" in result.output) == (1, True), result.output


@pytest.mark.parametrize("line", ["info", "build", "serve", "changes list"])
def test_an_address_without_its_prefix_is_no_folder(line: str) -> None:
    result = run(line, "--store", "http://127.0.0.1:9/sparql")
    assert (result.exit_code, "begins with sparql+http://" in result.output) == (2, True)


@pytest.mark.parametrize("line", ["info", "build", "serve", "changes list"])
def test_an_empty_name_is_no_store(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(line, "--store", "")
    assert (result.exit_code, "is empty" in result.output, list(tmp_path.iterdir())) == (2, True, [])


@pytest.mark.parametrize(
    "text", ["ftp://x/", "http://", "http://host:port/", "http://[::1/", "http://x/?a=b"]
)
def test_the_address_of_an_engine_is_checked(text: str) -> None:
    with pytest.raises(RemoteError, match=r"Write sparql|are allowed"):
        read_address(f"sparql+{text}")


@pytest.mark.parametrize("line", [*THERE, *READING, *LOCAL[2:]])
def test_a_mistyped_store_is_not_made(line: str, tmp_path: Path) -> None:
    place = tmp_path / "mistyped"
    result = run(line, "--store", str(place))
    assert (result.exit_code, f"There is no store in {place}" in result.output) == (1, True), result.output
    assert not place.exists()


@pytest.mark.parametrize(
    "host", ["", "  ", "[]", "host.invalid", "256.0.0.1", "localhost:80", "a" * 300, "192.0.2.1"]
)
@pytest.mark.parametrize("line", ["serve", "mcp --http"])
def test_a_host_that_is_none_of_this_machine_is_told(line: str, host: str, small: Path) -> None:
    result = run(line, "--store", str(small), "--port", "0", "--host", host)
    told = "--host is empty" if not host.strip(" []") else "Cannot listen at"
    assert (result.exit_code, told in result.output) == (1, True), result.output


def test_a_name_of_this_machine_is_listened_on(small: Path) -> None:
    words = ["serve", "--store", str(small), "--host", "localhost", "--port", "0"]
    command = [Path(sys.executable).with_name("comity"), *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("Comity is at http://127.0.0.1:"), line
        finally:
            process.terminate()


def _wrong_values() -> Iterator[tuple[str, str]]:
    """A value of the wrong type, as TOML, for each setting and each other type."""
    values = {bool: "true", int: "1", float: "1.5", str: '"1"'}
    for entry in fields(Settings):
        kind = type(entry.default)
        for other, text in (*values.items(), (list, "[1]"), (dict, "{ a = 1 }")):
            if other is not kind and (kind, other) != (float, int):
                yield entry.name, text


def test_every_setting_of_the_wrong_type_is_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "comity.toml"
    for name, text in _wrong_values():
        file.write_text(f"{name} = {text}\n")
        with pytest.raises(SettingError, match=f"^{name}: .* is not "):
            Settings.read({"COMITY_CONFIG": str(file)})


@pytest.mark.parametrize(
    "line",
    [
        "query_seconds = nan",
        "query_seconds = inf",
        "threads = 100000000000000000000000000",
        'contact = "a@b\\nc"',
        'public_url = "example.org"',
        'public_url = "https://example.org/?a"',
        'path_prefix = "/a b"',
        'path_prefix = "/../a"',
        'path_prefix = "//"',
        'query_log = "/nowhere/queries.log"',
        'query_log = "/"',
        "threds = 4",
    ],
)
def test_a_setting_of_no_use_is_refused_at_the_start(line: str, tmp_path: Path, small: Path) -> None:
    file = tmp_path / "comity.toml"
    file.write_text(line)
    words = ["serve", "--store", str(tmp_path / "new"), "--port", "0"]
    result = CliRunner(env={"COMITY_CONFIG": str(file)}).invoke(main, words)
    assert (result.exit_code, line.split()[0] in result.output) == (1, True), result.output
    assert "Traceback" not in result.output and not (tmp_path / "new").exists()


def test_a_pipe_for_a_log_is_refused_since_all_would_wait_for_its_reader(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "log")
    with pytest.raises(SettingError, match=r"query_log: .* cannot be written to"):
        Settings(query_log=str(tmp_path / "log"))


def test_settings_of_use_are_taken(tmp_path: Path) -> None:
    file = tmp_path / "comity.toml"
    file.write_text(
        'query_seconds = 5\nreports = true\npath_prefix = "/comity/v1.0"\n'
        f'public_url = "https://example.org:8443/comity"\nquery_log = "{tmp_path}/queries.log"\n'
    )
    found = Settings.read({"COMITY_CONFIG": str(file)})
    assert (found.query_seconds, found.path_prefix) == (5, "/comity/v1.0")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("COMITY_PROXYS", "Did you mean COMITY_PROXIES?"),
        ("COMITY_STOR", "Did you mean COMITY_STORE?"),
        ("COMITY_PORT_8000_TCP_ADDR", "docs/endpoint.md lists the settings."),
    ],
)
def test_a_variable_that_nothing_reads_is_told_with_the_nearest_that_is_read(name: str, meant: str) -> None:
    words = ["token", "list", "--store", "/nowhere"]
    said = CliRunner(env={name: "1"}).invoke(main, words).stderr.splitlines()
    assert said[0] == f"comity: The environment variable {name} is not a setting and is ignored. {meant}"
    assert not [
        line for line in CliRunner().invoke(main, words).stderr.splitlines() if "is not a setting" in line
    ]


def test_a_build_that_is_refused_leaves_nothing(tmp_path: Path) -> None:
    tables, store = write_tables(tmp_path / "tables"), tmp_path / "some" / "where"
    command = ["build", "--facts", str(tables), "--store", str(store)]
    acts = tables / "acts-first.csv"
    good = acts.read_text()
    for bad in (
        good + "recognition,arcadia,nowhere,2001-01-01,,,,,,,,,https://news.example/,,\n",
        good.replace("kind,", "kin,"),
        good + row("recognition", "arcadia", "arcadia", "2001-01-01") + "\n",
    ):
        acts.write_text(bad)
        result = CliRunner().invoke(main, command)
        assert result.exit_code == 1 and "Traceback" not in result.output, result.output
        assert not (tmp_path / "some").exists()
    acts.write_text(good)
    assert CliRunner().invoke(main, command).exit_code == 0
    former = sorted(store.iterdir())
    acts.write_text(good.replace("kind,", "kin,"))
    assert CliRunner().invoke(main, command).exit_code == 1 and sorted(store.iterdir()) == former


def test_a_lock_that_went_with_a_refused_build_is_not_taken_for_one(tmp_path: Path) -> None:
    """Whoever waited for it makes the store anew, and a third waits for that."""
    path, order = tmp_path / "store", []

    def second() -> None:
        with write_lock(path):
            order.append("second")
            assert (path / "LOCK").exists()
            (path / "CURRENT").touch()

    waiting = threading.Thread(target=second)
    with write_lock(path):
        waiting.start()
        time.sleep(0.2)
        order.append("first")
    waiting.join()
    assert order == ["first", "second"] and sorted(os.listdir(path)) == ["CURRENT", "LOCK"]


def test_a_draft_is_written_to_no_file_that_a_link_names(tmp_path: Path) -> None:
    precious, answer = tmp_path / "precious", tmp_path / "answer.csv"
    precious.write_text("as it was")
    (tmp_path / "draft-answer.csv").symlink_to(precious)
    replace_file(answer, lambda draft: draft.write_text("new"))
    (tmp_path / "CURRENT.draft").symlink_to(precious)
    write_atomically(tmp_path / "CURRENT", "name")
    assert precious.read_text() == "as it was" and not answer.is_symlink()
    assert (answer.read_text(), (tmp_path / "CURRENT").read_text()) == ("new", "name")
    (tmp_path / "draft-answer.csv").hardlink_to(precious)
    replace_file(answer, lambda draft: draft.write_text("newer"))
    os.mkfifo(tmp_path / "draft-answer.csv")
    replace_file(answer, lambda draft: draft.write_text("newest"))
    assert precious.read_text() == "as it was" and answer.read_text() == "newest"


def test_what_is_no_regular_file_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "answer.csv").write_text("as it was")
    (tmp_path / "draft-answer.csv").mkdir()
    (tmp_path / "folder.csv").mkdir()
    for place in (
        tmp_path / "pipe.csv",
        Path("/dev/stdout"),
        tmp_path / "answer.csv",
        tmp_path / "folder.csv",
    ):
        with pytest.raises(click.FileError):
            replace_file(place, lambda draft: draft.write_text("new"))
    assert (tmp_path / "pipe.csv").is_fifo() and (tmp_path / "answer.csv").read_text() == "as it was"
