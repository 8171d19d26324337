"""What tests share: the store of the real facts, and which components a test needs."""

import importlib.util
import shutil
import sys
import time
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import settings

from comity.build import build, facts_folder
from comity.errors import StoreError
from comity.store.database import Store, open_store
from tests.sample import BUILD, sample_folder

# How long one example takes depends on what else the machine does; speed is measured in tests/benchmarks.
settings.register_profile("comity", deadline=None)
settings.load_profile("comity")
_COMPONENTS = {
    "java": lambda: shutil.which("java"),
    "chromium": lambda: shutil.which("chromium") and importlib.util.find_spec("playwright"),
    "virtuoso": lambda: shutil.which("virtuoso-t"),
    "wrk": lambda: shutil.which("wrk"),
    "nginx": lambda: shutil.which("nginx"),
    "apache2": lambda: shutil.which("apache2"),
    "promtool": lambda: shutil.which("promtool"),
    "caddy": lambda: shutil.which("caddy"),
    "rclone": lambda: shutil.which("rclone"),
    "oxigraph": lambda: (Path(sys.executable).parent / "oxigraph").exists(),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip tests whose component is not on this machine; the summary at the end of the run names them."""
    for item in items:
        for marker in item.iter_markers("needs"):
            component = marker.args[0]
            if not _COMPONENTS[component]():
                item.add_marker(pytest.mark.skip(reason=f"{component} is not on this machine"))


def built(path: Path, facts: Path) -> Path:
    """Return the folder of a store; it is built once for each content of tables, rules and code."""
    for _ in range(150):  # another process of the tests may be building the same store
        try:
            build(path, facts)
            break
        except StoreError as error:
            if "another process" not in str(error):
                raise
            time.sleep(2)
    return path


@pytest.fixture(scope="session")
def whole_path() -> Path:
    """The folder of a store of all shipped facts, for tests that take long by nature."""
    return built(BUILD / "whole-store", facts_folder())


@pytest.fixture(scope="session")
def real_path() -> Path:
    """The folder of a store of real facts: the sample of the shipped ones."""
    return built(BUILD / "test-store", sample_folder())


@pytest.fixture(scope="session")
def real_store(real_path: Path) -> Store:
    """The store of the real facts, open for reading."""
    return open_store(real_path)


@pytest.fixture(scope="session")
def real_memory(real_store: Store) -> ox.Store:
    """The real facts in memory, where snapshots can be made."""
    memory = ox.Store()
    memory.bulk_extend(real_store.oxigraph)
    return memory
