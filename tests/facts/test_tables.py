import csv
import datetime
import itertools
import re
from collections import Counter
from pathlib import Path

import pytest

from comity.edtf import bounds
from comity.tables.sources import address_key

FACTS = Path(__file__).parents[2] / "graph" / "facts"
TABLES = sorted(path.stem for path in FACTS.glob("*.csv"))
ACTS = [name for name in TABLES if name.startswith("acts-")]
WITH_IDS = [
    *("polities", "organisations", "governments", "bodies", "people", "places"),
    *("documents", "sources", "names"),
]


def rows(name: str) -> list[dict[str, str]]:
    with (FACTS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def ids(*names: str) -> set[str]:
    return {row["id"] for name in names for row in rows(name)}


def many(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


@pytest.mark.parametrize("path", sorted(FACTS.iterdir()), ids=lambda path: path.name)
def test_files_are_plain_utf8_with_unix_lines(path: Path) -> None:
    data = path.read_bytes()
    assert not data.startswith(b"\xef\xbb\xbf") and b"\r" not in data
    assert data.endswith(b"\n") and data.decode("utf-8")


@pytest.mark.parametrize("name", TABLES)
def test_no_cell_has_blanks_around_it(name: str) -> None:
    for number, row in enumerate(rows(name), 2):
        assert all(value == value.strip() for value in row.values()), (name, number)


def test_an_id_names_one_thing_in_all_tables() -> None:
    found = [row["id"] for name in WITH_IDS for row in rows(name)]
    found += [row["statement_id"] for row in rows("statements")]
    assert [one for one, times in Counter(found).items() if times > 1] == []


@pytest.mark.parametrize("name", ACTS)
def test_actors_and_objects_of_acts_are_known(name: str) -> None:
    known = ids("polities", "organisations", "governments")
    found = {row[column] for row in rows(name) for column in ("actor", "object")}
    assert found <= known


def test_holders_of_claims_are_known() -> None:
    known = ids("polities", "organisations")
    claimants = {row["claimant"] for row in rows("status-claims")}
    holders = {holder for row in rows("successions") for holder in many(row["held_by"])}
    claimed = {holder for row in rows("polities") for holder in many(row["claimed_by"])}
    assert claimants | holders | claimed <= known


def test_a_contested_succession_names_its_holder_and_no_other_does() -> None:
    for row in rows("successions"):
        contested = row["note"].startswith("Contested")
        assert contested == bool(row["held_by"]), (row["successor"], row["predecessor"])


#: The parts by which a row names one act of several between the same parties.
ACT = ("kind", "actor", "object", "date")


def test_every_reference_of_the_story_leads_somewhere() -> None:
    known = ids(*WITH_IDS) | {row["statement_id"] for row in rows("statements")}
    acts = {"/".join((row["kind"], row["actor"], row["object"])) for name in ACTS for row in rows(name)}
    acts |= {"/".join(row[part] for part in ACT) for name in ACTS for row in rows(name)}
    columns = {
        "statements": ("speaker_id", "speaks_for", "about", "in_document", "relays", "earlier", "later"),
        "offices": ("holder", "of", "posted_to", "according_to"),
        "bodies": ("body_of", "seat", "established_by"),
        "governments": ("of", "seat"),
        "places": ("located_in",),
        "documents": ("handed_by", "handed_to", "handed_at", "depicts", "published_by", "according_to"),
        "names": ("named", "used_by", "in_document"),
        "sources": ("issued_by", "reported_in"),
    }
    for name, kinds in columns.items():
        for row, column in itertools.product(rows(name), kinds):
            for reference in many(row[column]):
                assert reference in known or reference in acts, (name, column, reference)


def test_speakers_are_people_or_bodies() -> None:
    assert {row["speaker_id"] for row in rows("statements")} <= ids("people", "bodies", "governments")
    assert {row["used_by"] for row in rows("names")} <= ids("people", "bodies")


def test_an_alias_stands_for_one_source() -> None:
    aliases = [alias for row in rows("sources") for alias in many(row["aliases"])]
    assert len(aliases) == len(set(aliases))
    reported = {name for row in rows("statements") for name in many(row["reported_by"])}
    assert reported <= set(aliases)


def test_the_news_report_is_one_source() -> None:
    for name in ACTS:
        for row in rows(name):
            assert "news report" not in row["source_publisher"].lower()
            assert "text at hand" not in row["evidence"]
    acts = [row for row in rows("acts-ukraine") if "news report of July 2022" in row["evidence"]]
    assert len(acts) == 21


@pytest.mark.parametrize("name", ["statements", "status-claims"])
def test_quotations_are_short(name: str) -> None:
    assert all(len(row["short_quotation"].split()) <= 12 for row in rows(name))


def test_incompatible_statuses_name_each_other() -> None:
    against = {row["id"]: many(row["incompatible_with"]) for row in rows("statuses")}
    for one, others in against.items():
        assert all(one in against[other] for other in others), one


def test_evidence_is_an_address_a_file_or_a_described_source() -> None:
    described = ids("sources") | {alias for row in rows("sources") for alias in many(row["aliases"])}
    form = re.compile(r"https?://\S+|[\w.-]+/[\w.-]+:\S.*")
    for name in TABLES:
        for row in rows(name):
            for entry in re.split(r";\s+", row.get("evidence", "")):
                assert not entry or entry in described or form.fullmatch(entry), (name, entry)


def test_evidence_is_a_text_of_a_publisher_and_no_file_of_a_repository() -> None:
    path_in_repository = re.compile(r"[\w.-]+/[\w.-]+:\S")
    found = [
        (name, number)
        for name in TABLES
        for number, row in enumerate(rows(name), 2)
        if any(path_in_repository.match(entry) for entry in many(row.get("evidence", "")))
    ]
    assert found == []


def test_every_source_has_a_date_or_the_day_by_which_it_was_there() -> None:
    dated = {address_key(row["url"]) for row in rows("sources")}
    aliases = {alias.casefold() for row in rows("sources") for alias in (row["id"], *many(row["aliases"]))}
    cited = [row for name in TABLES for row in rows(name) if row.get("source_url") or row.get("evidence")]
    dated |= {address_key(row["source_url"]) for row in cited if row.get("source_date")}
    named = {row.get("source_url", "") for row in cited}
    named |= {entry for row in cited for entry in re.split(r";\s+", row.get("evidence", ""))}
    known = {name for name in named if not name or name.casefold() in aliases or address_key(name) in dated}
    assert named - known == set()


def test_an_act_later_than_all_that_tell_of_it_says_why() -> None:
    dates = {row["id"]: row["date"] for row in rows("sources")}
    dates |= {alias: row["date"] for row in rows("sources") for alias in many(row["aliases"])}
    by_address = {address_key(row["url"]): row["date"] for row in rows("sources") if row["url"]}
    silent = []
    for table, (number, row) in ((name, one) for name in ACTS for one in enumerate(rows(name), 2)):
        told = [row["source_date"] or by_address.get(address_key(row["source_url"]), "")]
        told += [
            dates.get(entry) or by_address.get(address_key(entry), "")
            for entry in re.split(r";\s+", row["evidence"])
        ]
        days = [bounds(date)[1] for date in told if date]
        if days and max(days) < bounds(row["date"])[0] and not row["note"]:
            silent.append((table, number))
    assert silent == [], (
        "correct the date of the act or of its source, or say in the note how it was known before"
    )


def test_no_text_and_no_act_is_of_the_future() -> None:
    today = datetime.date.today()
    dates = [row["date"] for name in (*ACTS, "sources") for row in rows(name)]
    dates += [row["source_date"] for name in ACTS for row in rows(name)]
    assert [date for date in dates if date and bounds(date)[0] > today] == []


def test_a_stored_copy_names_the_page_that_it_copies() -> None:
    stored = re.compile(r"https://.+/https?://.+")
    copies = [row["archived_url"] for row in rows("sources") if row["archived_url"]]
    assert [copy for copy in copies if not stored.fullmatch(copy)] == []


def test_a_volume_in_a_digital_library_is_one_source() -> None:
    volume = re.compile(r"(?:books\.google\.com/books\?id=|archive\.org/details/)([^/&?]+)")
    found = Counter(
        (match[1], row["title"], row["date"])
        for row in rows("sources")
        if (match := volume.search(row["url"]))
    )
    assert [one for one, times in found.items() if times > 1] == []


def test_every_polity_and_government_has_a_name_in_the_languages_of_the_united_nations() -> None:
    named = {
        (row["polity"], row["language"].partition("-")[0]) for row in rows("polity-names") if not row["until"]
    }
    asked = itertools.product(ids("polities", "governments"), ("ar", "es", "fr", "ru", "zh"))
    assert set(asked) - named == set()


@pytest.mark.parametrize("name", ACTS)
def test_an_instrument_does_not_repeat_the_capacity(name: str) -> None:
    told = [row["instrument"] for row in rows(name) if row["capacity"]]
    assert [one for one in told if one.partition(";")[0] in ("de facto", "de jure")] == []
