"""Machine-readable metadata of the tables for reuse: Frictionless data package, RO-Crate and Croissant."""

import datetime as dt
from typing import Any

from comity.export.table_files import FORMS
from comity.export.tables import TABLES, Table

NAME = "Comity"
TITLE = "Comity: who recognises whom"
ABOUT = (
    "Who recognises whom, since when, and who says so: dated acts of international recognition and relations "
    "with their sources, and the recognitions and relations derived from them by published rules."
)
#: The licences of the data, by their SPDX names; the rows of some tables name their own.
LICENCES = {
    "CC-BY-4.0": (
        "Creative Commons Attribution 4.0 International",
        "https://creativecommons.org/licenses/by/4.0/",
    ),
    "CC-BY-SA-4.0": (
        "Creative Commons Attribution-ShareAlike 4.0 International",
        "https://creativecommons.org/licenses/by-sa/4.0/",
    ),
    "CC0-1.0": ("CC0 1.0 Universal", "https://creativecommons.org/publicdomain/zero/1.0/"),
}
MEDIA = {
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_KEYWORDS = ["diplomatic recognition", "diplomatic relations", "international relations", "statehood"]


def made_on(generation: str) -> str:
    """Return the day on which a generation was built, from its name."""
    return dt.datetime.strptime(generation[:8], "%Y%m%d").date().isoformat()


def licences(table: Table) -> list[str]:
    """Return the licences of the rows of a table."""
    return list(LICENCES) if table.has_licences else ["CC-BY-4.0"]


def data_package(generation: str, address: str) -> dict[str, Any]:
    """Return the descriptor of the CSV files (Frictionless Data Package, Tabular Data Resource, Table Schema).

    :param address: the URL of the data page, without a trailing slash; the files are under it.
    """
    return {
        "profile": "tabular-data-package",
        "name": "comity",
        "title": TITLE,
        "description": ABOUT,
        "homepage": address,
        "version": generation,
        "created": f"{made_on(generation)}T00:00:00Z",
        "keywords": _KEYWORDS,
        "licenses": [_licence(name) for name in LICENCES],
        "contributors": [{"title": NAME, "role": "author"}],
        "sources": [{"title": "Named row by row; see the table sources", "path": f"{address}/sources.csv"}],
        "resources": [_resource(table) for table in TABLES.values()],
    }


def _licence(name: str) -> dict[str, str]:
    title, path = LICENCES[name]
    return {"name": name, "title": title, "path": path}


def _resource(table: Table) -> dict[str, Any]:
    fields = [
        {"name": column.name, "type": column.type, "description": column.about} for column in table.columns
    ]
    return {
        "profile": "tabular-data-resource",
        "name": table.name,
        "title": table.title,
        "description": table.about,
        "path": f"{table.name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "licenses": [_licence(name) for name in licences(table)],
        "schema": {"fields": fields, "primaryKey": [table.key], "missingValues": [""]},
    }


def research_object(generation: str, address: str) -> dict[str, Any]:
    """Return the metadata of all files of the tables as an RO-Crate (version 1.1), in JSON-LD.

    :param address: the URL of the data page, without a trailing slash; the files are under it.
    """
    files = [
        {
            "@id": f"{table.name}.{form}",
            "@type": "File",
            "name": f"{table.title} ({form})",
            "description": table.about,
            "encodingFormat": MEDIA[form],
            "license": [{"@id": LICENCES[name][1]} for name in licences(table)],
        }
        for table in TABLES.values()
        for form in FORMS
    ]
    author = {"@id": f"{address}#author", "@type": "Organization", "name": NAME, "url": address}
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": TITLE,
        "description": ABOUT,
        "identifier": address,
        "url": address,
        "version": generation,
        "datePublished": made_on(generation),
        "keywords": _KEYWORDS,
        "license": {"@id": LICENCES["CC-BY-4.0"][1]},
        "author": {"@id": author["@id"]},
        "publisher": {"@id": author["@id"]},
        "hasPart": [{"@id": file["@id"]} for file in files],
    }
    about = {
        "@id": "ro-crate-metadata.json",
        "@type": "CreativeWork",
        "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
        "about": {"@id": "./"},
    }
    named = [
        {"@id": path, "@type": "CreativeWork", "name": title, "identifier": name}
        for name, (title, path) in LICENCES.items()
    ]
    graph: list[Any] = [about, root, author, *files, *named]
    return {"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": graph}


#: The types of columns of a table, by their Croissant names.
_CROISSANT_TYPES = {
    "string": "sc:Text",
    "integer": "sc:Integer",
    "number": "sc:Float",
    "boolean": "sc:Boolean",
    "date": "sc:Date",
}
#: The context prescribed by the Croissant 1.0 specification.
_CROISSANT_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def croissant(generation: str, address: str) -> dict[str, Any]:
    """Return the metadata of the CSV files as Croissant (version 1.0), in JSON-LD.

    The files change with the graph, so the dataset is live and its files have no checksums.

    :param address: the URL of the data page, without a trailing slash; the files are under it.
    """
    return {
        "@context": _CROISSANT_CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": NAME,
        "alternateName": TITLE,
        "description": ABOUT,
        "url": address,
        # Croissant requires three numbers; the name of the generation is given as well.
        "version": made_on(generation).replace("-0", "-").replace("-", "."),
        "identifier": generation,
        "datePublished": made_on(generation),
        "keywords": _KEYWORDS,
        "license": [path for _, path in LICENCES.values()],
        "creator": {"@type": "sc:Organization", "name": NAME, "url": address},
        "publisher": {"@type": "sc:Organization", "name": NAME, "url": address},
        "citeAs": f"{TITLE} ({made_on(generation)[:4]}). Version {generation}. {address}",
        "isLiveDataset": True,
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": f"{table.name}.csv",
                "name": f"{table.name}.csv",
                "description": table.about,
                "contentUrl": f"{address}/{table.name}.csv",
                "encodingFormat": MEDIA["csv"],
            }
            for table in TABLES.values()
        ],
        "recordSet": [_records(table) for table in TABLES.values()],
    }


def _records(table: Table) -> dict[str, Any]:
    fields = [
        {
            "@type": "cr:Field",
            "@id": f"{table.name}/{column.name}",
            "name": column.name,
            "description": column.about,
            "dataType": _CROISSANT_TYPES[column.type],
            "source": {"fileObject": {"@id": f"{table.name}.csv"}, "extract": {"column": column.name}},
        }
        for column in table.columns
    ]
    return {
        "@type": "cr:RecordSet",
        "@id": table.name,
        "name": table.name,
        "description": table.about,
        "key": {"@id": f"{table.name}/{table.key}"},
        "field": fields,
    }
