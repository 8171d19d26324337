"""The running server keeps to its own OpenAPI document, whatever schemathesis sends."""

import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from .conftest import running

CHECKS = "not_a_server_error,response_schema_conformance,content_type_conformance,status_code_conformance"


@pytest.fixture
def target(store_path: Path) -> Iterator[str]:
    yield from running(store_path, COMITY_QUERY_SECONDS="5")


@pytest.mark.long
@pytest.mark.skipif(importlib.util.find_spec("schemathesis") is None, reason="schemathesis is not installed")
def test_schemathesis_finds_nothing(target: str, tmp_path: Path) -> None:
    command = [str(Path(sys.executable).parent / "st"), "run", f"{target}/openapi.json", "--checks", CHECKS]
    command += ["--max-examples", "25", "--continue-on-failure", "--seed", "1"]
    # How many of its own examples the generator throws away says nothing about the server.
    command += ["--suppress-health-check", "filter_too_much"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert said.returncode == 0, said.stdout.partition(" WARNINGS ")[0][-5000:]


def routes(app: Flask) -> set[tuple[str, str]]:
    """Every address of the application, as OpenAPI writes it, with each of its methods."""
    found: set[tuple[str, str]] = set()
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:[^<>:]+(?:\([^)]*\))?:)?(\w+)>", r"{\1}", rule.rule)
        found |= {(path, method.lower()) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    return found


def test_the_document_describes_every_address_of_the_application(app: Flask, client: FlaskClient) -> None:
    paths = client.get("/openapi.json").json["paths"]
    described = {(path, method) for path, operations in paths.items() for method in operations}
    assert described == routes(app)


def test_whatever_writes_names_the_token_the_body_and_the_problems(client: FlaskClient) -> None:
    document = client.get("/openapi.json").json
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method == "get" or path in (
                "/report",
                "/reconcile",
                "/read",
            ):  # Nothing of the graph is written there.
                continue
            assert {"bearer": []} in operation["security"], path
            assert "requestBody" in operation or method == "delete", path
            for status in ("401", "403", "422"):
                assert "application/problem+json" in operation["responses"][status]["content"], path


def test_every_reference_and_parameter_of_the_document_is_there(client: FlaskClient) -> None:
    response = client.get("/openapi.json")
    for name in re.findall(r"#/components/schemas/(\w+)", response.text):
        assert name in response.json["components"]["schemas"]
    for path, operations in response.json["paths"].items():
        for operation in operations.values():
            named = {one["name"] for one in operation.get("parameters", []) if one["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path)), path
