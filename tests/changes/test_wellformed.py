"""Whatever is accepted leaves in every format as it came in; what some format cannot hold is refused with a cure."""

import json
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib import Graph

from comity.changes.apply import Changes
from comity.changes.delta import canonical
from comity.changes.importing import add_files, add_quads, enter_act
from comity.errors import TableError
from comity.iris import NOTE, RDF, XSD, polity
from comity.questions.export import write
from comity.server.web.pages.indexes import FOLDERS
from comity.wellformed import KINDS, faults

from .test_http import ACT, Served, served  # noqa: F401
from .world import EDITOR, HEADER, row

FORMS = {
    "turtle": ox.RdfFormat.TURTLE,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "rdfxml": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
}
ODD = "\x00\x01\x07\x0b\x0c\r\n\t\x1f\x7f\x85\u2028\ud7ff\ue000\ufffd\ufffe\uffff\U0001fffe '\"\\&<>]{}"
texts = st.text(st.one_of(st.sampled_from(ODD), st.characters(exclude_categories=["Cs"])), max_size=12)
NAMES = ["x", "x1", "1", "", "1x", "x/", "a.b", "a-", "é", "x?q=1", "%20", "a&b", "_", "x:y"]
SPACES = ["https://x.example/", "https://x.example#", "urn:x:", RDF, "http://www.w3.org/2000/xmlns/", XSD]
properties = st.builds(
    str.__add__, st.sampled_from(SPACES), st.sampled_from([*NAMES, "li", "Bag", "_1", "about"])
)
DATATYPES = [
    XSD + name for name in ("integer", "date", "boolean", "double", "decimal", "anyURI", "string", "gYear")
]
LEXICAL = [
    "NaN",
    "INF",
    "1e400",
    "-0044-03-15",
    "2022-02-30",
    "007",
    "1",
    "-0044",
    "true",
    "9" * 40,
    "2001-01-01Z",
]
values = st.one_of(
    texts.map(ox.Literal),
    st.builds(
        lambda text, tag: ox.Literal(text, language=tag), texts, st.sampled_from(["en", "ar", "zh-hant"])
    ),
    st.builds(
        lambda text, kind: ox.Literal(text, datatype=ox.NamedNode(kind)),
        st.one_of(texts, st.sampled_from(LEXICAL)),
        st.sampled_from(DATATYPES),
    ),
    st.builds(lambda text: ox.Literal(text, language="ar", direction=ox.BaseDirection.RTL), st.just("a")),
    st.just(ox.Triple(NOTE, NOTE, NOTE)),
    properties.map(ox.NamedNode),
)


@given(predicate=properties.map(ox.NamedNode), value=values)
def test_what_is_accepted_is_read_back_equal_from_every_format(
    predicate: ox.NamedNode, value: object
) -> None:
    quads = canonical([ox.Quad(polity("arcadia"), predicate, value, NOTE)])  # type: ignore[arg-type]
    if faults(quads):
        return
    wanted = {quad.triple for quad in quads}
    for name, form in FORMS.items():
        written = write(quads, name)
        assert {quad.triple for quad in canonical(ox.parse(written, format=form))} == wanted, name
    document = write(quads, "rdfxml")
    ElementTree.fromstring(document)
    (read,) = Graph().parse(document, format="xml").triples((None, None, None))
    if not isinstance(value, ox.Literal) or value.datatype.value == XSD + "string":
        assert str(read[2]) == getattr(value, "value", "")


@pytest.mark.parametrize("text", ["a\x00b", "\x07", "a\x1fb", "a\ufffe", "\uffff"])
@pytest.mark.parametrize("source", ["", "https://news.example/"])
def test_a_character_that_xml_cannot_hold_is_refused_by_every_way_in(
    changes: Changes, text: str, source: str
) -> None:
    code = f"U+{next(ord(c) for c in text if c not in 'ab'):04X}"
    line = row("vote", "arcadia", "syldavia", "2011-01-02", source, note=text)
    entered = ACT | {"kind": "vote", "note": text, "source_url": source}
    builders = [
        add_files([("acts-x.csv", f"{HEADER}\n{line}\n".encode(), None)]),
        enter_act(entered),
        add_quads([ox.Quad(polity("arcadia"), NOTE, ox.Literal(text))]),
    ]
    for build in builders:
        with pytest.raises(TableError, match=f"the character {code.replace('+', '[+]')}.*Leave"):
            changes.change(build, EDITOR, "test")
    assert changes.change(add_quads([ox.Quad(NOTE, NOTE, ox.Literal("b"))]), EDITOR, "x", text).number == 2


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("rdf:reifies <<( cop:arcadia co:kind 'x' )>>", "triple term"),
        ("skos:note 'x'@ar--rtl", "base direction"),
        ("<https://x.example/> 'x'", "RDF/XML cannot write"),
        ("rdf:li 'x'", "RDF/XML cannot write"),
        ("skos:note 'a\\u0007'", "U+0007"),
        ("skos:note 'a\\uFFFF'", "U+FFFF"),
        (". <https://w3id.org/comity/thing/a> skos:note 'x'", "no such kind of entity"),
        (". <https://w3id.org/comity/polity/a+b> skos:note 'x'", "characters that are not allowed"),
        ("co:size 999999999999999999999.0", "too large for an xsd:decimal"),
        ("co:edtf '2022-02-30'", "not a valid calendar day"),
        ("co:edtf '-0044-03-15'", "before the Common Era"),
        ("co:established 'Y170000002'", "after the year 9999"),
        ("co:published '30 February'", "30 February"),
    ],
)
def test_an_update_that_not_every_format_could_hold_is_refused(
    served: Served,  # noqa: F811
    statement: str,
    fault: str,
) -> None:
    status, body, _ = served.update(f"INSERT DATA {{ cop:arcadia {statement} }}".replace("cop:arcadia .", ""))
    (problem,) = json.loads(body)["problems"]
    assert (status, fault in problem["message"], bool(problem["cure"])) == (422, True, True)


def test_every_kind_of_thing_that_is_accepted_has_an_address() -> None:
    assert {*FOLDERS, "graph", "ontology", "shapes"} == KINDS


@pytest.mark.parametrize("text", ["\\ud800", "a\\udfffb", "\\u0007"])
@pytest.mark.parametrize("path", ["/acts", "/retract", "/report"])
def test_a_form_is_refused_that_holds_half_a_character(served: Served, text: str, path: str) -> None:  # noqa: F811
    body = f'{{"kind": "vote", "about": "x", "text": "{text}", "thing": "x", "note": "{text}", "reason": "{text}"}}'
    status, answer, _ = served.post(path, body, "application/json", served.editor)
    assert (status, b"XML cannot hold" in answer) == (400, True)


@pytest.mark.parametrize("text", ["a\\u0001", "\\u0000b", "\\uFFFE", "a\\rb", "\\u001f\\uFFFF", "<&>"])
def test_results_in_xml_are_well_formed_whatever_is_computed(served: Served, text: str) -> None:  # noqa: F811
    wanted = text.encode().decode("unicode_escape")
    for unwritable in "\x00\x01\x1f\ufffe\uffff":
        wanted = wanted.replace(unwritable, "\ufffd")
    for form, query in (
        ("xml", 'SELECT ("%s" AS ?x) {}'),
        ("rdfxml", 'CONSTRUCT { <urn:x> skos:note "%s" } {}'),
    ):
        status, body, _ = served.post(f"/sparql?format={form}", query % text, "application/sparql-query", "")
        document = ElementTree.fromstring(body)
        assert (status, "".join(document.itertext()).strip("\n\t ")) == (200, wanted)


@pytest.mark.parametrize(
    ("form", "triple"),
    [("rdfxml", "<urn:1> 1"), ("rdfxml", "rdf:li 1"), ("jsonld", "skos:note <<( cop:a skos:note 1 )>>")],
)
def test_a_result_that_a_format_cannot_hold_is_not_acceptable(served: Served, form: str, triple: str) -> None:  # noqa: F811
    query = f"CONSTRUCT {{ cop:x {triple} }} {{}}"
    status, body, _ = served.post(f"/sparql?format={form}", query, "application/sparql-query", "")
    assert (status, b"text/turtle" in body) == (406, True)
    assert served.post("/sparql?format=turtle", query, "application/sparql-query", "")[0] == 200


@pytest.mark.parametrize("column", ["source_url", "evidence"])
@pytest.mark.parametrize("address", ["https://[", "http://[::1/", "https://℀.example/"])
def test_an_address_without_a_host_is_refused_with_its_place(
    changes: Changes, column: str, address: str
) -> None:
    with pytest.raises(TableError, match=f"{column}.*not a valid web address"):
        changes.change(enter_act(ACT | {column: address}), EDITOR, "test")
