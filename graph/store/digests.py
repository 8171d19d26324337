"""Digests of a generation's files, which reveal damage: missing files and altered bytes."""

import hashlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_ENDINGS = (".sst", ".blob", ".log")
_NAMES = ("CURRENT", "MANIFEST")


def digests(folder: Path, base: Path | None = None, known: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the digest of each file of the database in a folder, by file name.

    :param base: another folder, whose ``known`` digests are reused for hard links to its files.
    """
    found: dict[str, str] = {}
    unknown = []
    for file in sorted(folder.iterdir()):
        if not (file.suffix in _ENDINGS or file.name.startswith(_NAMES)):
            continue
        same = base is not None and known and file.name in known and (base / file.name).exists()
        if same and file.samefile(base / file.name):  # type: ignore[operator]
            found[file.name] = known[file.name]  # type: ignore[index]
        else:
            unknown.append(file)
    with ThreadPoolExecutor(2) as threads:
        return found | dict(zip((file.name for file in unknown), threads.map(_digest, unknown), strict=True))


def _digest(file: Path) -> str:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def damage(folder: Path, recorded: Mapping[str, str]) -> str:
    """Return a description of the files with recorded digests that are missing or altered; empty if none are."""
    found = digests(folder) if folder.is_dir() else {}
    kinds = {
        "missing": sorted(recorded.keys() - found.keys()),
        "altered": sorted(name for name in recorded.keys() & found.keys() if recorded[name] != found[name]),
    }
    return "; ".join(f"{kind}: {', '.join(names)}" for kind, names in kinds.items() if names)
