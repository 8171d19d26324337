"""What pages say is English: dates written out, articles and plurals right."""

import html
import re

import pytest
from flask.testing import FlaskClient

from comity.edtf import dated
from comity.english import capital, possessive, with_article
from comity.questions.questions import heading

from .conftest import ADDRESSES

#: Pages that show notations as such: how to write a date, code, identifiers and triples of the graph.
NOTATION = {
    *("api", "change", "changes", "correction", "data", "editor", "entry", "graph", "result", "retraction"),
    *("rule", "shapes", "vocabulary", "snapshot"),
}
#: Walked on each run; the others are walked by the long tests.
FIRST = ("home", "act", "person", "pair", "responses", "network", "period", "map-view", "answer")
WALKED = [
    name if name in FIRST else pytest.param(name, marks=pytest.mark.long)
    for name in ADDRESSES
    if name not in NOTATION
]
#: Elements that show what is to be copied, the notation of the graph, or words of others.
_LEFT_OUT = re.compile(
    r"<(head|script|style|pre|code|textarea|blockquote|q|svg)\b.*?</\1>"
    r'|<details class="all-said".*?</details>|<p id="citation">.*?</p>'
    r'|<a [^>]*(?:href="[^"]*/source/[^"]*"|rel="noreferrer").*?</a>',
    re.DOTALL,
)
_EDTF = re.compile(r"(?<![\d/=.-])(?:\d{4}-\d\d(?:-\d\d)?[~?%]?|\d{4}[~?%])(?![\d/-])")
_ONE = re.compile(
    r"(?<![\d,.])\b1 (?:acts|claims|countries|members|parties|periods|polities|rows|sources|votes)\b"
)
#: Names without their capital; names of tables and addresses have a sign beside them.
_LOWER = re.compile(
    r"(?<![\w./=-])(?:russia|ukraine|kosovo|serbia|taiwan|israel|france|east-germany)(?![\w./=&-])"
)
#: Names of records, which are in the present tense, have no articles; sentences have.
_BARE = re.compile(
    r"\b(?:recognised|recognise|between|no longer recognises|frozen its recognition of)"
    r" (?:United (?:States|Kingdom|Nations)|Soviet Union|Netherlands|Holy See|Sahrawi Republic|Philippines"
    r"|Donetsk People|Luhansk People|Czech Republic|Marshall Islands)\b"
)


def sentences(client: FlaskClient, address: str) -> str:
    text = client.get(address, headers={"Accept": "text/html"}).get_data(as_text=True)
    assert "<h1" in text
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", _LEFT_OUT.sub("", text))).split())


@pytest.mark.parametrize("name", WALKED)
def test_a_page_writes_dates_out_and_has_articles_and_plurals(name: str, client: FlaskClient) -> None:
    text = sentences(client, ADDRESSES[name])
    wrong = [
        text[max(0, one.start() - 40) : one.end() + 10]
        for form in (_EDTF, _ONE, _BARE, _LOWER)
        for one in form.finditer(text)
    ]
    assert not wrong[:5]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("United States", "the United States"),
        ("Holy See", "the Holy See"),
        ("Donetsk People's Republic", "the Donetsk People's Republic"),
        ("Republic of Armenia (1918–1920)", "the Republic of Armenia (1918–1920)"),
        ("Slovak Republic (1939–1945)", "the Slovak Republic (1939–1945)"),
        ("The Gambia", "the Gambia"),
        ("France", "France"),
        ("Republika Srpska", "Republika Srpska"),
        ("Papua New Guinea", "Papua New Guinea"),
    ],
)
def test_a_name_has_the_article_where_english_asks_for_it(name: str, said: str) -> None:
    assert with_article(name) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("North Korea recognises Kosovo, 2022-07-13", "North Korea recognises Kosovo, 13 July 2022"),
        ("report, 2022-07-14~: …", "report, about 14 July 2022: …"),
        ("since 1948", "since 1948"),
        ("recognition, 1991-08/1991-12, by note", "recognition, August 1991 to December 1991, by note"),
        ("recognition, [1991-08..1991-12]", "recognition, some time between August 1991 and December 1991"),
        ("decree, julian:1917-10-25", "decree, 25 October 1917 in the Julian calendar (7 November 1917)"),
        ("opening, 2001-21", "opening, spring 2001"),
        ("opening, 196X~", "opening, about the 1960s"),
        ("Law [2014] No 5, A/RES/67/19", "Law [2014] No 5, A/RES/67/19"),
        ("resolution 2022-07-13/4", "resolution 2022-07-13/4"),
        ("page 1000-2000", "page 1000-2000"),
    ],
)
def test_dates_within_a_text_are_written_out(text: str, said: str) -> None:
    assert dated(text) == said


def test_the_time_of_a_change_is_written_out(client: FlaskClient) -> None:
    page = client.get("/changes/1", headers={"Accept": "text/html"}).text
    assert re.search(r">\d{1,2} [A-Z]\w+ \d{4}, \d\d:\d\d UTC<", page)


@pytest.mark.parametrize(
    ("name", "said"), [("unMembers", "UN members"), ("everUnMember", "Ever UN member"), ("n", "Number")]
)
def test_a_column_is_headed_by_its_variable_in_words(name: str, said: str) -> None:
    assert heading(name) == said


def test_possessives_and_capitals_of_names() -> None:
    assert [possessive(one) for one in ("France", "the United States")] == ["France's", "the United States'"]
    assert capital("the Holy See") == "The Holy See" and capital("act/a is known") == "act/a is known"
