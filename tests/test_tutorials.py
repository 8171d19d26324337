"""The tutorials as somebody follows them: each command, query and program in them runs, in an empty folder."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from comity.api import evaluate
from comity.store.database import Store
from tests.sample import sample_folder

TUTORIALS = sorted((Path(__file__).parent.parent / "docs" / "tutorials").glob("*.md"))
_BLOCK = re.compile(r"```(console|python|r|sparql)\n(.+?)```", re.DOTALL)
#: The shipped facts, in whose place the test takes its sample.
_SHIPPED = "\"$(python3 -c 'from comity.build import facts_folder; print(facts_folder())')\""


@pytest.mark.long
@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_what_a_tutorial_shows_runs(page: Path, real_path: Path, tmp_path: Path) -> None:
    environment = os.environ | {
        "COMITY_STORE": str(real_path),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    blocks = [(kind, text) for kind, text in _BLOCK.findall(page.read_text("utf-8")) if kind != "sparql"]
    programs: dict[str, str] = {}
    for kind, text in blocks:
        if kind != "console":
            programs[kind] = programs.get(kind, "") + text
            continue
        for line in re.findall(r"^\$ (.+)$", text, re.MULTILINE):
            command = line.replace(_SHIPPED, str(sample_folder()))
            done = subprocess.run(
                command, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True
            )
            assert done.returncode == 0, f"{line}\n{done.stderr}"
    missing = ""
    for kind, text in programs.items():
        interpreter = {"python": sys.executable, "r": shutil.which("Rscript")}[kind]
        if interpreter is None:  # R is large, and is not on every machine.
            missing = "R is not on this machine: the tutorial's commands were run, and not its program in R"
            continue
        (tmp_path / f"program.{kind}").write_text(text, "utf-8")
        command_line = [interpreter, f"program.{kind}"]
        done = subprocess.run(command_line, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0 and "kosovo" in done.stdout.casefold(), done.stderr
    if missing:
        pytest.skip(missing)


QUERIES = [
    text for page in TUTORIALS for kind, text in _BLOCK.findall(page.read_text("utf-8")) if kind == "sparql"
]


def test_there_are_tutorials_with_queries() -> None:
    assert len(TUTORIALS) >= 4 and len(QUERIES) >= 5


@pytest.mark.parametrize("query", QUERIES)
def test_each_query_of_a_tutorial_finds_something(query: str, real_store: Store) -> None:
    assert next(iter(evaluate(real_store, query)), None) is not None  # type: ignore[call-overload]
