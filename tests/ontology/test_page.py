"""The page on the ontology shows every term once, and each of its links leads somewhere."""

from html.parser import HTMLParser
from pathlib import Path

import pytest
from rdflib import RDFS, SKOS

from comity.server.app import create_app

from . import files

VOID = {"meta", "link", "br", "hr", "img", "input"}


class Outline(HTMLParser):
    """Checks that tags close in order, and gathers ids, links and text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.text = ""
        #: The ids of what lies directly within a fold.
        self.folded: list[tuple[str, str]] = []

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        self.ids += [told["id"]] if "id" in told else []
        self.folded += [(told["id"], self.open[-1])] if "id" in told and self.open else []
        self.links += [told["href"]] if "href" in told else []
        self.open += [] if tag in VOID else [tag]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def page(real_path: Path) -> Outline:
    app = create_app(real_path)
    text = app.test_client().get("/ontology", headers={"Accept": "text/html"}).get_data(as_text=True)
    app.extensions["comity"].close()
    outline = Outline()
    outline.feed(text)
    assert outline.open == []
    return outline


def test_every_term_has_one_place(page):
    ontology = files.read("comity.ttl")
    terms = {str(term).removeprefix(files.CO) for term in ontology.subjects(RDFS.isDefinedBy)}
    assert terms <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))


def test_every_link_within_the_page_leads_somewhere(page):
    assert [link for link in page.links if link.startswith("#") and link[1:] not in page.ids] == []


def test_definitions_examples_and_notes_are_shown(page):
    ontology, shown = files.read("comity.ttl"), " ".join(page.text.split())
    for text in ontology.objects(None, SKOS.definition | SKOS.example | SKOS.scopeNote):
        assert " ".join(str(text).removeprefix("Not: ").split()) in shown


def test_axioms_are_told_in_words(page):
    shown = " ".join(page.text.split())
    for telling in (
        "any severance of relations, in response to some recognition",
        "the inverse of recogniser, then recognised party",
        "any membership, in organisation coo:united-nations",
        "carries on from one to the next",
    ):
        assert telling in shown


def test_the_statuses_stand_in_a_table(page):
    assert {"status-temporarily-occupied-territory", "status-no-state"} <= set(page.ids)


def test_a_term_is_a_fold_that_a_link_to_it_opens(page):
    # A browser opens the fold around the target of a link, not the one that is the target.
    assert {("Recognition", "details"), ("recognises", "details")} <= set(page.folded)
