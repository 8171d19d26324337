"""Static files and their addresses; third-party files are fetched from npm at build time, using a lock file.

``python -m comity.server.web.assets`` fetches what ``assets.lock.json`` names into ``static/vendor``;
``--lock`` rewrites the lock for the versions it names. Each package names its licence text, or that
of the package it is made from, which is fetched with it. Pages work without any of these files.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from flask import request

from comity.errors import ComityError
from comity.questions.spelling import write_territories
from comity.server.web.figures import basemap

FOLDER = Path(__file__).parents[1] / "static"
LOCK = Path(__file__).parent / "assets.lock.json"


class AssetError(ComityError):
    """A file cannot be fetched from npm, or differs from the lock."""


@cache
def stamp() -> str:
    """Return a short digest of all static files, which changes when one of them does."""
    digest = hashlib.blake2b(digest_size=6)
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file():
            digest.update(f"{path.name}{path.stat().st_size}{path.stat().st_mtime_ns}".encode())
    return digest.hexdigest()


def address(name: str) -> str:
    """Return the address of a static file, with a stamp that lets browsers cache it."""
    return f"{request.script_root}/static/{name}?v={stamp()}"


@cache
def vendored(name: str) -> bool:
    """Return whether a third-party file was fetched."""
    return (FOLDER / "vendor" / name).is_file()


def fetch(lock: Path = LOCK, target: Path = FOLDER / "vendor", relock: bool = False) -> None:
    """Fetch all files of a lock into a folder; with `relock`, accept any content and write its digests to the lock.

    :raises AssetError: if npm is missing or fails, or a file differs from the lock.
    """
    locked = json.loads(lock.read_text("utf-8"))["packages"]
    with tempfile.TemporaryDirectory() as folder:
        for number, package in enumerate(locked):
            place = Path(folder) / str(number)
            place.mkdir()
            _unpack(package, place, target, relock)
    if relock:
        lock.write_text(json.dumps({"packages": locked}, indent=2) + "\n", "utf-8")
    licences = "".join(
        f"- {one['name']} {one['version']}: {one['licence']}, {one['text']}\n" for one in locked
    )
    text = f"Third-party files, each under its own licence:\n\n{licences}"
    (target / "LICENCES.md").write_text(text, "utf-8")


def derive() -> None:
    """Write the files derived from fetched ones: outlines for the map, and names of states in all languages."""
    write_territories()
    basemap.write()
    (FOLDER / "vendor" / "cldr.LICENSE").write_bytes(
        files("babel").joinpath("locale-data/LICENSE.unicode").read_bytes()
    )
    with (FOLDER / "vendor" / "LICENCES.md").open("a", encoding="utf-8") as file:
        file.write("- graph/questions/territories.json, from Unicode CLDR: Unicode-3.0, cldr.LICENSE\n")


def _unpack(package: dict[str, Any], folder: Path, target: Path, relock: bool) -> None:
    name = f"{package['name']}@{package['version']}"
    npm = shutil.which("npm")
    if npm is None:
        raise AssetError("npm is not installed; the pages work without the files that it would fetch.")
    done = subprocess.run(
        [npm, "pack", name, "--json", "--silent"], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise AssetError(f"npm cannot fetch {name}: {done.stderr.strip()[-300:]}")
    listed = json.loads(done.stdout)
    packed = next(iter(listed.values())) if isinstance(listed, dict) else listed[0]
    if relock:
        package["integrity"] = packed["integrity"]
    elif package["integrity"] != packed["integrity"]:
        raise AssetError(f"{name} differs from the lock: {packed['integrity']}.")
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        for file in package["files"]:
            _copy(archive, name, file, target, relock)


def _copy(archive: tarfile.TarFile, name: str, file: dict[str, str], target: Path, relock: bool) -> None:
    try:
        member = archive.extractfile("package/" + file["path"])
    except KeyError:
        member = None
    if member is None:
        raise AssetError(f"{name} has no file {file['path']}.")
    data = member.read()
    digest = hashlib.sha256(data).hexdigest()
    if relock:
        file["sha256"] = digest
    elif file["sha256"] != digest:
        raise AssetError(f"{file['path']} of {name} differs from the lock: sha256 {digest}.")
    place = target / file["to"]
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)


if __name__ == "__main__":
    try:
        fetch(relock="--lock" in sys.argv)
        derive()
    except AssetError as error:
        sys.exit(f"comity: {error}")
