"""Runs the pages of the documentation as a reader would: its commands and its Python, from top to bottom."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

_DOCS = Path(__file__).parent.parent.parent / "docs"
_BLOCK = re.compile(r"^```(console|python)\n(.+?)^```", re.MULTILINE | re.DOTALL)


def run(page: str, store: Path, folder: Path, patch: pytest.MonkeyPatch, skip: str = "") -> dict[str, Any]:
    """Run a page in a folder; give the names that its Python has made."""
    names: dict[str, Any] = {"__name__": page}
    patch.chdir(folder)
    patch.setenv("COMITY_STORE", str(store))
    patch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    for kind, text in _BLOCK.findall((_DOCS / page).read_text("utf-8")):
        if kind == "python":
            exec(compile(text, page, "exec"), names)
        for command in re.findall(r"^\$ (comity .+)$", text, re.MULTILINE) if kind == "console" else ():
            if not skip or not command.startswith(skip):
                subprocess.run(shlex.split(command, comments=True), check=True, capture_output=True)
    return names
