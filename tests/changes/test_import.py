"""Files of others: tables by name or columns, workbooks, RDF in any syntax, each complaint with its place."""

import io
import re
import zipfile
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner

from comity.changes import importing, workbooks
from comity.changes.apply import Changes
from comity.changes.delta import ADDITIONS
from comity.changes.importing import FileFormatError, Sheet, add_quads, add_rows, read
from comity.errors import TableError
from comity.iris import PROPOSALS, act, graph, polity, term
from comity.server.cli.main import main
from comity.store.database import open_store

from .world import EDITOR, HEADER, add, row, sheet

LINE = row("recognition", "borduria", "syldavia", "2006-06-06")
ACT = act("recognition", "borduria", "syldavia", "2006-06-06")
CSV = f"{HEADER}\n{LINE}\n".encode()


def table_of(name: str, data: bytes, table: str | None = None) -> Sheet:
    (found,) = read(name, data, table)
    assert isinstance(found, Sheet)
    return found


def workbook(rows: list[list[object]]) -> bytes:
    import openpyxl

    book, out = openpyxl.Workbook(), io.BytesIO()
    for cells in rows:
        book.active.append(cells)
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("name", ["acts.csv", "acts-mine.csv", "Our list (new).csv"])
def test_acts_are_told_by_name_or_by_columns(name: str) -> None:
    assert table_of(name, CSV).kind == "acts"


def test_a_workbook_is_a_table_and_its_days_are_days() -> None:
    import datetime

    day = datetime.datetime(2006, 6, 6)
    data = workbook(
        [["kind", "actor", "object", "date", "evidence"], ["vote", "arcadia", "borduria", day, "x"]]
    )
    assert table_of("acts.xlsx", data).rows[0]["date"] == "2006-06-06"


@pytest.mark.parametrize(
    ("name", "data", "complaint"),
    [
        ("list.csv", b"a,b\n1,2\n", "neither the name nor the columns"),
        ("list.doc", b"", "names no form"),
        ("x.xlsx", b"PK no", "not an XLSX workbook"),
        ("x.ttl", b"<a> <b> .", "not valid"),
        ("x.rdf", b'<!DOCTYPE x [<!ENTITY a "b">]><x/>', "DOCTYPE"),
        ("x.rdf", b'<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:Bag/>', "no element"),
        ("x.jsonld", b'{"urn:a":' * 20_000 + b"1" + b"}" * 20_000, "more than 500 levels deep"),
        ("x.jsonld", b"[" * 501 + b"]" * 501, "more than 500 levels deep"),
    ],
)
def test_what_cannot_be_read_is_told_by_the_file(name: str, data: bytes, complaint: str) -> None:
    with pytest.raises(FileFormatError, match=complaint):
        read(name, data)


def test_every_bad_row_is_told_with_the_file_that_was_brought(changes: Changes) -> None:
    bad = [row("recognised", "arcadia", "syldavia", "2001"), row("vote", "arcadia", "syldavia", "20-20")]
    sheets = [
        part for part in read("mine.csv", "\n".join([HEADER, *bad]).encode()) if isinstance(part, Sheet)
    ]
    with pytest.raises(TableError) as refusal:
        changes.change(add_rows(sheets), EDITOR, "import")
    assert {(one.table, one.row, one.column) for one in refusal.value.problems} == {
        ("mine.csv", 2, "kind"),
        ("mine.csv", 3, "date"),
    }


def test_rows_without_a_source_wait_outside_every_answer(changes: Changes) -> None:
    receipt = changes.change(
        add_rows(sheet(row("vote", "arcadia", "borduria", "2001", ""), LINE)), EDITOR, "import"
    )
    assert receipt.number is not None and receipt.proposal == receipt.number + 1
    store, waiting = open_store(changes.path).oxigraph, act("vote", "arcadia", "borduria", "2001")
    assert {quad.graph_name for quad in store.quads_for_pattern(waiting, None, None, None)} >= {PROPOSALS}
    assert not list(store.quads_for_pattern(waiting, None, None, ox.DefaultGraph()))


def test_an_act_may_answer_one_of_the_graph(changes: Changes) -> None:
    reference = "recognition/arcadia/syldavia"
    add(changes, row("relations_severed", "borduria", "arcadia", "2001-07-01", in_response_to=reference))
    store = open_store(changes.path).oxigraph
    cause = act("recognition", "arcadia", "syldavia", "2001-06")
    assert list(store.quads_for_pattern(None, term("inResponseTo"), cause, ox.DefaultGraph()))


def test_a_source_that_is_known_is_not_described_again(changes: Changes) -> None:
    before = _sources(changes.path)
    add(changes, row("recognition", "borduria", "syldavia", "2006", "http://www.news.example"))
    assert _sources(changes.path) == before


def _sources(path: Path) -> int:
    store = open_store(path).oxigraph
    return len(list(store.quads_for_pattern(None, None, term("Source"), ox.DefaultGraph())))


def test_rdf_goes_to_the_graph_named_and_to_no_other_kind(changes: Changes) -> None:
    text = '<https://w3id.org/comity/polity/arcadia> <http://www.w3.org/2004/02/skos/core#note> "Far."@en .'
    quads = [part for part in read("x.ttl", text.encode()) if isinstance(part, ox.Quad)]
    changes.change(add_quads(quads), EDITOR, "import")
    changes.change(add_quads(quads, graph("facts/mine")), EDITOR, "import")
    found = open_store(changes.path).oxigraph.quads_for_pattern(
        polity("arcadia"), None, quads[0].object, None
    )
    assert {quad.graph_name for quad in found} == {ADDITIONS, graph("facts/mine"), ox.DefaultGraph()}


def test_the_command_reports_and_exits_as_the_gate_says(store: Path, tmp_path: Path) -> None:
    good, bad = tmp_path / "acts-good.csv", tmp_path / "acts-bad.csv"
    good.write_bytes(CSV)
    bad.write_text(f"{HEADER}\n{row('withdrawal', 'arcadia', 'syldavia', '1999')}\n")
    run = CliRunner().invoke
    options = ["--store", str(store), "--quiet"]
    refused = run(main, ["import", *options, str(good), str(bad)])
    assert (refused.exit_code, "acts-bad.csv, row 2" in refused.output) == (1, True)
    rehearsed = run(main, ["import", *options, "--dry-run", str(good)])
    assert (rehearsed.exit_code, "Nothing was changed" in rehearsed.output) == (0, True)
    accepted = run(main, ["import", *options, str(good)])
    assert (accepted.exit_code, "Change 2" in accepted.output) == (0, True)


@pytest.mark.long
def test_ten_thousand_rows_are_imported_at_once(changes: Changes) -> None:
    rows = []
    for number in range(10_000):
        date = f"{2000 + number // 336}-{number // 28 % 12 + 1:02}-{number % 28 + 1:02}"
        rows.append(row("vote", "arcadia", "syldavia", date, f"https://votes.example/{number}"))
    changes.recover()
    add(changes, *rows)


def odd_workbook(cells: str) -> bytes:
    """A workbook whose only sheet has these rows, in XML, and says that it has as many as there can be."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook([["kind"]]))) as plain,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book,
    ):
        for entry in plain.namelist():
            data = plain.read(entry)
            if entry == "xl/worksheets/sheet1.xml":
                start, end = b"<sheetData>", b"</sheetData>"
                data = data[: data.index(start)] + start + cells.encode() + data[data.index(end) :]
                data = re.sub(rb'ref="[^"]*"', b'ref="A1:XFD1048576"', data, count=1)
            book.writestr(entry, data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("cells", "complaint"),
    [
        ('<row r="1"><c r="XFD1" t="inlineStr"><is><t>x</t></is></c></row>', "column 16,384, beyond the 200"),
        ('<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="GT2"><v>1</v></c></row>', "row 2 of Sheet"),
        ("<row>", "not an XLSX workbook"),
        ("", "the workbook is empty"),
    ],
)
def test_a_workbook_with_cells_anywhere_or_none_is_refused(cells: str, complaint: str) -> None:
    with pytest.raises(FileFormatError, match=f"acts.xlsx: .*{complaint}"):
        read("acts.xlsx", odd_workbook(cells))


def test_a_workbook_that_unfolds_to_too_much_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MOST_CELLS", 10_000)
    last = '<row r="1048576"><c r="A1048576"><v>1</v></c></row>'
    for cells in (last, "<row><c><v>1</v></c></row>" * 10_000):
        with pytest.raises(workbooks.WorkbookError, match="more than 10,000 cells"):
            workbooks.read(odd_workbook(cells))
    monkeypatch.setattr(workbooks, "MOST_UNPACKED", 10_000)
    with pytest.raises(workbooks.WorkbookError, match="unpacks to"):
        workbooks.read(odd_workbook("<row></row>" * 10_000))


def test_a_change_has_no_more_quads_than_allowed(changes: Changes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "MOST_QUADS", 5)
    with pytest.raises(FileFormatError, match=r"a change may have 5\. Send them in parts"):
        changes.change(importing.add_files([("acts.csv", CSV, None)]), EDITOR, "import")


def test_a_file_is_not_read_further_than_a_change_may_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "MOST_QUADS", 5)
    monkeypatch.setattr(importing, "MOST_ROWS", 2)
    triples = b"<a:a> <a:b> 1,2,3,4,5"
    assert len(importing.read("some.ttl", triples + b" .")) == 5
    # The error at the end is not reached.
    with pytest.raises(FileFormatError, match=r"more than 5 quads.* Send it in parts"):
        importing.read("some.ttl", triples + b",6,7,8 . nonsense")
    rows = b"kind,actor,object,date\n" + b"recognition,a,b,2001\n" * 2
    with pytest.raises(FileFormatError, match=r"acts.csv: the table has 3 rows, and a change may have 2"):
        importing.read("acts.csv", rows)


def test_of_many_problems_the_first_thousand_are_told() -> None:
    with pytest.raises(TableError) as told:
        importing.read("acts.csv", b"kind,actor,object,date\n" + b"x\n" * 5000)
    assert len(told.value.problems) == 1001
    assert "row 2:" in str(told.value.problems[0])
    assert str(told.value.problems[-1]) == "acts.csv: 4,000 more problems. Correct these first."


def test_a_change_is_warned_about_the_publishers_of_its_own_sources_only(changes: Changes) -> None:
    def warned(*lines: str) -> str:
        head = "kind,actor,object,date,source_publisher,source_title,source_kind"
        table = table_of("acts-more.csv", "\n".join([head, *lines]).encode())
        return str([str(one) for one in changes.change(add_rows([table]), EDITOR, "import", "test").warnings])

    mixed = warned(
        "recognition,borduria,syldavia,2006-06-06,Ministry,A treaty,official",
        "vote,arcadia,syldavia,2006-06-07,Ministry,A visit,press",
    )
    assert "the texts of Ministry are of different kinds" in mixed
    assert "Ministry" not in warned("vote,arcadia,syldavia,2007-07-07,Post,A report,press")
