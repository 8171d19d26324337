"""The shape of the code itself: nothing left to do, speaking names, complete packages; `make types` checks imports."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("graph", "server", "ontology", "queries")
MODULES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def names(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_nothing_is_left_to_do_and_nothing_is_called_a_helper() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX)\b")
    assert not [names(path) for path in MODULES if marks.search(path.read_text("utf-8"))]
    assert not {path.stem for path in MODULES} & {"utils", "helpers", "common", "misc", "manager"}


def packed_as(name: str) -> str:
    """The place in the wheel of a file of the checkout: graph/ is the package comity itself."""
    return "comity/" + name.removeprefix("graph/")


@pytest.mark.long
def test_the_wheel_holds_every_file_of_the_packages(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--quiet",
        "--wheel-dir",
        str(tmp_path),
        ".",
    ]
    subprocess.run(command, cwd=ROOT, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    listed = subprocess.run(
        ["git", "ls-files", *PACKAGES], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert not {packed_as(name) for name in listed.stdout.splitlines()} - packed
