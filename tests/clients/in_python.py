"""What programs from PyPI are tried with; run by the Python of ``build/clients/venv``."""

import asyncio
import io
import json
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from importlib import metadata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from trying import (
    ADDRESS,
    ALIAS,
    ASK,
    BEARER,
    CONSTRUCT,
    DESCRIBE,
    FILES,
    GRAPH,
    KOSOVO,
    SELECT,
    SPARQL,
    WORLD,
    WRITTEN,
    client,
    delete,
    equal,
    get,
    holds,
    insert,
    main,
    tried,
)

ROWS, TRIPLES, WHOLE = WORLD.get("rows"), WORLD.get("triples"), WORLD.get("whole")


@client("SPARQLWrapper", "sparqlwrapper")
def sparqlwrapper() -> None:
    import SPARQLWrapper as sw

    def asked(query: str, form: str, method: str = sw.GET, request: str = sw.URLENCODED) -> sw.SPARQLWrapper:
        wrapper = sw.SPARQLWrapper(SPARQL)
        wrapper.setQuery(query)
        wrapper.setReturnFormat(form)
        wrapper.setMethod(method)
        wrapper.setRequestMethod(request)
        return wrapper.query()

    for method, request in ((sw.GET, sw.URLENCODED), (sw.POST, sw.URLENCODED), (sw.POST, sw.POSTDIRECTLY)):
        with tried(f"SELECT as JSON ({method} {request})"):
            equal(len(asked(SELECT, sw.JSON, method, request).convert()["results"]["bindings"]), ROWS)
    with tried("SELECT as XML"):
        equal(len(asked(SELECT, sw.XML).convert().getElementsByTagName("result")), ROWS)
    for form in (sw.CSV, sw.TSV):
        with tried(f"SELECT as {form.upper()}"):
            equal(len(asked(SELECT, form).convert().decode().splitlines()), ROWS + 1)
    with tried("ASK"):
        equal(asked(ASK, sw.JSON).convert()["boolean"], True)
    for form in (sw.XML, sw.RDFXML, sw.TURTLE, sw.N3, sw.JSONLD, sw.JSON):
        with tried(f"CONSTRUCT as {form}"):
            assert asked(CONSTRUCT, form).convert()
    with tried("DESCRIBE"):
        assert len(asked(DESCRIBE, sw.RDFXML).convert()) > 100
    with tried("as of a day, by default graph"):
        wrapper = sw.SPARQLWrapper(SPARQL)
        wrapper.addDefaultGraph("https://w3id.org/comity/as-of/2008-03-01")
        wrapper.setQuery(f"SELECT ?who {{ ?who <https://w3id.org/comity/ontology#recognises> <{KOSOVO}> }}")
        wrapper.setReturnFormat(sw.JSON)
        assert 10 < len(wrapper.query().convert()["results"]["bindings"]) < ROWS
    with tried("update with a token, read back"):
        for update in (insert("SPARQLWrapper"), delete("SPARQLWrapper")):
            wrapper = sw.SPARQLWrapper(SPARQL)
            wrapper.addCustomHttpHeader("Authorization", BEARER)
            wrapper.setMethod(sw.POST)
            wrapper.setQuery(update)
            wrapper.query()
            equal(asked(holds("SPARQLWrapper"), sw.JSON).convert()["boolean"], update.startswith("INSERT"))
    with tried("a mistake is SPARQLWrapper's QueryBadFormed"):
        try:
            asked("SELECT ?x WHERE { ?x", sw.JSON)
        except sw.SPARQLExceptions.QueryBadFormed:
            return
        raise AssertionError("no error")


@client("rdflib: SPARQLStore, SPARQLUpdateStore", "rdflib")
def rdflib_stores() -> None:
    from rdflib import Graph, Literal, URIRef
    from rdflib.plugins.stores.sparqlstore import SPARQLStore, SPARQLUpdateStore

    for form in ("xml", "json", "csv", "tsv"):
        for method in ("GET", "POST", "POST_FORM"):
            with tried(f"SELECT as {form} by {method}"):
                store = SPARQLStore(SPARQL, method=method, returnFormat=form)
                equal(len(list(Graph(store).query(SELECT))), ROWS)
    graph = Graph(SPARQLStore(SPARQL))
    with tried("triples, `in`, len"):
        assert (URIRef(KOSOVO), None, None) in graph and len(graph) > 100_000
        assert list(graph.triples((URIRef(KOSOVO), URIRef(ALIAS), None)))
    with tried("ASK, CONSTRUCT"):
        assert graph.query(ASK).askAnswer
        equal(len(graph.query(CONSTRUCT).graph), ROWS)
    with tried("add and remove, each read back at once"):
        store = SPARQLUpdateStore(SPARQL, SPARQL, headers={"Authorization": BEARER}, context_aware=True)
        named = Graph(store, URIRef(GRAPH))
        triple = (URIRef(WRITTEN), URIRef(ALIAS), Literal("rdflib", lang="en"))
        named.add(triple)
        assert triple in named
        named.remove(triple)
        assert triple not in named


@client("rdflib: Graph.parse", "rdflib")
def rdflib_parse() -> None:
    from rdflib import Dataset, Graph

    for path in (
        "/polity/kosovo",
        "/act",
        "/status",
        "/ontology",
        "/shapes",
        "/.well-known/void",
        "/dataset",
    ):
        with tried(f"{path}, negotiated"):
            assert len(Graph().parse(f"{ADDRESS}{path}")) > 5
    with tried("/polity/kosovo as xml, turtle, nt, json-ld, n3: equal"):
        sizes = {
            len(Graph().parse(f"{ADDRESS}/polity/kosovo", format=form))
            for form in ("xml", "turtle", "nt", "json-ld", "n3")
        }
        equal(len(sizes), 1)
    for suffix, form in (("ttl", "turtle"), ("nt", "nt"), ("rdf", "xml"), ("jsonld", "json-ld")):
        with tried(f"export of a graph as {suffix}: count"):
            equal(len(Graph().parse(FILES / f"kosovo.{suffix}", format=form)), TRIPLES)
    for suffix, form in (("nq", "nquads"), ("trig", "trig")):
        with tried(f"export of a graph as {suffix}: count"):
            data = Dataset().parse(FILES / f"kosovo.{suffix}", format=form)
            equal(sum(1 for _ in data.quads((None, None, None, None))), TRIPLES)


@client("pyoxigraph", "pyoxigraph")
def pyoxigraph() -> None:
    import pyoxigraph as ox

    for suffix in ("ttl", "nt", "nq", "trig", "rdf", "jsonld"):
        with tried(f"export of a graph as {suffix}: count"):
            equal(sum(1 for _ in ox.parse(path=FILES / f"kosovo.{suffix}")), TRIPLES)
    for suffix in ("nq", "trig"):
        with tried(f"the whole graph as {suffix}: count"):
            equal(sum(1 for _ in ox.parse(path=FILES / f"whole.{suffix}")), WHOLE)
    for kind, form in (
        ("json", ox.QueryResultsFormat.JSON),
        ("xml", ox.QueryResultsFormat.XML),
        ("tsv", ox.QueryResultsFormat.TSV),
    ):
        with tried(f"results as {kind}"):
            equal(len(list(ox.parse_query_results(_asked(SELECT, form.media_type), form))), ROWS)
    with tried("CONSTRUCT, loaded into a store of its own"):
        store = ox.Store()
        store.load(_asked(CONSTRUCT, "text/turtle"), format=ox.RdfFormat.TURTLE)
        equal(len(store), ROWS)


def _asked(query: str, accept: str) -> bytes:
    request = urllib.request.Request(
        SPARQL, query.encode(), {"Content-Type": "application/sparql-query", "Accept": accept}
    )
    with urllib.request.urlopen(request) as answer:
        body: bytes = answer.read()
    return body


@client("pandas", "pandas")
def pandas() -> None:
    from urllib.parse import quote

    import pandas as pd

    for form, read in (("csv", pd.read_csv), ("html", lambda url: pd.read_html(url)[0])):
        with tried(f"read_{form} of a query's address"):
            equal(len(read(f"{SPARQL}?format={form}&query={quote(SELECT)}")), ROWS)
    with tried("read_csv, read_parquet of /data/acts: equal"):
        table = pd.read_csv(f"{ADDRESS}/data/acts.csv", low_memory=False)
        equal(len(table), WORLD["acts"])
        equal(len(pd.read_parquet(io.BytesIO(get("/data/acts.parquet")))), WORLD["acts"])
    with tried("read_excel of /data/polities"):
        assert len(pd.read_excel(io.BytesIO(get("/data/polities.xlsx")))) > 200
    with tried("read_csv of a list of states"):
        assert len(pd.read_csv(f"{ADDRESS}/lists/states?basis=un-members&as-of=2024-01-01&format=csv")) == 193


@client("polars", "polars")
def polars() -> None:
    import polars as pl

    with tried("read_csv, read_parquet of /data/acts: equal"):
        equal(len(pl.read_csv(get("/data/acts.csv"), infer_schema_length=None)), WORLD["acts"])
        equal(len(pl.read_parquet(get("/data/acts.parquet"))), WORLD["acts"])


@client("sparql-dataframe", "sparql-dataframe")
def sparql_dataframe() -> None:
    import sparql_dataframe

    with tried("SELECT as a frame, by GET and POST"):
        equal(len(sparql_dataframe.get(SPARQL, SELECT)), ROWS)
        equal(len(sparql_dataframe.get(SPARQL, SELECT, post=True)), ROWS)


@client("httpx: Graph Store Protocol", "httpx")
def graph_store() -> None:
    import httpx

    address = f"{ADDRESS}/graph-store"
    name = {"graph": "https://w3id.org/comity/graph/facts/by-httpx"}
    triple = f'<{WRITTEN}> <{ALIAS}> "httpx"@en .'
    with httpx.Client(headers={"Authorization": BEARER}, timeout=60) as http:
        with tried("PUT makes a graph (201), GET gives it in seven formats"):
            put = http.put(address, params=name, content=triple, headers={"Content-Type": "text/turtle"})
            equal(put.status_code, 201)
            for media in (
                *("text/turtle", "application/n-triples", "application/n-quads", "application/trig"),
                *("application/rdf+xml", "application/ld+json", "text/n3"),
            ):
                got = http.get(address, params=name, headers={"Accept": media})
                assert got.status_code == 200 and "httpx" in got.text, media
        with tried("HEAD has the length of GET"):
            plain = {"Accept": "text/turtle", "Accept-Encoding": "identity"}
            head, got = (
                http.head(address, params=name, headers=plain),
                http.get(address, params=name, headers=plain),
            )
            equal(int(head.headers["Content-Length"]), len(got.content))
        with tried("If-Match with another ETag: 412"):
            late = http.post(
                address,
                params=name,
                content=triple,
                headers={"Content-Type": "text/turtle", "If-Match": '"no"'},
            )
            equal(late.status_code, 412)
        with tried("POST adds (200), DELETE removes, then 404"):
            more = http.post(
                address,
                params=name,
                content=triple.replace("httpx", "httpx 2"),
                headers={"Content-Type": "text/turtle"},
            )
            equal(more.status_code, 200)
            assert http.delete(address, params=name).is_success
            equal(http.get(address, params=name).status_code, 404)
        with tried("without a token: 401"):
            equal(
                httpx.put(
                    address, params=name, content=triple, headers={"Content-Type": "text/turtle"}
                ).status_code,
                401,
            )


@client("owlready2", "owlready2")
def owlready2() -> None:
    import owlready2 as owl

    with tried("the ontology, by file and by address"):
        for place in (f"file://{FILES}/ontology.rdf", f"{ADDRESS}/ontology.rdf"):
            ontology = owl.World().get_ontology(place).load()
            equal(len(list(ontology.classes())), WORLD["classes"])


@client("ontospy", "ontospy")
def ontospy() -> None:
    import ontospy

    with tried("the ontology"):
        model = ontospy.Ontospy(str(FILES / "ontology.ttl"), verbose=False)
        equal(len(model.all_classes), WORLD["classes"])


@client("pySHACL", "pyshacl")
def pyshacl() -> None:
    import pyshacl

    with tried("facts of parties and sources against the shapes: no violation"):
        shapes = str(FILES / "shapes.ttl")
        conforms, _, text = pyshacl.validate(
            str(FILES / "facts.ttl"), shacl_graph=shapes, allow_warnings=True, advanced=False
        )
        assert conforms, text


@client("DuckDB", "duckdb")
def duckdb() -> None:
    import duckdb

    (FILES / "acts.parquet").write_bytes(get("/data/acts.parquet"))
    (FILES / "downloaded.csv").write_bytes(get("/data/acts.csv"))
    database = duckdb.connect()
    with tried("acts as Parquet and CSV: equal counts"):
        for name in ("acts.parquet", "downloaded.csv"):
            equal(database.sql(f"SELECT count(*) FROM '{FILES}/{name}'").fetchone()[0], WORLD["acts"])
    with tried("the SQLite export, attached: count of acts, a view"):
        import duckdb_extension_sqlite_scanner as extension  # Else DuckDB would download it from its own site.

        (file,) = Path(extension.__file__).parent.rglob("*.duckdb_extension")
        database.load_extension(str(file))
        database.sql(f"ATTACH '{FILES}/comity.sqlite' AS comity (TYPE sqlite)")
        equal(database.sql("SELECT count(*) FROM comity.acts").fetchone()[0], WORLD["acts"])
        assert database.sql("SELECT count(*) FROM comity.recognitions_in_force").fetchone()[0] > 0


@client("Python's sqlite3", "")
def sqlite() -> None:
    with (
        tried("the SQLite export: integrity, keys, count of acts"),
        sqlite3.connect(FILES / "comity.sqlite") as database,
    ):
        equal(database.execute("PRAGMA integrity_check").fetchone()[0], "ok")
        equal(database.execute("PRAGMA foreign_key_check").fetchall(), [])
        equal(database.execute("SELECT count(*) FROM acts").fetchone()[0], WORLD["acts"])


@client("Datasette", "datasette")
def datasette() -> None:
    program = Path(sys.executable).with_name("datasette")
    with tried("the SQLite export: a table as JSON"):
        got = subprocess.run(
            [program, str(FILES / "comity.sqlite"), "--get", "/comity/acts.json?_size=5&_shape=objects"],
            capture_output=True,
            check=True,
            text=True,
        )
        equal(len(json.loads(got.stdout)["rows"]), 5)


@client("sqlite-utils", "sqlite-utils")
def sqlite_utils() -> None:
    import sqlite_utils

    with tried("the SQLite export: tables, views, rows"):
        database = sqlite_utils.Database(FILES / "comity.sqlite")
        equal(database["acts"].count, WORLD["acts"])
        assert database.view_names()


@client("GeoPandas", "geopandas")
def geopandas() -> None:
    import geopandas as gpd

    with tried("map as GeoJSON, GeoPackage, GeoParquet: equal counts"):
        sizes = {
            len(gpd.read_file(FILES / "map.geojson")),
            len(gpd.read_file(FILES / "map.gpkg")),
            len(gpd.read_parquet(FILES / "map.parquet")),
        }
        assert len(sizes) == 1 and sizes.pop() > 150, sizes


@client("NetworkX", "networkx")
def networkx() -> None:
    import networkx as nx

    with tried("the network as GraphML and GEXF: equal counts"):
        one, other = nx.read_graphml(FILES / "network.graphml"), nx.read_gexf(FILES / "network.gexf")
        assert one.number_of_edges() > 100
        equal(
            (one.number_of_nodes(), one.number_of_edges()), (other.number_of_nodes(), other.number_of_edges())
        )


@client("igraph", "igraph")
def igraph() -> None:
    import igraph as ig

    with tried("the network as GraphML"):
        assert ig.Graph.Read_GraphML(str(FILES / "network.graphml")).ecount() > 100


@client("openapi-spec-validator", "openapi-spec-validator")
def openapi() -> None:
    from openapi_spec_validator import validate

    with tried("/openapi.json is valid OpenAPI 3.1"):
        validate(json.loads(get("/openapi.json")))


@client("feedparser", "feedparser")
def feedparser() -> None:
    import feedparser

    for path in ("/changes.atom", "/polity/kosovo/feed"):
        with tried(f"{path}: well-formed Atom with entries"):
            feed = feedparser.parse(f"{ADDRESS}{path}")
            assert not feed.bozo and feed.version == "atom10" and feed.entries, feed.get("bozo_exception")


@client("icalendar", "icalendar")
def icalendar() -> None:
    from icalendar import Calendar

    with tried("/polity/kosovo/calendar.ics: events with days"):
        calendar = Calendar.from_ical(get("/polity/kosovo/calendar.ics"))
        events = calendar.walk("VEVENT")
        assert events and all(event.get("DTSTART") and event.get("UID") for event in events)
        equal(calendar.errors, [])


@client("Frictionless", "frictionless")
def frictionless() -> None:
    from frictionless import Package, system

    with tried("the data package: valid, descriptor and rows"), system.use_context(trusted=True):
        package = Package(f"{ADDRESS}/data/datapackage.json")
        report = package.validate()
        assert report.valid, report.flatten(["type", "message"])[:3]


@client("mlcroissant", "mlcroissant")
def mlcroissant() -> None:
    import mlcroissant as ml

    with tried("/data/croissant.json: valid, records of a table"):
        data = ml.Dataset(jsonld=json.loads(get("/data/croissant.json")))
        assert not data.metadata.ctx.issues.errors
        name = next(one.uuid for one in data.metadata.record_sets if "polit" in one.uuid)
        assert next(iter(data.records(name)))


@client("rocrate", "rocrate")
def rocrate() -> None:
    from rocrate.rocrate import ROCrate

    with tried("/data/ro-crate-metadata.json: root and files"):
        (FILES / "crate").mkdir(exist_ok=True)
        (FILES / "crate" / "ro-crate-metadata.json").write_bytes(get("/data/ro-crate-metadata.json"))
        crate = ROCrate(FILES / "crate")
        assert crate.name and crate.license and len(crate.root_dataset["hasPart"]) > 3


@client("MCP SDK (Python)", "mcp")
def mcp() -> None:
    from mcp import ClientSession, StdioServerParameters
    from mcp.client.stdio import stdio_client

    async def talk() -> None:
        command, *words = WORLD["mcp"]
        server = StdioServerParameters(command=command, args=words)
        async with stdio_client(server) as streams, ClientSession(*streams) as session:
            with tried("initialize: Comity's own version"):
                equal((await session.initialize()).server_info.version, WORLD["version"])
            with tried("list of tools"):
                assert len((await session.list_tools()).tools) >= 5
            for name, words in (
                ("search_name", {"text": "Kosovo"}),
                (
                    "ask_question",
                    {"name": "who-recognises", "parameters": {"object": "kosovo", "as_of": "2022-07-14"}},
                ),
                ("query", {"sparql": SELECT}),
                (
                    "explain",
                    {
                        "subject": "germany",
                        "predicate": "recognises",
                        "object": "kosovo",
                        "as_of": "2022-07-14",
                    },
                ),
                ("describe_schema", {"topic": "overview"}),
            ):
                with tried(name):
                    answer = await session.call_tool(name, words)
                    assert not answer.is_error, answer.content[0].text

    asyncio.run(talk())


@client("reconciler", "reconciler")
def reconciler() -> None:
    import pandas as pd
    import reconciler as client_of_reconciliation

    with tried("a column of names, each to its party"):
        names = pd.Series(["Burma", "S. Korea", "DPRK", "Congo-Kinshasa", "Чехословакия"], name="state")
        got = client_of_reconciliation.reconcile(
            names, type_id="polity", reconciliation_endpoint=f"{ADDRESS}/reconcile"
        )
        wanted = [
            "myanmar",
            "south-korea",
            "north-korea",
            "democratic-republic-of-the-congo",
            "czechoslovakia",
        ]
        equal([one.rpartition("/")[2] for one in got["id"]], wanted)


@client("schemathesis", "schemathesis")
def schemathesis() -> None:
    with tried("query, lists and reconciliation, requests made up from /openapi.json: no 5xx"):
        command = [str(Path(sys.executable).with_name("schemathesis")), "run", f"{ADDRESS}/openapi.json"]
        command += ["--include-path-regex", "^/(sparql|lists/states|reconcile)$", "--phases", "fuzzing"]
        command += ["--checks", "not_a_server_error", "--max-examples", "5", "--seed", "1"]
        command += ["--request-timeout", "60", "--generation-database", "none"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=FILES)
        assert done.returncode == 0, done.stdout[-2000:]


def version(package: str) -> str:
    """Return the version of an installed distribution, of Python itself where none is named."""
    with suppress(metadata.PackageNotFoundError):
        return metadata.version(package) if package else ".".join(map(str, sys.version_info[:2]))
    return ""


if __name__ == "__main__":
    time.tzset()
    main(version)
