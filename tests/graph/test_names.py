"""Polities and governments are found by their names in many languages and by the names that they bore before."""

import pyoxigraph as ox
import pytest

from comity.errors import TableError, UnknownError
from comity.iris import LABEL, organisation, polity, thing
from comity.questions.lookup import Names, find
from comity.questions.statement import read_statement
from comity.store.database import Store
from comity.tables.load import assemble
from comity.tables.reader import Table, parse
from tests.benchmarks.reconcile import outcomes

PREFIXES = """PREFIX co: <https://w3id.org/comity/ontology#> PREFIX cop: <https://w3id.org/comity/polity/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
#: By a name: the polity that bears or bore it.
NAMES = {
    "مصر": "egypt",
    "فلسطين": "palestine",
    "坦桑尼亚": "tanzania",
    "苏联": "soviet-union",
    "Эфиопия": "ethiopia",
    "Бирма": "myanmar",
    "Свазиленд": "eswatini",
    "Аҧсны": "abkhazia",
    "Хуссар Ирыстон": "south-ossetia",
    "Приднестровье": "transnistria",
    "Kuzey Kıbrıs": "northern-cyprus",
    "Deutsche Demokratische Republik": "east-germany",
    "滿洲國": "manchukuo",
    "Burma": "myanmar",
    "Zaire": "democratic-republic-of-the-congo",
    "Upper Volta": "burkina-faso",
    "Dahomey": "benin",
    "Ceylon": "sri-lanka",
    "Siam": "thailand",
    "Kampuchea": "cambodia",
    "Macedonia": "north-macedonia",
    "Cabo Verde": "cape-verde",
    "Türkiye": "turkey",
    "Czechia": "czech-republic",
    "Rhodesia": "rhodesia",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_any_script_finds_its_polity(name: str, real_store: Store) -> None:
    names = Names(real_store.oxigraph)
    assert names.find(name, "polity") == polity(NAMES[name])
    assert names.search(name, "polity")[0].iri == polity(NAMES[name]).value


#: By an ISO 3166-1 code, in capitals or small letters: the polity that has it, or had it when it was there.
CODES = {
    "FR": "france",
    "FRA": "france",
    "fra": "france",
    "CI": "cote-divoire",
    "AO": "angola",
    "XKX": "kosovo",
}


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("kind", ["polity", "party", "entity"])
def test_an_iso_code_finds_its_polity(code: str, kind: str, real_store: Store) -> None:
    names = Names(real_store.oxigraph)
    assert names.find(code, kind) == polity(CODES[code])
    assert names.search(code, kind)[0].iri == polity(CODES[code]).value


def test_a_code_that_is_also_a_name_of_something_else_is_refused_with_both(real_store: Store) -> None:
    with pytest.raises(UnknownError, match="ISO code of Australia, and a name of African Union") as refused:
        find(real_store.oxigraph, "AU", "party")
    assert refused.value.hint == "Write australia or african-union."
    assert find(real_store.oxigraph, "AU", "polity") == polity("australia")
    # A word that only looks like a code is no code, and a code is a literal where it is said of a thing.
    assert find(real_store.oxigraph, "Nga", "polity") != polity("nigeria")
    (_, _, value), _ = read_statement(real_store.oxigraph, "FRA", "isoAlpha2", "FR")
    assert value == ox.Literal("FR")


#: By a name: the government that bears it.
GOVERNMENTS = {
    "Émirat islamique d'Afghanistan": "islamic-emirate-of-afghanistan-2021",
    "المجلس الوطني الانتقالي الليبي": "libya-national-transitional-council",
    "État français": "french-state-vichy",
    "法兰西民族解放委员会": "french-committee-of-national-liberation",
    "Gobierno interino de Juan Guaidó": "venezuela-guaido-interim-government",
    "Rząd RP na uchodźstwie": "polish-government-in-exile",
}


@pytest.mark.parametrize("name", GOVERNMENTS)
def test_a_name_in_any_language_finds_its_government(name: str, real_store: Store) -> None:
    names = Names(real_store.oxigraph)
    assert names.find(name) == names.find(name, "party") == organisation(GOVERNMENTS[name])
    assert names.search(name, "party")[0].iri == organisation(GOVERNMENTS[name]).value


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Yemen", "yemen"), ("United Arab Republic", "united-arab-republic"), ("Georgia", "georgia")],
)
def test_a_present_name_goes_before_a_former_or_foreign_one(
    name: str, expected: str, real_store: Store
) -> None:
    assert Names(real_store.oxigraph).find(name, "polity") == polity(expected)


def test_hints_are_names_in_english(real_store: Store) -> None:
    with pytest.raises(UnknownError, match="North Korea") as caught:
        Names(real_store.oxigraph).find("Korea", "polity")
    assert "Noruega" not in str(caught.value)


def test_two_polities_of_one_former_name_are_both_found(real_store: Store) -> None:
    hits = Names(real_store.oxigraph).search("United Arab Republic", "polity")
    assert {polity("united-arab-republic").value, polity("egypt").value} <= {hit.iri for hit in hits}


@pytest.mark.parametrize(
    ("day", "expected"),
    [("1960-01-01", ["Ceylon"]), ("1972-05-22", ["Ceylon"]), ("1980-01-01", [])],
)
def test_a_former_name_has_its_time(day: str, expected: list[str], real_store: Store) -> None:
    found = real_store.oxigraph.query(
        PREFIXES
        + f"""SELECT ?name WHERE {{
  ?use co:names cop:sri-lanka ; co:nameKind "former name" ; co:text ?name ; co:startEarliest ?from ; co:endLatest ?to .
  FILTER (LANG(?name) = "en" && ?from <= "{day}"^^xsd:date && ?to >= "{day}"^^xsd:date)
}}"""
    )
    assert isinstance(found, ox.QuerySolutions)
    assert [solution["name"].value for solution in found] == expected


def test_members_of_the_united_nations_have_names_in_its_six_languages(real_store: Store) -> None:
    found = real_store.oxigraph.query(
        PREFIXES
        + """SELECT ?polity (COUNT(DISTINCT ?language) AS ?languages) WHERE {
  ?polity co:kind "un_member" ; skos:altLabel ?name . BIND (LANG(?name) AS ?language)
  FILTER (?language IN ("ar", "zh", "fr", "ru", "es"))
} GROUP BY ?polity"""
    )
    assert isinstance(found, ox.QuerySolutions)
    counts = [int(solution["languages"].value) for solution in found]
    assert len(counts) == 193 and set(counts) == {5}


def table(row: str) -> list[Table]:
    polities = parse("polities.csv", "id,name,kind\nlom,Lom,other\n")
    names = parse("polity-names.csv", f"polity,language,name,kind,since,until,evidence\n{row}\n")
    return [polities, names]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("lam,en,Lam,usual,,,https://lom.example", "is not the id of a polity"),
        ("lom,Latin,Lam,usual,,,https://lom.example", "is not a valid language tag"),
        ("lom,la,Lam,old,,,https://lom.example", "'old' is not allowed here"),
        ("lom,la,Lam,former,1900,,https://lom.example", "only former names have an end"),
        ("lom,la,Lam,former,1910,1900,https://lom.example", "is before the beginning"),
    ],
)
def test_a_row_that_does_not_fit_is_refused(row: str, message: str) -> None:
    with pytest.raises(TableError, match=message):
        assemble(table(row))


def test_a_name_without_a_source_is_a_proposal() -> None:
    quads = assemble(table("lom,la,Lamia,usual,,,")).quads
    graphs = {quad.graph_name for quad in quads if quad.object == ox.Literal("Lamia", language="la")}
    assert graphs == {ox.NamedNode("https://w3id.org/comity/graph/proposals")}


def test_names_of_other_lists_mean_the_right_polities(real_store: Store) -> None:
    found = list(outcomes(Names(real_store.oxigraph)))
    assert len(found) >= 300 and not any(one.wrongly_sure for one in found)
    assert sum(one.right for one in found) >= 0.98 * len(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Korea, Dem. People's Rep.", "north-korea"),
        ("Burma/Myanmar", "myanmar"),
        ("Iran (Persia)", "iran"),
        ("S. Sudan", "south-sudan"),
    ],
)
def test_a_shortened_or_turned_name_is_one_wherever_names_are_read(
    text: str, expected: str, real_store: Store
) -> None:
    assert Names(real_store.oxigraph).find(text, "polity") == polity(expected)


def test_two_names_side_by_side_that_mean_two_things_name_neither(real_store: Store) -> None:
    with pytest.raises(UnknownError):
        Names(real_store.oxigraph).find("France/Kenya", "polity")


def test_names_after_a_change_are_those_of_the_graph_then(real_store: Store) -> None:
    names, later, default = Names(real_store.oxigraph), ox.Store(), ox.DefaultGraph()
    names.prepare()
    later.extend(real_store.oxigraph)
    gone = next(quad for quad in later.quads_for_pattern(None, LABEL, None, default) if "/act/" in str(quad))
    new = ox.Quad(thing("act", "vote", "x", "y", "2020"), LABEL, ox.Literal("X votes on Y"), default)
    named = ox.Quad(polity("kosovo"), LABEL, ox.Literal("Kosova e re"), default)
    later.remove(gone)
    for quad, changed in ((new, [gone.subject, new.subject, polity("kosovo")]), (named, [polity("kosovo")])):
        later.add(quad)
        names, fresh = names.after(later, changed), Names(later)
        assert names.labels == fresh.labels and sorted(names.labelled("act")) == sorted(fresh.labelled("act"))
        assert names.search("Kosova e re") == fresh.search("Kosova e re")
        assert names.mentions("x votes", ("act",)) == fresh.mentions("x votes", ("act",))


@pytest.mark.parametrize(("text", "meant"), [("sahrawi", "Sahrawi Republic"), ("kosovoo", "Kosovo")])
def test_what_a_word_of_a_name_may_mean_is_suggested_before_what_resembles_it(
    real_store: Store, text: str, meant: str
) -> None:
    with pytest.raises(UnknownError, match=f"Did you mean {meant}"):
        Names(real_store.oxigraph).find(text, "party")
