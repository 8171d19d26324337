"""Search finds things by any of their names, however they are written."""

import re

import pytest
from flask.testing import FlaskClient

from comity.questions.spelling import fold
from comity.server.web.models.graph_reader import GraphReader

NAMES = {
    "Kosovo": "kosovo",
    "kosova": "kosovo",
    "Kosvo": "kosovo",
    "Косово": "kosovo",
    "Saharawi Republic": "sahrawi-republic",
    "Lugansk": "luhansk-peoples-republic",
    "DPRK": "north-korea",
    "Deutschland": "germany",
    "ألمانيا": "germany",
    "日本": "japan",
    "대한민국": "south-korea",
    "Cote dIvoire": "cote-divoire",
    "Sao Tome": "sao-tome-and-principe",
    "Untied Kingdom": "united-kingdom",
}


@pytest.mark.parametrize("text", NAMES)
def test_a_name_in_any_spelling_finds_its_polity(text: str, known: GraphReader) -> None:
    hits = known.names.search(text)
    assert hits[0].iri.endswith("/polity/" + NAMES[text]), [hit.name for hit in hits[:4]]


def test_nonsense_finds_nothing(known: GraphReader) -> None:
    assert known.names.search("xyzzyx qqq") == []
    assert known.names.search("?!") == []


def test_folding_keeps_letters_only() -> None:
    assert fold("  Côte d’Ivoire! ") == "cote divoire"


def test_the_page_lists_things_questions_and_acts(client: FlaskClient) -> None:
    text = client.get("/search?q=kosovo", headers={"Accept": "text/html"}).get_data(as_text=True)
    assert text.index('href="/polity/kosovo"') < text.index('href="/act/')


def test_completion_keeps_to_its_kind(client: FlaskClient) -> None:
    found = client.get("/complete?type=organisation&q=united").get_json()
    assert found and all("/organisation/" in one["iri"] for one in found)


@pytest.mark.parametrize("day", ["13 July 2022", "2022-07-13"])
def test_an_act_is_found_and_asked_about_by_its_name(
    client: FlaskClient, known: GraphReader, day: str
) -> None:
    name = f"North Korea recognises the Donetsk People's Republic, {day}"
    iri = "https://w3id.org/comity/act/recognition/north-korea/donetsk-peoples-republic/2022-07-13"
    assert known.names.find(name, "act").value == iri
    found = client.get("/complete", query_string={"type": "act", "q": name}).get_json()
    assert [one["name"] for one in found] == [
        "North Korea recognises the Donetsk People's Republic, 13 July 2022"
    ]
    asked = client.get("/questions/responses-to", query_string={"act": name}, headers={"Accept": "text/html"})
    assert 'value="North Korea recognises the Donetsk People&#39;s Republic, 13 July 2022"' in asked.text


@pytest.mark.parametrize(
    ("text", "told", "page"),
    [
        ("who recognises Kosovo?", "parties are known to recognise Kosovo, ", "/polity/kosovo#recognised-by"),
        (
            "Which countries have withdrawn recognition of Kosovo",
            "Central African Republic, ",
            "/questions/withdrawals?object=kosovo",
        ),
        (
            "which EU members do not recognise Kosovo",
            "Cyprus, Greece, Romania, Slovakia and Spain.",
            "/polity/kosovo#blocs",
        ),
        (
            "which members of the European Union don't recognise Palestine",
            "are not known to recognise Palestine: Austria",
            "/polity/palestine#blocs",
        ),
        (
            "how many EU members recognise Kosovo",
            "22 of the 27 members of the European Union are known to recognise Kosovo: Austria",
            "/polity/kosovo#blocs",
        ),
        (
            "who recognises Somaliland",
            "1 party is known to recognise Somaliland: Israel, a member of the United Nations.",
            "/polity/somaliland#recognised-by",
        ),
        (
            "who recognises both Kosovo and Abkhazia",
            "1 party is known to recognise both Kosovo and Abkhazia: Syria.",
            "/questions/recognisers-of-two?object=kosovo&amp;object_2=abkhazia&amp;show=both",
        ),
        (
            "when did the United States recognise Israel",
            "The United States has recognised Israel since 14 May 1948, by declaration.",
            "/between/united-states/israel",
        ),
        (
            "when did Ukraine recognise Palestine",
            "continuing an earlier recognition: the Ukrainian SSR recognised Palestine, 19 November 1988.",
            "/between/ukraine/palestine",
        ),
        (
            "what does Russia say about Kosovo",
            "Russia holds that Kosovo is not a sovereign state",
            "/questions/compare-perspectives?object=kosovo&amp;party=russia",
        ),
        (
            "is Kosovo a state?",
            "Comity asserts no status. 107 parties are known to recognise Kosovo, and ",
            "/polity/kosovo#status",
        ),
        (
            "who withdrew recognition of Kosovo",
            "Another party denies 9 of these withdrawals: Burundi, the Comoros, ",
            "/questions/withdrawals?object=kosovo",
        ),
        ("whom does Nauru recognise", "Nauru is known to recognise ", "/polity/nauru#recognises"),
        (
            "which states does Serbia not recognise",
            "It says that these are not sovereign states: Kosovo",
            "/polity/serbia#own",
        ),
        (
            "countries recognising Somaliland",
            "1 party is known to recognise Somaliland: Israel",
            "/polity/somaliland#recognised-by",
        ),
        (
            "did anyone recognise Biafra",
            "Biafra has ended. On its last day, 14 January 1970, 5 parties were known to recognise it: Gabon",
            "/polity/biafra#ended",
        ),
        (
            "which countries recognise neither Kosovo nor Palestine",
            " of the members of the United Nations are known to recognise neither Kosovo nor Palestine",
            "/questions/recognisers-of-two?object=kosovo&amp;object_2=palestine",
        ),
        ("what is the status of Crimea", "Comity asserts no status. ", "/polity/crimea-republic#status"),
        (
            "African Union members that do not recognise Kosovo",
            " members of the African Union are not known to recognise Kosovo",
            "/polity/kosovo#blocs",
        ),
    ],
)
def test_a_question_in_words_is_answered_by_a_sentence(
    client: FlaskClient, text: str, told: str, page: str
) -> None:
    shown = client.get("/search", query_string={"q": text}, headers={"Accept": "text/html"}).text
    assert told in shown.partition('<p class="lead">')[2].partition("</p>")[0]
    assert f'href="{page}"' in shown


@pytest.mark.parametrize("text", ["who recognises Nowhereland", "of Kosovo", "who denies Atlantis"])
def test_what_is_not_understood_is_not_answered(client: FlaskClient, text: str) -> None:
    shown = client.get("/search", query_string={"q": text}, headers={"Accept": "text/html"}).text
    assert "known to recognise" not in shown and "recognition between" not in shown


@pytest.mark.parametrize(
    ("text", "told", "not_told"),
    [
        (
            "does Serbia pay tolls to Kosovo",
            "The question was not understood. It names Serbia and Kosovo",
            "Nothing has",
        ),
        ("Taliban", "“Taliban government” government", "Liban"),
        ("Israel", "The timeline of Israel", "votes on"),
        ("why does Serbia not recognise Kosovo", "Serbia and Kosovo.", "not understood"),
        ("Serbia Kosvo", "Serbia and Kosovo.", "not understood"),
        ("does Frnace recognise Tiawan", "France and Taiwan.", "not understood"),
        ("Frnace beats Tiawan", "not understood", "France and Taiwan."),
        ("Korea", "North Korea", "The timeline of"),
        ("who recognises Korea", "South Korea", "known to recognise"),
        (
            "who recognised Kosovo yesterday or so",
            "The question was not understood. It names Kosovo.",
            "Nothing has",
        ),
        ("rules of chess openings", "The question was not understood.", "Nothing has"),
        ("quux zzyzx", "Nothing has this name.", "near"),
    ],
)
def test_a_search_says_what_was_meant_or_named(
    client: FlaskClient, text: str, told: str, not_told: str
) -> None:
    page = client.get("/search", query_string={"q": text}, headers={"Accept": "text/html"})
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page.get_data(as_text=True).partition("<main")[2]))
    assert told in words and not_told not in words


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "who recognised Kosovo on 1 January 2010",
            "On 1 January 2010: 66 parties are known to recognise Kosovo",
        ),
        ("who recognised Kosovo in 2008", "In 2008, 5"),
        ("which countries recognised Palestine in 2025", "In 2025, 11 parties recognised Palestine"),
        ("who broke relations with Israel", "broken off or suspended: "),
        (
            "who froze recognition of Kosovo",
            "2 parties have frozen recognition of Kosovo: Grenada and Palau.",
        ),
        (
            "who was the first to recognise Palestine",
            "The first recognition of Palestine that is known is of 15 November 1988: ",
        ),
        (
            "did Serbia recognise Kosovo in 2010",
            "On 31 December 2010: Serbia held that Kosovo was not a sovereign",
        ),
        (
            "countries that do not recognise Israel",
            "members of the United Nations are not known to recognise Israel",
        ),
        (
            "does anyone recognise Transnistria",
            "2 parties are known to recognise Transnistria: Abkhazia and South",
        ),
        ("is Somaliland recognised", "1 party is known to recognise Somaliland: Israel"),
        ("who recognises Abkhazia but not Kosovo", "known to recognise Abkhazia and not Kosovo: "),
        ("who has relations with Taiwan", "parties are known to have diplomatic relations with Taiwan: "),
        (
            "which countries switched from Taiwan to China since 2016",
            "from Taiwan to China since 2016: Nauru (15 January",
        ),
        (
            "is Palestine a member of the UN",
            "Palestine has been an observer in the United Nations since 29 November 2012.",
        ),
        (
            "is Kosovo a member of the European Union",
            "Kosovo is not known to be a member of the European Union.",
        ),
        ("when did Germany and Israel establish relations", "Germany and Israel recognise each other"),
        ("has Serbia ever recognised Kosovo", "Serbia holds that Kosovo is not a sovereign state"),
        ("who recognised Kosovo on 99 January 2010", "It names Kosovo."),
    ],
)
def test_a_question_in_words_may_name_a_day_and_what_was_done(
    client: FlaskClient, text: str, told: str
) -> None:
    page = client.get("/search", query_string={"q": text}, headers={"Accept": "text/html"})
    assert told in re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page.get_data(as_text=True)))
