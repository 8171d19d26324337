"""Pages say how far the tables reach, so that silence can be read."""

import re

from flask.testing import FlaskClient

from comity.server.web.models import coverage, records
from comity.server.web.models.graph_reader import GraphReader
from comity.server.web.models.stories import iri
from comity.server.web.view_context import in_words


def page(client: FlaskClient, address: str) -> str:
    text = client.get(address, headers={"Accept": "text/html"}).get_data(as_text=True)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text))


def test_the_reach_of_a_party_is_that_of_its_acts(known: GraphReader) -> None:
    found = coverage.of_party(known, iri("kosovo"))
    acts = records.acts_of(known, iri("kosovo"))
    assert found.acts == len(acts) and "acts-kosovo" in found.tables
    assert found.newest_act == max(act.edtf for act in acts)
    assert found.newest_source in {source.published for act in acts for source in act.sources}


def test_every_table_of_acts_has_a_reach(known: GraphReader) -> None:
    tables = coverage.tables(known)
    assert len(tables) > 8 and all(one.acts and one.newest_act for one in tables.values())
    assert coverage.newest(known) == max(one.newest_source for one in tables.values())


def test_lists_and_maps_say_how_far_they_go(client: FlaskClient, known: GraphReader) -> None:
    found = coverage.of_party(known, iri("kosovo"))
    for address in ("/polity/kosovo", "/map?of=kosovo"):
        text = page(client, address)
        assert f"the newest of {in_words(found.newest_act)}" in text
        assert "silence means: no act in these tables" in text
    assert f"The newest source of an act is of {in_words(coverage.newest(known))}." in page(client, "/matrix")
