"""Print the OWL 2 RL and DL profile violations of an RDF/XML file; run as a program.

It is a process of its own, because a Java machine cannot be started twice inside one.
"""

import sys
from pathlib import Path

import jpype
import owlready2


def violations(path: str) -> list[str]:
    """Give the profile violations that OWLAPI finds, one line each."""
    jars = Path(owlready2.__file__).parent / "pellet"
    jpype.startJVM(classpath=[str(jar) for jar in jars.glob("*.jar")], convertStrings=True)
    profiles = jpype.JPackage("org.semanticweb.owlapi.profiles")
    manager = jpype.JClass("org.semanticweb.owlapi.apibinding.OWLManager").createOWLOntologyManager()
    ontology = manager.loadOntologyFromOntologyDocument(jpype.JClass("java.io.File")(path))
    return [
        f"{name}: {violation}"
        for name, profile in (("RL", profiles.OWL2RLProfile()), ("DL", profiles.OWL2DLProfile()))
        for violation in profile.checkOntology(ontology).getViolations()
    ]


if __name__ == "__main__":
    print("\n".join(violations(sys.argv[1])))
