"""Print what HermiT finds wrong with an N-Triples file: "inconsistent", or the classes that can have no member.

Run as a program: owlready2 keeps a state of its own and speaks on the standard output of its process.
"""

import contextlib
import os
import sys

import owlready2


def flaws(path: str) -> list[str]:
    """Give the IRIs of the unsatisfiable classes, or the one word ``inconsistent``."""
    world = owlready2.World()
    with open(path, "rb") as triples:
        world.get_ontology("https://w3id.org/comity/ontology#").load(fileobj=triples)
    try:
        with contextlib.redirect_stdout(open(os.devnull, "w")):
            owlready2.sync_reasoner_hermit(world, debug=0)
    except owlready2.OwlReadyInconsistentOntologyError:
        return ["inconsistent"]
    return sorted(each.iri for each in world.inconsistent_classes())


if __name__ == "__main__":
    print("\n".join(flaws(sys.argv[1])))
