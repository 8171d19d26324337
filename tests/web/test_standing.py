"""What pages say of recognition is what snapshots hold; silence is told from refusal, and how far the tables reach."""

import re
from html import unescape
from itertools import pairwise

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from comity.edtf import in_words, order
from comity.export.dyads import Dyads
from comity.questions.questions import questions
from comity.server.web.figures import charts
from comity.server.web.figures.map import LEGEND
from comity.server.web.models import recognition, records
from comity.server.web.models.graph_reader import GraphReader
from comity.server.web.models.stories import polity_iri as iri


def page(client: FlaskClient, address: str) -> str:
    return client.get(address, headers={"Accept": "text/html"}).get_data(as_text=True)


DAYS = ["1975-06-01", "1991-12-31", "2010-01-01", "2022-07-14", "2024-01-01"]
READINGS = ("certain", "possible")


@pytest.mark.parametrize("day", DAYS)
def test_standings_are_those_of_the_snapshots(day: str, known: GraphReader) -> None:
    pairs = {
        reading: {(a.value, b.value) for a, b in known.pairs(day, reading, "recognises")}
        for reading in READINGS
    }
    for polity in sorted(known.kinds)[::3]:
        for recognised in (True, False):
            found = recognition.standings(known, polity, day, recognised)
            for reading in READINGS:
                ours = {one.party for one in found if one.certain or reading == "possible"}
                theirs = {
                    a if recognised else b for a, b in pairs[reading] if (b if recognised else a) == polity
                }
                assert ours == theirs, (polity, recognised, reading)


@pytest.mark.parametrize("polity", ["kosovo", "taiwan", "palestine", "sahrawi-republic", "east-germany"])
def test_the_curve_passes_through_the_number_of_each_day(polity: str, known: GraphReader) -> None:
    points = recognition.counts(known, iri(polity))
    for day in DAYS:
        number = next((count for when, count in reversed(points) if when <= day), 0)
        certain = [one for one in recognition.standings(known, iri(polity), day) if one.certain]
        assert number == len(certain)


def test_what_ended_ended_by_an_act_or_with_its_party(known: GraphReader) -> None:
    ended = recognition.endings(known, iri("kosovo"), "2010-01-01", "2024-01-01")
    assert {one.party for one in ended} >= {iri("comoros"), iri("maldives")} - {iri("maldives")}
    assert all(one.act is not None and one.act.sources for one in ended)
    reasons = {one.reason for one in recognition.endings(known, iri("taiwan"), "", "2024-01-01")}
    assert "rival government" in reasons


@pytest.mark.parametrize("other", ["russia", "syria", "north-korea"])
def test_breaking_off_relations_is_shown_as_a_state_of_its_own_and_ends_no_recognition(
    other: str, client: FlaskClient
) -> None:
    text = page(client, "/polity/ukraine?as_of=2022-07-14")
    broken = text.partition('id="broken"')[2].partition("</ul>")[0]
    assert "Ukraine still recognised these" in broken
    (line,) = [one for one in broken.split("<li>") if f'href="/polity/{other}?' in one]
    assert "broken off since" in line
    told = client.get("/map?by=ukraine&as_of=2022-07-14&format=json").get_json()["polities"]
    assert told[other]["class"] == "broken" and "relations broken off since" in told[other]["words"]
    query = f"/matrix?polities=ukraine;{other}&as_of=2022-07-14"
    cells = client.get(query, headers={"Accept": "application/json"}).get_json()
    (cell,) = [one for one in cells if one["recogniser"] == iri("ukraine")]
    assert cell["basis"] == "broken" and cell["since"]
    assert f"broken off, since {in_words(cell['since'])}: all between the two" in page(client, query)


def test_a_party_that_recognises_and_refuses_is_shown_as_contradictory(
    client: FlaskClient, known: GraphReader
) -> None:
    day = "2022-07-14"
    pairs = known.pairs(day, "certain", "contradictory")
    assert (ox.NamedNode(iri("iran")), ox.NamedNode(iri("israel"))) in pairs
    for one, other in pairs:
        text = page(client, f"/polity/{other.value.rpartition('/')[2]}?as_of={day}")
        part = text.partition('id="contradictory"')[2].partition("</p>")[0]
        assert one.value.rpartition("/")[2] in part
        told = client.get(f"/map?of={other.value.rpartition('/')[2]}&as_of={day}&format=json").get_json()
        assert told["polities"][one.value.rpartition("/")[2]]["class"] == "contradictory"


def test_silence_is_its_own_class_on_the_map(client: FlaskClient) -> None:
    told = client.get("/map?of=kosovo&as_of=2010-01-01&format=json").get_json()["polities"]
    assert told["albania"]["class"] == "yes"
    assert told["serbia"]["class"] == "no"
    assert told["bolivia"]["class"] == "silent"
    assert set(LEGEND) >= {one["class"] for one in told.values()}


@pytest.mark.parametrize("day", DAYS)
def test_pages_panels_and_questions_have_one_notion_of_refusal(day: str, known: GraphReader) -> None:
    dyads = Dyads(known.store)
    panels = {(pair[0].value, pair[1].value) for pair, found in dyads.on(day) if found.refuses == "certain"}
    asked = questions()["refusals"]
    for polity in [*sorted(known.kinds)[::5], iri("kosovo"), iri("northern-cyprus"), iri("israel")]:
        if dyads.parties[ox.NamedNode(polity)].surely_ended <= day:
            continue  # the claim goes on, and there is nothing left to hold a standing towards
        held = recognition.stances(records.claims_about(known, polity), day)
        ours = {party for party, claim in held.items() if claim.refuses}
        assert ours == {one for one, other in panels if other == polity}, polity
        text = asked.bind(known.store, {"object": polity, "as_of": day})
        assert ours == {row["claimant"] for row in known.rows(text)} - {polity}, polity


def test_a_claim_that_leaves_the_status_open_is_told_apart_from_a_refusal(client: FlaskClient) -> None:
    told = client.get("/map?of=abkhazia&as_of=2022-07-14&format=json").get_json()["polities"]
    assert told["georgia"]["class"] == "no"
    text = client.get("/polity/kosovo?as_of=2010-01-01", headers={"Accept": "text/html"}).get_data(
        as_text=True
    )
    refusing, other = text.partition('id="otherwise"')[::2]
    assert "/claim/serbia/kosovo/" in refusing.partition('id="refusing"')[2]
    assert "/claim/council-of-europe/kosovo/" in other.partition("</p>")[0]


def test_a_page_of_silence_says_so(client: FlaskClient) -> None:
    text = client.get("/polity/ambazonia?as_of=2020-01-01", headers={"Accept": "text/html"}).get_data(
        as_text=True
    )
    assert "That is silence, not refusal." in text


def test_a_disputed_withdrawal_is_marked_and_counted_both_ways(client: FlaskClient) -> None:
    whole = page(client, "/polity/kosovo")
    text = whole.partition('id="ended"')[2].partition("</table>")[0]
    (row,) = [one for one in text.split("<tr>") if ">Suriname<" in one]
    assert ">disputed</a>" in row and ">Grenada<" not in text  # Its recognition is frozen, which is no end.
    found = re.search(r"(\d+) of these ends are disputed: with them, (\d+) would recognise it", text)
    number = re.search(r'<span class="figure-number">(\d+)</span>', whole.partition('id="recognised-by"')[2])
    assert found and number
    assert int(found[2]) == int(number[1]) + int(found[1]) and int(found[1]) == text.partition("</table>")[
        0
    ].count(">disputed</a>")


@pytest.mark.parametrize(
    ("address", "told"),
    [
        (
            "/polity/donetsk-peoples-republic",
            "It is listed until 30 September 2022; until then 6 parties recognised it.",
        ),
        ("/polity/biafra", "It is listed until 15 January 1970; until then 5 parties recognised it."),
        ("/polity/kosovo?as_of=1990-01-01", "It is listed only from 17 February 2008 on."),
    ],
)
def test_a_polity_outside_its_time_is_no_silence(client: FlaskClient, address: str, told: str) -> None:
    text = page(client, address)
    assert told in text and "silence, not refusal" not in text.partition('id="coverage"')[0]


def test_the_head_of_a_statement_names_who_says_it(client: FlaskClient) -> None:
    assert "<h1>Ministry of Foreign Affairs of Ukraine: " in page(client, "/statement/s03")


def test_a_chart_marks_the_day_and_is_described() -> None:
    svg = charts.steps(
        [("2008-02-17", 1), ("2009-01-01", 5)], "2008-06-01", "2010-01-01", "A <title>", "table"
    )
    assert 'aria-describedby="table"' in svg and "A &lt;title&gt;" in svg
    assert svg.count('class="here"') == 1
    assert "<title>1 from 17 February 2008</title>" in svg and "<title>5 from 1 January 2009</title>" in svg


def test_the_front_page_lists_members_of_the_united_nations_that_some_do_not_accept(
    client: FlaskClient,
) -> None:
    told = words(client, "/?as_of=2022-07-14").partition("that some do not accept")[2]
    assert re.search(r"Israel *\d+.*Armenia *\d+ *Pakistan.*Cyprus *\d+ *Turkey \(its government\)", told)
    assert "Ukraine" not in told.partition("As a question")[0]


def test_words_of_a_claim_are_dated_by_their_source_and_not_by_the_claim(client: FlaskClient) -> None:
    told = words(client, "/polity/kosovo?as_of=2024-01-01").partition("In their words")[2]
    assert "Russia: part of Serbia, held since 17 February 2008; " in told
    assert "Russia, 17 February 2008" not in told


def words(client: FlaskClient, address: str) -> str:
    text = client.get(address, headers={"Accept": "text/html"}).get_data(as_text=True)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text))


def test_the_reach_of_a_party_is_that_of_its_acts(known: GraphReader) -> None:
    found = records.reach(known, records.acts_of(known, iri("kosovo")))
    acts = records.acts_of(known, iri("kosovo"))
    assert found.acts == len(acts) and "acts-kosovo" in found.tables
    assert found.newest_act == max((act.edtf for act in acts), key=order)
    assert found.newest_source in {source.published for act in acts for source in act.sources}


def test_every_table_of_acts_has_a_reach(client: FlaskClient, known: GraphReader) -> None:
    text = page(client, "/graph")
    rows = re.findall(r"/graph/facts/(acts-[\w-]+)\">.*?</th>(.*?)</tr>", text, re.DOTALL)
    assert len(rows) > 8 and all(re.search(r"\d</td>.*\d{4}", cells, re.DOTALL) for _, cells in rows)
    assert in_words(records.newest_source(known)) in "".join(cells for _, cells in rows)


def test_lists_and_maps_say_how_far_they_go(client: FlaskClient, known: GraphReader) -> None:
    found = records.reach(known, records.acts_of(known, iri("kosovo")))
    for address in ("/polity/kosovo", "/map?of=kosovo"):
        text = words(client, address)
        assert f"the newest of {in_words(found.newest_act)}" in text
        assert "Silence means: no act in these tables; their coverage" in text
    assert f"The newest source of an act is dated {in_words(records.newest_source(known))}." in words(
        client, "/matrix"
    )


def test_the_curve_of_a_polity_that_ended_goes_to_its_last_day(client: FlaskClient) -> None:
    text = page(client, "/polity/biafra")
    assert "the line marks 14 January 1970." in text or "the line marks 15 January 1970." in text
    assert '<span class="figure-number">' not in text


def test_answers_name_the_state_of_a_claim_by_the_preposition_of_its_status(client: FlaskClient) -> None:
    asked = "/questions/compare-perspectives?object=republic-of-crimea&as_of=2015-01-01&party=ukraine&party_2=russia"
    text = page(client, asked)
    assert ">by Russia</td>" in text and ">of Russia</td>" in text and "Of or by whom" in text


def test_answers_on_recognition_say_how_far_the_record_reaches(client: FlaskClient) -> None:
    text = page(client, "/questions/recognisers-of-two?object=israel&object_2=palestine")
    assert "Who recognises Israel: " in text and "Who recognises Palestine: " in text
    assert " parties recognise one or both of Israel and Palestine on " in text
    both = page(client, "/questions/recognisers-of-two?object=israel&object_2=palestine&show=both")
    assert re.search(r"\d+ parties recognise both Israel and Palestine on ", both)


def test_answers_on_two_parties_name_them_over_their_columns_and_link_days_to_acts(
    client: FlaskClient,
) -> None:
    text = page(client, "/questions/recognisers-of-two?object=israel&object_2=palestine&as_of=2025-06-01")
    heads = re.findall(r'<th scope="col">([^<]+)</th>', text)
    assert heads[2:] == ["Israel since", "Israel sources", "Palestine since", "Palestine sources"]
    assert re.search(r'href="/act/recognition/united-states/israel/1948-05-14[^"]*">14 May 1948</a>', text)
    assert "one of them: Israel, Palestine, as of 1 June 2025”" in unescape(text)
    assert "Show the sources of each row" in text  # on a phone


def test_the_strength_of_an_act_is_that_of_the_question_and_weak_sources_are_told(
    client: FlaskClient, known: GraphReader
) -> None:
    asked = questions()["strength-of-evidence"].bind(known.store, {"polity": iri("donetsk-peoples-republic")})
    graded = {row["act"]: row["strength"] for row in known.rows(asked)}
    acts = records.acts_of(known, iri("donetsk-peoples-republic"))
    assert {one.iri: one.strength for one in acts if one.strength} == graded
    assert re.search(
        r">strong</span> \(an official text",
        page(client, "/act/recognition/north-korea/donetsk-peoples-republic/2022-07-13"),
    )
    weak = [one for one in recognition.standings(known, iri("taiwan"), "2026-01-01") if one.weak]
    told = page(client, "/polity/taiwan?as_of=2026-01-01")
    assert bool(weak) == ("of these recognitions, the only known sources" in told)


def test_the_numbers_of_a_curve_are_those_that_change(client: FlaskClient) -> None:
    table = page(client, "/polity/kosovo").partition('id="count-table"')[2].partition("</details>")[0]
    numbers = re.findall(r'<td class="number">(\d+)</td>', table)
    assert numbers and all(one != other for one, other in pairwise(numbers))
