"""The Turtle files of the ontology folder, read once."""

from functools import cache
from importlib.resources import files
from pathlib import Path

from rdflib import Graph, URIRef

CO = "https://w3id.org/comity/ontology#"
ONTOLOGY = URIRef("https://w3id.org/comity/ontology")


def folder() -> Path:
    return Path(str(files("comity.ontology")))


def turtle_files() -> list[Path]:
    return sorted(folder().rglob("*.ttl"))


@cache
def read(name: str) -> Graph:
    return Graph().parse(folder() / name)


def together(*parts: Graph) -> Graph:
    graph = Graph()
    for part in parts:
        for triple in part:
            graph.add(triple)
    return graph
