"""What needs the library of an extra says so, with the command that installs it."""

import importlib.util

import pytest

from comity.changes.importing import read
from comity.errors import MissingLibraryError
from comity.store.database import Store


@pytest.fixture
def _nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)


@pytest.mark.usefixtures("_nothing_installed")
def test_a_workbook_needs_the_extra_xlsx() -> None:
    with pytest.raises(
        MissingLibraryError, match=r"openpyxl, which is not installed.*pip install 'comity\[xlsx\]'"
    ):
        read("acts.xlsx", b"")


@pytest.mark.usefixtures("_nothing_installed")
def test_rdflib_over_the_store_needs_the_extra_scholars(real_store: Store) -> None:
    with pytest.raises(MissingLibraryError, match=r"pip install 'comity\[scholars\]'"):
        real_store.dataset()
