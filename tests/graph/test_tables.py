"""Bad input in the tables: every complaint says what, where and how to mend it, and all come at once."""

from pathlib import Path

import pytest

from comity.errors import TableError
from comity.tables.load import assemble, load
from comity.tables.reader import decode, parse, read

from .worlds import POLITIES, acts, world


def complaints(*lines: str, polities: str = POLITIES) -> list[str]:
    with pytest.raises(TableError) as caught:
        assemble([parse("polities.csv", polities), acts("\n".join(lines))])
    return [str(problem) for problem in caught.value.problems]


def test_a_malformed_date_is_named_with_its_row_and_column() -> None:
    assert complaints("recognition,a,c,2001-02-30") == [
        "acts-test.csv, row 2, column date: '2001-02-30' is not a valid calendar day. "
        "Write YYYY-MM-DD, YYYY-MM or YYYY, followed by ~ for 'about' (for example 2022-07-13 or 1991~)."
    ]


def test_an_unknown_polity_gets_the_nearest_ids() -> None:
    assert complaints("recognition,a,easst,2001") == [
        "acts-test.csv, row 2, column object: 'easst' is not the id of a polity or organisation. "
        "Did you mean east or west?"
    ]


def test_an_unknown_kind_gets_the_kinds_there_are() -> None:
    (complaint,) = complaints("recognise,a,c,2001")
    assert "'recognise' is not allowed here. Use one of: recognition, withdrawal" in complaint


def test_all_problems_of_all_rows_are_told_at_once() -> None:
    assert len(complaints("recognition,a,c,soon", "recognition,nobody,c,2001", "recognition,,c,2001")) == 3


def test_a_missing_column_is_named() -> None:
    with pytest.raises(TableError, match=r"acts-x.csv, row 1, column object: the column is missing"):
        parse("acts-x.csv", "kind,actor,date\nrecognition,a,2001\n")


def test_a_column_that_does_not_exist_is_named() -> None:
    with pytest.raises(
        TableError, match=r"column dat: the table has no such column\. Its columns are: kind, actor"
    ):
        parse("acts-x.csv", "kind,actor,object,date,dat\n")


def test_a_row_with_a_stray_comma_is_named() -> None:
    with pytest.raises(TableError, match="row 2: the row has 5 cells, but the header has 4"):
        parse("acts-x.csv", "kind,actor,object,date\nrecognition,a,c,2001,extra\n")


def test_a_table_in_another_encoding_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "acts-x.csv"
    table.write_bytes("kind,actor,object,date\nrecognition,a,côte,2001\n".encode("latin-1"))
    with pytest.raises(TableError, match=r"acts-x\.csv, row 2: the text is not UTF-8\. Save the table"):
        read(table)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_lines_end_as_on_any_system(end: str, encoding: str) -> None:
    data = f'party,rival,since,note{end}a,b,1991,"one{end}two"{end}'.encode(encoding)
    (row,) = parse("rivals.csv", decode("rivals.csv", data))
    assert (row.line, row["since"], row["note"]) == (2, "1991", "one\ntwo")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"])
def test_wide_encodings_are_named_as_what_they_are(encoding: str) -> None:
    with pytest.raises(TableError, match=r"the text is not UTF-8\. Save the table") as error:
        decode("rivals.csv", "party,rival,since\na,b,1991".encode(encoding))
    assert len(error.value.problems) == 1


@pytest.mark.parametrize(("sign", "name"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
def test_other_separators_are_named_once(sign: str, name: str) -> None:
    with pytest.raises(TableError) as error:
        parse("rivals.csv", f"party{sign}rival{sign}since\na{sign}b{sign}1991\n")
    assert [problem.message for problem in error.value.problems] == [f"the cells are separated by {name}."]


def test_a_folder_without_tables_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="contains no tables of facts"):
        load(tmp_path)


def test_an_id_that_stands_twice_is_refused() -> None:
    assert complaints("recognition,a,b,2001", polities=POLITIES + "a,Again,un_member,,,\n") == [
        "polities.csv, row 10, column id: 'a' occurs twice. Keep one row for each id."
    ]


def test_a_contested_succession_needs_a_holder() -> None:
    table = parse(
        "successions.csv", "successor,predecessor,kind,date,held_by,note\nb,c,annexed-by,2001,,Contested.\n"
    )
    with pytest.raises(TableError, match="a contested succession is a claim, but no claimant is named"):
        world("recognition,a,c,2001", table)


@pytest.mark.parametrize("note", ["Day recalled and not read.", "From memory.", "Recalled as 6 January."])
def test_a_note_that_confesses_memory_is_refused(note: str) -> None:
    table = parse("acts-test.csv", f"kind,actor,object,date,note\nrecognition,a,c,2001,{note}\n")
    with pytest.raises(TableError, match="a fact must rest on a text that was read"):
        assemble([parse("polities.csv", POLITIES), table])


def test_an_envoy_may_be_recalled() -> None:
    table = parse(
        "acts-test.csv", "kind,actor,object,date,note\nstatement,a,c,2001,The envoy was recalled.\n"
    )
    assert assemble([parse("polities.csv", POLITIES), table]).acts


def test_what_no_successor_keeps_is_named() -> None:
    table = parse(
        "successions.csv", "successor,predecessor,kind,date,carries,evidence\nb,c,succeeds,2001,crown,A\n"
    )
    with pytest.raises(TableError, match="'crown' is not allowed here"):
        assemble([parse("polities.csv", POLITIES), table])


@pytest.mark.parametrize(
    "title",
    [
        "Page at example.org",
        "4e2870c7 1331 c9d8 2518",
        "Page:UN Treaty Series vol 138.pdf",
        "Relations of Dominica.doc",
        "https://example.org/a",
        "[Article on Cuba]",
    ],
)
def test_the_name_of_a_file_or_an_address_is_no_title(title: str) -> None:
    table = parse("acts-test.csv", f"kind,actor,object,date,source_title\nrecognition,a,c,2001,{title}\n")
    with pytest.raises(TableError, match="not the title of a text"):
        assemble([parse("polities.csv", POLITIES), table])


def test_the_name_of_the_publisher_is_no_title() -> None:
    table = parse(
        "sources.csv",
        "id,title,publisher,kind,date,url\npaper,The Post,The post,press,2001,https://post.example/a\n",
    )
    with pytest.raises(
        TableError, match=r"'The Post' is the name of the publisher, not the title of a text\."
    ):
        assemble([parse("polities.csv", POLITIES), table])


def test_an_address_that_names_its_archive_twice_is_refused() -> None:
    doubled = (
        "https://archive.example/web/20220317/https://archive.example/web/20220317/https://post.example/a"
    )
    table = parse(
        "sources.csv", f"id,title,url,archived_url\npaper,A treaty,https://post.example/a,{doubled}\n"
    )
    with pytest.raises(TableError, match=r"column archived_url: .* it names its archive twice"):
        assemble([parse("polities.csv", POLITIES), table])


def test_a_publisher_whose_texts_are_of_two_kinds_causes_a_warning() -> None:
    table = parse(
        "sources.csv",
        "id,title,publisher,kind\na,A treaty,Ministry,official\nb,A visit,Ministry,press\n"
        "c,A copy,Post,copy\nd,A report,Post,press\n",
    )
    (warning,) = assemble([parse("polities.csv", POLITIES), table]).warnings
    assert "the texts of Ministry are of different kinds: official (A treaty), press (A visit)." in str(
        warning
    )
