"""The running server keeps to its own OpenAPI document, whatever schemathesis sends."""

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import running

CHECKS = "not_a_server_error,response_schema_conformance,content_type_conformance,status_code_conformance"


@pytest.fixture
def target(store_path: Path) -> Iterator[str]:
    yield from running(store_path, COMITY_QUERY_SECONDS="1")


@pytest.mark.long
@pytest.mark.skipif(importlib.util.find_spec("schemathesis") is None, reason="schemathesis is not installed")
def test_schemathesis_finds_nothing(target: str, tmp_path: Path) -> None:
    command = [str(Path(sys.executable).parent / "st"), "run", f"{target}/openapi.json", "--checks", CHECKS]
    command += ["--max-examples", "100", "--continue-on-failure", "--seed", "1"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert said.returncode == 0, said.stdout[-5000:]
