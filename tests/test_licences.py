"""The texts of the licences of what others made, and the versions of the image."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from comity.server.web import assets

ROOT = Path(__file__).parent.parent
LOCKED = json.loads(assets.LOCK.read_text("utf-8"))["packages"]
VENDOR = assets.FOLDER / "vendor"
fetched = pytest.mark.skipif(not (VENDOR / "LICENCES.md").is_file(), reason="nothing was fetched from npm")


@pytest.mark.parametrize("package", LOCKED, ids=[one["name"] for one in LOCKED])
def test_every_package_names_the_text_of_its_licence_which_is_fetched_with_it(
    package: dict[str, str],
) -> None:
    files = {file["to"] for one in LOCKED for file in one["files"]}
    assert package["text"] in files and package["text"].endswith(".LICENSE")


@fetched
def test_the_texts_are_where_the_files_are() -> None:
    for name in {one["text"] for one in LOCKED} | {"cldr.LICENSE"}:
        text = (VENDOR / name).read_text("utf-8")
        assert len(text) > 500 and re.search("copyright|permission", text, re.IGNORECASE), name


@pytest.mark.long
@fetched
def test_a_wheel_has_the_texts_of_what_is_in_it(tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(".*", "build", "tests", "*.egg-info"))
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(tmp_path), str(source)]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    bundled = {Path(name).name for name in names if "/static/vendor/" in name}
    assert {file["to"] for one in LOCKED for file in one["files"]} | {
        "LICENCES.md",
        "cldr.LICENSE",
    } <= bundled
    assert {"LICENSE", "LICENSE-DATA"} <= {Path(name).name for name in names if "dist-info" in name}


def test_the_image_has_every_requirement_at_one_version_by_its_hash() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    pinned = {}
    for entry in re.split(r"\n(?=[a-z])", lock.partition("\n\n")[2].strip()):
        found = re.match(r"([a-z0-9._-]+)==(\S+) \\\n(?:    --hash=sha256:[0-9a-f]{64}(?: \\\n|$))+", entry)
        assert found and found.end() == len(entry), entry[:80]
        pinned[canonicalize_name(found[1])] = found[2]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    assert "--require-hashes -r requirements.lock" in dockerfile
    extras = re.search(r"\.\[([a-z,]+)\]", dockerfile)[1].split(",")  # type: ignore[index]
    wanted = [
        *project["dependencies"],
        *(one for name in extras for one in project["optional-dependencies"][name]),
    ]
    for requirement in map(Requirement, wanted):
        if requirement.marker is None or requirement.marker.evaluate({"python_version": "3.13"}):
            assert requirement.specifier.contains(pinned[canonicalize_name(requirement.name)]), requirement
