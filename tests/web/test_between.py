"""The page of a pair: a sentence that answers, who recognises whom, relations, and what passed between the two."""

import html
import re
from html import unescape

import pytest
from flask.testing import FlaskClient

from comity.server.web.models.records import Act


def test_what_is_short_of_recognition_is_not_silence(client: FlaskClient) -> None:
    page = client.get("/between/belgium/palestine?as_of=2026-01-01", headers={"Accept": "text/html"}).text
    assert "Belgium recognised Palestine on a condition, 22 September 2025; no full recognition" in page


def lead(client: FlaskClient, address: str) -> str:
    answer = client.get(address, headers={"Accept": "text/html"})
    assert answer.status_code == 200, address
    found = re.search(r'<p class="lead">(.*?)</p>', answer.get_data(as_text=True), re.DOTALL)
    assert found
    return html.unescape(re.sub(r"<[^>]+>", "", found[1]).strip())


@pytest.mark.parametrize(
    ("pair", "told"),
    [
        (
            "ukraine/north-korea",
            "Ukraine and North Korea recognise each other. Diplomatic relations between them have been broken off "
            "since 13 July 2022.",
        ),
        ("austria/kosovo", "Austria and Kosovo recognise each other and have had diplomatic relations since"),
        ("serbia/kosovo", "Serbia holds that Kosovo is not a sovereign state (autonomous entity of Serbia)."),
        (
            "ukraine/north-korea?as_of=2010-01-01",
            "On 1 January 2010: Ukraine and North Korea recognised each other and",
        ),
        ("papua-new-guinea/kosovo", "no longer recognises"),
        (
            "abkhazia/sahrawi-republic",
            "Nothing is known of recognition between Abkhazia and the Sahrawi Republic",
        ),
    ],
)
def test_the_first_sentence_says_how_two_parties_stand(client: FlaskClient, pair: str, told: str) -> None:
    assert told in lead(client, f"/between/{pair}")


def test_a_party_that_ended_is_shown_as_of_its_last_day(client: FlaskClient) -> None:
    address = "/between/donetsk-peoples-republic/russia"
    assert lead(client, address).startswith("On ")
    text = client.get(address, headers={"Accept": "text/html"}).get_data(as_text=True)
    assert "is listed until 30 September 2022." in text


def test_what_an_earlier_state_did_stands_apart_with_whose_act_it_was(client: FlaskClient) -> None:
    text = client.get("/between/ukraine/palestine", headers={"Accept": "text/html"}).get_data(as_text=True)
    words = " ".join(html.unescape(re.sub(r"<[^>]+>", "", text.partition('id="before"')[2])).split())
    assert "Ukraine continues the Ukrainian SSR (24 August 1991)." in words
    assert "19 November 1988 The Ukrainian SSR recognised Palestine" in words
    assert "Ukrainian SSR recognised" not in text.partition('id="before"')[0]


@pytest.mark.parametrize(
    ("kind", "note", "said"),
    [
        ("vote", "Voted in favour: admission.", ", in favour: admission."),
        ("vote", "Abstained: admission.", ", abstained: admission."),
        ("statement", "Denounces the decision.", ": Denounces the decision."),
        ("recognition", "By a note.", ""),
    ],
)
def test_the_sentence_of_a_vote_goes_on_with_how_it_was_cast(kind: str, note: str, said: str) -> None:
    assert Act("", kind, "", "", "2011", "", "", "Ukraine voted on Palestine", note).said == said


def test_names_lead_to_the_address_with_ids(client: FlaskClient) -> None:
    answer = client.get("/between?one=DPRK&other=Ukraine&as_of=2022-07-14")
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith("/between/north-korea/ukraine?as_of=2022-07-14")


@pytest.mark.parametrize(("pair", "status"), [("atlantis/kosovo", 404), ("kosovo/kosovo", 400)])
def test_what_names_no_pair_is_refused_with_a_cure(client: FlaskClient, pair: str, status: int) -> None:
    answer = client.get(f"/between/{pair}", headers={"Accept": "application/json"})
    assert answer.status_code == status and answer.get_json()["hint"]


def test_the_files_hold_the_acts_between_the_two(client: FlaskClient) -> None:
    told = client.get("/between/ukraine/north-korea?format=json").get_json()
    assert [one["recognises"] for one in told["recognition"]] == [True, True]
    assert [one["state"] for one in told["relations"]] == ["Diplomatic relations", "Relations broken off"]
    assert all(one["sources"] for one in told["acts"])
    rows = client.get("/between/ukraine/north-korea?format=csv").get_data(as_text=True).splitlines()
    assert len(rows) == len(told["acts"]) + 1 and any(
        row.startswith("2022-07-13,relations_severed") for row in rows
    )


def test_missions_and_envoys_have_a_section_before_the_acts(client: FlaskClient) -> None:
    address = "/between/donetsk-peoples-republic/russia"
    page = unescape(client.get(address, headers={"Accept": "text/html"}).text)
    section = page.partition('id="missions"')[2].partition("</section>")[0]
    assert "The Donetsk People's Republic opened a representation in Russia" in section
    assert "Representation of the Donetsk People's Republic in Moscow" in section
    assert "Olga Makeyeva" in section and "attested on" in section
    assert 0 < page.index('id="relations"') < page.index('id="missions"') < page.index('id="history"')
    told = client.get(f"{address}?format=json").get_json()
    assert told["missions"][0]["act"].endswith(
        "/representation_opened/donetsk-peoples-republic/russia/2022-07-12"
    )
    assert any("olga-makeyeva" in one["office"] for one in told["envoys"])


def test_a_pair_without_a_known_mission_has_no_section_of_them(client: FlaskClient) -> None:
    page = client.get("/between/serbia/kosovo", headers={"Accept": "text/html"}).text
    assert 'id="relations"' in page and 'id="missions"' not in page


@pytest.mark.parametrize(
    ("asked", "address"),
    [
        ("does Ukraine recognise North Korea?", "/between/ukraine/north-korea"),
        ("Serbia Kosovo", "/between/serbia/kosovo"),
        ("when did Ukraine break with Russia", "/between/ukraine/russia"),
        ("Bosnia and Herzegovina and Serbia", "/between/bosnia-and-herzegovina/serbia"),
    ],
)
def test_two_parties_in_a_search_lead_to_their_page(client: FlaskClient, asked: str, address: str) -> None:
    text = client.get("/search", query_string={"q": asked}, headers={"Accept": "text/html"}).get_data(
        as_text=True
    )
    assert f'<p class="lead"><a href="{address}">' in text


def test_a_search_for_a_state_that_ended_tells_how_the_two_stood_on_its_last_day(client: FlaskClient) -> None:
    asked = {"q": "does the Soviet Union recognise Estonia"}
    text = client.get("/search", query_string=asked, headers={"Accept": "text/html"}).get_data(as_text=True)
    assert "On 25 December 1991, the last day on which both existed: The Soviet Union had recognised" in text
    dated = client.get(
        "/search", query_string=asked | {"as_of": "1991-10-01"}, headers={"Accept": "text/html"}
    )
    assert "the last day on which both existed" not in dated.get_data(as_text=True)


def test_a_question_about_one_party_finds_it(client: FlaskClient) -> None:
    text = client.get("/search?q=who+recognises+Kosovo", headers={"Accept": "text/html"}).get_data(
        as_text=True
    )
    assert 'href="/polity/kosovo"' in text and "/questions/who-recognises?object=kosovo" in text


def test_a_continued_recognition_is_dated_by_its_continuation_not_by_later_relations(
    client: FlaskClient,
) -> None:
    page = client.get("/between/ukraine/palestine", headers={"Accept": "text/html"}).text
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))
    assert "Ukraine recognises Palestine" in text
    assert re.search(r"since 24 August 1991 \([^)]*Ukrain[^)]*\)", text)
