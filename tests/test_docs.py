"""The documentation is true: its links lead somewhere, its commands exist, and what it shows can be run."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from comity.questions.questions import answer
from comity.server.cli.main import main
from comity.store.database import Store

ROOT = Path(__file__).parent.parent
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
README = (ROOT / "README.md").read_text("utf-8")
BIN = Path(sys.executable).parent


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_that_are_there(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text("utf-8"))
    assert not [link for link in links if not (page.parent / link).exists()]


def test_every_command_of_the_command_line_is_in_the_readme() -> None:
    assert not [name for name in main.commands if not re.search(rf"\b{name}\b", README)]


def commands() -> list[str]:
    return re.findall(r"^\$ (\.venv/bin/comity (?!serve).+)$", README, re.MULTILINE)


@pytest.mark.parametrize("command", commands())
def test_the_commands_of_the_readme_run(command: str, real_path: Path) -> None:
    words = shlex.split(command.replace(".venv/bin", str(BIN)))
    subprocess.run([*words, "--store", str(real_path)], check=True, capture_output=True)


def test_the_query_of_the_readme_gives_the_six(real_store: Store) -> None:
    (query,) = re.findall(r"```sparql\n(.+?)```", README, re.DOTALL)
    (snapshot,) = re.findall(r"FROM <(.+?)>", query)
    assert len(list(answer(real_store, query, [snapshot], [snapshot]))) == 6  # type: ignore[arg-type]


def test_the_project_speaks_of_itself_alone() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    texts = [
        ROOT / name for name in listed.splitlines() if name.endswith((".py", ".md", ".toml", ".rq", ".ttl"))
    ]
    marks = re.compile("/" + "work/|/" + "tmp/(?!st)|shared" + "/|pypi\\.org|npmjs\\.org|deb\\.debian")
    found = [str(path) for path in texts if path.exists() and marks.search(path.read_text("utf-8"))]
    assert not found
