"""Each shape lets the sound sample pass and finds the fault that it is for."""

import pytest
from pyshacl import validate
from rdflib import SH

from . import files
from .faults import FAULTS
from .results import Finding, findings
from .samples import GOOD, graph


@pytest.fixture(scope="module")
def found() -> set[Finding]:
    """What the shapes find in the sample with all the faults, validated once: every fault has nodes of its own."""
    return findings(graph(GOOD + "".join(fault.turtle for fault in FAULTS)))


def test_a_sound_sample_passes_every_shape():
    assert findings(graph(GOOD)) == set()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.shape}-{fault.culprit}")
def test_the_fault_is_found(fault, found):
    severity = "Warning" if fault.warning else "Violation"
    matching = [one for one in found if one.culprit == fault.culprit]
    assert [(one.shape, one.severity) for one in matching] == [(fault.shape, severity)]
    assert fault.told in matching[0].message


def test_nothing_else_is_found(found):
    assert {one.culprit for one in found} == {fault.culprit for fault in FAULTS}


def test_every_shape_with_a_message_has_a_fault():
    shapes = files.read("shapes.ttl")
    messages = set(shapes.objects(None, SH.message))
    found_by = {message for fault in FAULTS for message in messages if fault.told in message}
    assert sorted(messages - found_by) == []


def test_the_shapes_are_themselves_valid():
    conforms, _, text = validate(
        files.together(files.read("comity.ttl")), shacl_graph=files.read("shapes.ttl"), meta_shacl=True
    )
    assert conforms, text
