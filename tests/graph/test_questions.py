"""Questions as files: their headers, parameters and bindings."""

import datetime as dt
import re

import pyoxigraph as ox
import pytest

from comity.errors import QuestionError, UnknownError
from comity.questions.lookup import find
from comity.questions.questions import question, questions, read_question
from comity.store.database import Store

TEXT = """# title: A title
# description: A description.
# param: object polity required example=kosovo | The polity
# param: as_of date default=today | The day
# param: reading choice(certain,possible) default=certain | The reading
# param: least integer | A number
SELECT * WHERE {
  VALUES (?object ?as_of ?reading) { (<urn:x> "2010-01-01" "certain") }
  VALUES (?least) { (3) }
  VALUES (?other) { (1) }
}
"""


def bound(store: Store, **values: str) -> str:
    return read_question("test", TEXT).bind(store.oxigraph, values)


def test_values_take_the_place_of_the_examples(real_store: Store) -> None:
    text = bound(real_store, object="kosovo", as_of="2022-07-14", least="7")
    assert (
        '<https://w3id.org/comity/polity/kosovo> "2022-07-14"^^<http://www.w3.org/2001/XMLSchema#date> "certain"'
        in text
    )
    assert "VALUES (?other) { (1) }" in text and '"7"' in text


def test_a_parameter_not_given_is_undef_and_a_default_date_may_be_today(real_store: Store) -> None:
    text = bound(real_store, object="kosovo")
    assert "VALUES (?least) { (UNDEF) }" in text and dt.date.today().isoformat() in text


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "requires --object, for example --object kosovo"),
        ({"object": "kosovo", "as_of": "soon"}, "'soon' is not a valid day. Write YYYY-MM-DD"),
        ({"object": "kosovo", "reading": "vague"}, "'vague' is not one of certain, possible"),
        ({"object": "kosovo", "least": "few"}, "'few' is not a whole number"),
        (
            {"object": "kosovo", "colour": "red"},
            "has no parameter 'colour'. Its parameters are: object, as_of, reading, least",
        ),
    ],
)
def test_a_value_that_does_not_fit_is_refused(
    real_store: Store, values: dict[str, str], message: str
) -> None:
    with pytest.raises(QuestionError, match=message):
        bound(real_store, **values)


@pytest.mark.parametrize("text", ['kosovo"} ; DROP ALL', "<urn:x>", "a b> <urn:y"])
def test_no_value_can_break_out_of_its_place(real_store: Store, text: str) -> None:
    with pytest.raises(UnknownError):
        bound(real_store, object=text)


def test_an_unknown_question_gets_the_nearest_names() -> None:
    with pytest.raises(QuestionError, match="Did you mean who-recognises"):
        question("who-recognizes")


@pytest.mark.parametrize(
    "text", ["luhansk-peoples-republic", "Lugansk People's Republic", "LNR", "lugansk peoples republic"]
)
def test_a_polity_is_found_by_any_of_its_names(real_store: Store, text: str) -> None:
    assert find(real_store.oxigraph, text, "polity") == ox.NamedNode(
        "https://w3id.org/comity/polity/luhansk-peoples-republic"
    )


def test_an_act_may_be_named_without_its_date(real_store: Store) -> None:
    found = find(real_store.oxigraph, "recognition/north-korea/donetsk-peoples-republic", "act")
    assert found.value.endswith("/2022-07-13")


def test_an_unknown_name_gets_the_nearest_ones(real_store: Store) -> None:
    with pytest.raises(
        UnknownError, match=r"'Kosow' is not the name of a polity in this graph\. Did you mean Kosovo"
    ):
        find(real_store.oxigraph, "Kosow", "polity")


@pytest.mark.parametrize("name", sorted(questions()))
def test_an_answer_is_a_sentence_for_one_row_and_for_many(name: str) -> None:
    asked = question(name)
    values = {one.name: "x" for one in asked.parameters} | {
        "certainly": "3",
        "membersCertainly": "2",
        "peak": "3",
        "onTheDay": "2",
    }
    for number in (0, 1, 2):
        told = asked.sentence(number, values)
        assert told.endswith(".") and not set("[]{}|") & set(told)
    assert not re.match(r"1 \w+s (are|have|lie)\b", asked.sentence(1, values))
