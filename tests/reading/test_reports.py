"""Reports are read: acts, statements, and what is not proposed."""

import csv
import datetime as dt

import pyoxigraph as ox
import pytest

from comity.questions.lookup import Names
from comity.reading.reading import Reader, Reading
from comity.store.database import Store
from tests.reading.measure import FOLDER, acts_of, measure, mutual, said_in

PUBLISHED = dt.date(2024, 6, 7)  # a Friday


@pytest.fixture(scope="module")
def reader(real_store: Store) -> Reader:
    """A reader with the names of real facts."""
    return Reader(Names(real_store.oxigraph))


def read(reader: Reader, text: str) -> Reading:
    return reader.read(text, PUBLISHED)


@pytest.mark.parametrize("name", ["reports", "story"])
def test_every_act_and_speaker_of_the_reports_is_found_and_no_other(reader: Reader, name: str) -> None:
    acts, said = measure(reader, name)
    assert acts.faults == [] and said.faults == []


@pytest.mark.parametrize(
    ("name", "precision", "recall"),
    [
        ("aside", 0.95, 0.8),
        ("aside-2", 0.95, 0.8),
        ("blind-1", 0.95, 0.8),
        ("blind-2", 0.95, 0.8),
        ("blind-3", 0.95, 0.8),
        ("blind-4", 0.95, 0.8),
        ("blind-5", 0.95, 0.8),
        ("blind-6", 0.95, 0.8),
        ("blind-7", 0.95, 0.8),
        ("blind-8", 0.95, 0.8),
        ("blind-9", 0.95, 0.7),
        ("blind-10", 0.95, 0.9),
        ("blind-11", 0.95, 0.9),
        ("blind-12", 0.95, 0.8),
    ],
)
def test_what_was_mended_by_the_reports_kept_aside_stays_mended(
    reader: Reader, name: str, precision: float, recall: float
) -> None:
    acts, _ = measure(reader, name)
    assert acts.precision() >= precision and acts.recall() >= recall, acts.faults


@pytest.mark.parametrize(
    "text",
    [
        "Kenya will recognise Kosovo next week.",
        "Kenya refuses to recognise Kosovo.",
        "Kenya has not recognised Kosovo.",
        "Kenya denied that it had recognised Kosovo.",
        "Serbia urged Kenya to withdraw its recognition of Kosovo.",
        "Kenya is in talks with Kosovo on possible recognition.",
        "If Kenya recognised Kosovo, Serbia would protest.",
        "Had Kenya recognised Kosovo in 2008, much would differ.",
        "Did Kenya recognise Kosovo in 2008?",
        "Recognising Kosovo would be a mistake, Kenya's president said.",
        "Serbia claimed that Kenya had recognised Kosovo.",
        "Rumours that Kenya recognised Kosovo are untrue.",
        "Kenya recognises Kosovo's passports.",
        "Kenya may sever relations with Serbia.",
        "Kenya threatened to break off diplomatic relations with Serbia.",
        "Kenya's plan to open an embassy in Pristina was criticised.",
        "Kenya has no intention of breaking off its relations with Serbia.",
        "Serbia attacked Kenya for its decision.",
        "The ministry noted posts on social media according to which Kenya has recognised Kosovo.",
        "Chad would recognise Kosovo once Kenya had recognised it.",
        "Serbia said that Kenya had withdrawn its recognition of Kosovo, a claim which Pristina rejected.",
    ],
)
def test_what_is_planned_denied_demanded_or_supposed_is_never_proposed(reader: Reader, text: str) -> None:
    assert acts_of(read(reader, text)) == set()


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("On Monday Kenya recognised Kosovo.", "recognition kenya kosovo 2024-06-03"),
        ("Kosovo was recognised by Kenya last month.", "recognition kenya kosovo 2024-05"),
        ("Kenya's recognition of Kosovo came in 2010.", "recognition kenya kosovo 2010"),
        ("Nairobi recognised Kosovo yesterday.", "recognition kenya kosovo 2024-06-06"),
        ("Kenya's president cut ties with Chad today.", "relations_severed kenya chad 2024-06-07"),
        ("Iraq annexed Kuwait on 8 August 1990.", "annexation iraq kuwait 1990-08-08"),
        (
            "Ties between Kenya and Chad were restored in 2001.",
            "relations_restored kenya chad 2001",
        ),
        (
            "Kenya recognised Western Sahara as part of Morocco in May 2019.",
            "claim_recognised kenya morocco 2019-05",
        ),
        (
            "Kenya expelled the Serbian ambassador and broke off relations on Monday.",
            "relations_severed kenya serbia 2024-06-03",
        ),
        (
            "Kenya and Chad have decided to establish diplomatic relations with effect from 3 June 2024.",
            "relations_established kenya chad 2024-06-03",
        ),
        ("Soviet forces crossed into Hungary in November 1956.", "use_of_force soviet-union hungary 1956-11"),
        (
            "Kenya on Monday announced that it no longer recognises Kosovo.",
            "withdrawal kenya kosovo 2024-06-03",
        ),
    ],
)
def test_an_act_is_found_in_every_voice_and_its_date_is_as_exact_as_the_text(
    reader: Reader, text: str, act: str
) -> None:
    assert acts_of(read(reader, text)) == {act}


def test_each_sentence_of_the_table_tells_its_acts_and_no_other(reader: Reader) -> None:
    faults = []
    with (FOLDER / "sentences.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found = acts_of(reader.read(row["text"], dt.date.fromisoformat(row["published"])))
            wanted = mutual(set(filter(None, row["acts"].split("; "))), found)
            faults += [f"{row['text']}: {one}" for one in sorted(found ^ wanted)]
    assert faults == []


def test_a_response_names_what_it_answers(reader: Reader) -> None:
    text = "Syria recognised Abkhazia on 29 May 2018. In response, Georgia severed relations with Syria that day."
    found = {one.kind: one for one in read(reader, text).acts}
    answered = found["relations_severed"].response_to
    assert [one.reference for one in answered] == ["recognition/syria/abkhazia"]


def test_who_says_so_is_found_with_a_quotation_of_at_most_twelve_words(reader: Reader) -> None:
    text = (
        "“"
        + "one two three four five six seven eight nine ten eleven twelve thirteen” said Kenya's president."
    )
    reading = read(reader, text)
    assert said_in(reading) == {"kenya/president states"}
    assert (
        reading.statements[0].quotation == "one two three four five six seven eight nine ten eleven twelve …"
    )


def test_without_a_day_of_publication_a_weekday_has_no_date(reader: Reader) -> None:
    reading = reader.read("Kenya recognised Kosovo on Monday.")
    assert reading.acts == [] and [one.date for one in reading.undated] == [""]


def test_names_are_read_from_any_store(reader: Reader) -> None:
    bare = Reader(Names(ox.Store()))
    assert bare.read("Kenya recognised Kosovo on Monday.", PUBLISHED).acts == []
