"""The shape of the code itself: small files and functions, one direction of imports, complete packages."""

import ast
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("graph", "server", "ontology", "queries")
MODULES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def names(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("path", MODULES, ids=names)
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.count("\n") <= 300
    long = [node.name for node in functions(ast.parse(text)) if (node.end_lineno or 0) - node.lineno >= 50]
    assert not long


@pytest.mark.parametrize("path", MODULES, ids=names)
def test_imports_go_from_the_server_to_the_graph_only(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"^\s*(from|import) (graph|server|ontology|queries)\b", text, re.MULTILINE)
    if path.parts[len(ROOT.parts)] == "graph":
        assert "comity.server" not in text and "from ..server" not in text


def imports_of(path: Path, root: Path) -> set[str]:
    """The modules of the same package that a module imports when it is loaded, as paths from the package's folder."""
    found = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.level:
            base = path.parents[node.level - 1].relative_to(root).parts
            base += tuple((node.module or "").split(".")) if node.module else ()
            for target in (base, *((*base, alias.name) for alias in node.names)):
                if (root.joinpath(*target).with_suffix(".py")).is_file():
                    found.add("/".join(target))
    return found


def arrows_between_modules(package: str) -> dict[str, set[str]]:
    root = ROOT / package
    modules = [path for path in root.rglob("*.py") if path.stem != "__init__"]
    return {path.relative_to(root).with_suffix("").as_posix(): imports_of(path, root) for path in modules}


def without_leaves(arrows: dict[str, set[str]]) -> dict[str, set[str]]:
    """What is left when everything that imports nothing any more is taken away, again and again: the circles."""
    while leaves := {name for name, to in arrows.items() if not to & arrows.keys()}:
        arrows = {name: to for name, to in arrows.items() if name not in leaves}
    return arrows


@pytest.mark.parametrize("package", ["graph", "server"])
def test_no_modules_import_each_other_in_a_circle(package: str) -> None:
    arrows = arrows_between_modules(package)
    assert sum(map(len, arrows.values())) > 100
    assert not without_leaves(arrows)


@pytest.mark.parametrize("package", ["graph", "server"])
def test_no_folders_import_each_other_in_a_circle(package: str) -> None:
    arrows: dict[str, set[str]] = {}
    for name, to in arrows_between_modules(package).items():
        if "/" in name:
            folder = name.split("/")[0]
            arrows.setdefault(folder, set()).update(
                {other.split("/")[0] for other in to if "/" in other} - {folder}
            )
    assert not without_leaves(arrows)


def test_nothing_is_left_to_do_and_nothing_is_called_a_helper() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX)\b")
    assert not [names(path) for path in MODULES if marks.search(path.read_text("utf-8"))]
    assert not {path.stem for path in MODULES} & {"utils", "helpers", "common", "misc", "manager"}


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
    packed = {name.removeprefix("comity/") for name in zipfile.ZipFile(wheel).namelist()}
    listed = subprocess.run(
        ["git", "ls-files", *PACKAGES], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert not set(listed.stdout.splitlines()) - packed
