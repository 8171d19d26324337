"""What was read as rows of the tables, matched with what the graph has; and what cannot be read."""

import csv
import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from comity.build import facts_folder
from comity.errors import DateError
from comity.reading.intake import MOST_LETTERS, UnreadableError, as_text
from comity.reading.rows import ReportReader, Rows, Source
from comity.store.database import Store
from comity.tables.reader import known_columns
from tests.cli.test_commands import run
from tests.reading.measure import reports

SOURCE = Source("A paper", "A report", "2022-07-14", "https://paper.example/1")


@pytest.fixture(scope="module")
def reader(real_store: Store) -> ReportReader:
    """A reader of reports over a store of real facts."""
    return ReportReader(real_store.oxigraph)


def test_what_the_graph_has_is_known_another_date_contradicts_it_and_the_rest_is_new(
    reader: ReportReader,
) -> None:
    text = (
        "Syria recognised the Donetsk People's Republic last month.\n"
        "Syria recognised the Luhansk People's Republic on 1 May 2020.\n"
        "Fiji recognised the Donetsk People's Republic on Wednesday.\n"
        "North Korea severed diplomatic relations with Ukraine on 13 July.\n"
    )
    found = [(one["actor"], one["object"], one["known"]["state"]) for one in reader.read(text, SOURCE).acts]
    assert found == [
        ("syria", "donetsk-peoples-republic", "known"),
        ("syria", "luhansk-peoples-republic", "contradicts"),
        ("fiji", "donetsk-peoples-republic", "new"),
        ("north-korea", "ukraine", "contradicts"),
    ]


def test_an_act_without_a_date_is_listed_apart_for_the_curator_to_complete(reader: ReportReader) -> None:
    rows = reader.read("Fiji recognised Abkhazia, and Vanuatu did so in May 2011.", SOURCE)
    assert [(one["actor"], one["date"]) for one in rows.acts] == [("vanuatu", "2011-05")]
    assert [(one["actor"], one["date"], one["confidence"]) for one in rows.undated] == [("fiji", "", "low")]


def test_rows_have_the_columns_of_the_tables_and_the_place_in_the_text(reader: ReportReader) -> None:
    text = "Fiji recognised Abkhazia on Wednesday, its foreign minister said."
    rows = reader.read(text, SOURCE)
    (act,), (said,) = rows.acts, rows.statements
    beside = {"reasons", "sentence", "span", "also", "known"}
    assert set(act) - beside <= set(known_columns("acts"))
    beside |= {"name", "confidence"}
    assert set(said) - beside <= set(known_columns("statements"))
    assert text[act["span"]["start"] : act["span"]["end"]] == "Fiji recognised Abkhazia"
    assert act["source_url"] == SOURCE.url and act["date"] == "2022-07-13"
    assert said["speaks_for"] == "fiji" and said["about"] == "recognition/fiji/abkhazia/2022-07-13"


@pytest.fixture(scope="module")
def story(reader: ReportReader) -> Rows:
    """What is read of a text that states what the report of July 2022 states."""
    (report,) = reports("story")
    return reader.read(report["text"], SOURCE)


def test_the_first_story_has_the_speakers_of_its_tables(story: Rows) -> None:
    rows = story
    with (facts_folder() / "statements.csv").open(encoding="utf-8", newline="") as file:
        told = {row["speaker_id"] for row in csv.DictReader(file) if row["statement_id"].startswith("s")}
    found = {one.get("speaker_id", "") for one in rows.statements}
    # The government of a state and its capital speak for the state itself.
    found |= {f"government-of-{one['speaks_for']}" for one in rows.statements if one.get("speaks_for")}
    assert told <= found | {"donetsk-separatist-authorities"}, told - found
    answered = {one.get("in_response_to") for one in rows.acts if one["kind"] == "relations_severed"}
    assert answered == {
        "recognition/north-korea/donetsk-peoples-republic;recognition/north-korea/luhansk-peoples-republic"
    }


Acts = set[tuple[str, str, str]]
DONETSK, LUHANSK = "donetsk-peoples-republic", "luhansk-peoples-republic"


def told(story: Rows, kind: str = "") -> Acts:
    """The acts of the story that are proposed, of one kind or of all."""
    return {(one["kind"], one["actor"], one["object"]) for one in story.acts if kind in ("", one["kind"])}


def quoting(story: Rows, words: str) -> set[str]:
    """Those whose words are quoted; no act that is proposed may say them."""
    assert not any(words in " ".join(map(str, one.values())) for one in story.acts)
    return {one["name"] for one in story.statements if words in one.get("short_quotation", "")}


#: What the first story denies, or leaves to those who say it, by the number of the denial in `tests/story`.
DENIALS: dict[str, Callable[[Rows], bool]] = {
    "N01": lambda story: (
        not any(f"is a {word}" in one["sentence"] for one in story.acts for word in ("state", "country"))
    ),
    "N02": lambda story: quoting(story, "occupied") == {"ukraine/foreign ministry"},
    "N03": lambda story: not any(one[1:] == ("russia", "north-korea") for one in told(story)),
    "N04": lambda story: quoting(story, "allies") == {"ukraine/foreign minister"},
    "N05": lambda story: quoting(story, "letter of recognition") == {"olga-makeyeva"},
    "N06": lambda story: not told(story, "relations_established") | told(story, "accreditation"),
    "N07": lambda story: (
        told(story, "use_of_force") == {("use_of_force", "russia", "ukraine")}
        and not any(one.get("note") for one in story.acts)
    ),
    "N08": lambda story: told(story, "annexation") == {("annexation", "russia", "crimea-republic")},
    "N09": lambda story: "donetsk-peoples-republic" in quoting(story, "embassy"),
    "N10": lambda story: not told(story, "non_recognition"),
    "N11": lambda story: (
        told(story, "relations_severed") == {("relations_severed", "ukraine", "north-korea")}
    ),
    "N12": lambda story: ("representation_opened", LUHANSK, "russia") not in told(story),
    "N13": lambda story: not any(one.get("instrument") for one in story.acts),
    "N14": lambda story: not any(one["date"].startswith("2022-07-14") for one in story.acts),
    "N15": lambda story: ("relations_severed", "north-korea", "ukraine") not in told(story),
    "N16": lambda story: not any("donbas" in one for one in told(story)),
    "N17": lambda story: not any("in_response_to" in one for one in story.acts if one["actor"] == "syria"),
    "N18": lambda story: not any(one["name"] == "north-korea/foreign minister" for one in story.statements),
}


@pytest.mark.parametrize("number", DENIALS)
def test_none_of_the_denials_of_the_first_story_is_proposed(story: Rows, number: str) -> None:
    assert DENIALS[number](story)


def test_every_denial_of_the_first_story_is_looked_at() -> None:
    file = Path(__file__).parents[1] / "story" / "denials.toml"
    assert set(DENIALS) == {one["id"] for one in tomllib.loads(file.read_text("utf-8"))["question"]}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "There is no text"),
        (b" \n\t", "There is no text"),
        (b"x " * MOST_LETTERS, "at most 200,000 are read"),
        (b"\x00\x01\x02report", "binary file"),
        (b"\xff\xfe\x00", "not a text in UTF-8"),
        (b"<html><script>alert(1)</script></html>", "markup"),
        (b"<p>Kenya</p><b>recognised</b><i>Kosovo</i>", "markup"),
    ],
)
def test_what_is_no_text_is_refused_with_a_sentence(data: bytes, words: str) -> None:
    with pytest.raises(UnreadableError, match=words):
        as_text(data)


def test_a_text_in_another_language_gives_its_names_and_says_so(reader: ReportReader) -> None:
    text = "Die Ukraine bricht die Beziehungen zu Nordkorea ab, nachdem dieses die Republik Abkhazia anerkannt hat."
    rows = reader.read(text, SOURCE)
    assert rows.acts == [] and "not seem to be English" in rows.notes[0]
    assert {"ukraine", "abkhazia"} <= {party for one in rows.mentions for party in one.get("ids", ())}


def test_a_date_that_is_none_is_refused(reader: ReportReader) -> None:
    with pytest.raises(DateError):
        reader.read("Kenya recognised Kosovo.", Source(date="yesterday"))


def test_the_command_reads_standard_input_and_writes_rows(real_path: Path) -> None:
    text = "Fiji recognised Abkhazia on Wednesday. Tonga will recognise it."
    words = ("read", "--published", "2022-07-14", "--title", "A report", "--format", "json", "-")
    found = json.loads(run(*words, store=real_path, stdin=text).stdout)
    assert [(one["actor"], one["date"], one["source_title"]) for one in found["acts"]] == [
        ("fiji", "2022-07-13", "A report")
    ]
    assert "There is no text" in run("read", store=real_path, stdin="", code=1).stderr
