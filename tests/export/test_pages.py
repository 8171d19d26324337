"""The pages for scholars run from top to bottom, and their results are right."""

import re
from pathlib import Path

import pytest

from comity.export import panels
from tests.export import pages


@pytest.mark.long
def test_the_page_for_scholars_runs(real_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = pages.run("scholars.md", real_path, tmp_path, monkeypatch)
    assert names["by_year"].loc[2015].recognise > 80 and names["by_year"].loc[2020].withdrew > 5
    assert names["recognition"].has_edge("north-korea", "donetsk-peoples-republic")
    assert {"abkhazia", "russia"} <= names["circle"]
    assert names["stances"]["recognises"] > 20 and names["stances"]["nothing known"] > 5
    assert "temporarily-occupied-territory" in names["refused"]["donetsk-peoples-republic"]
    assert len(names["lines"]) > 1500 and len(names["sourced"]) > 300


@pytest.mark.long
def test_the_page_for_notebooks_runs(
    real_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = pages.run("python.md", real_path, tmp_path, monkeypatch)
    assert len(names["answer"]) == 6 and len(names["counts"]) == 5 and names["is_known"] is True
    assert names["why"].holds and names["why"].sources and not names["why_not"].holds
    assert names["recognised"].loc[2015] > 80 and "'Atlantis' is no" in names["message"]


def test_the_table_of_columns_is_the_panel_s() -> None:
    text = (Path(pages.__file__).parent.parent.parent / "docs" / "scholars.md").read_text("utf-8")
    section = text[text.index("## Dyad-year panel") : text.index("## Network")]
    rows = re.findall(r"^\| (`.+?) \|", section, re.MULTILINE)
    assert sorted(re.findall(r"`(\w+)`", " ".join(rows))) == sorted(panels.COLUMNS)
