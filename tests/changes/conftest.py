"""A store of the small world: built once, copied for each test."""

import shutil
from pathlib import Path

import pytest

from comity.changes.apply import Changes

from .world import make_store


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("world"))


@pytest.fixture
def store(pristine: Path, tmp_path: Path) -> Path:
    path = tmp_path / "store"
    shutil.copytree(pristine, path)
    return path


@pytest.fixture
def changes(store: Path) -> Changes:
    return Changes(store)
