"""Check the syntax of SPARQL and Turtle files: ``check_syntax.py FILE…``; exits with 1 if one is not valid."""

import sys
from pathlib import Path

import pyoxigraph as ox

from comity.iris import BASE, PREFIXES


def problem(path: Path) -> str | None:
    """Return what the parser says against a file, or None if it is valid."""
    text = path.read_text("utf-8")
    try:
        if path.suffix == ".ttl":
            list(ox.parse(text, format=ox.RdfFormat.TURTLE))
        elif path.suffix == ".ru":
            ox.Store().update(text, prefixes=PREFIXES, base_iri=BASE)
        else:
            ox.Store().query(text, prefixes=PREFIXES, base_iri=BASE)
    except (SyntaxError, ValueError) as error:
        return str(error)
    return None


def main(names: list[str]) -> int:
    """Print what is wrong with the files; return the exit status."""
    found = {name: said for name in names if (said := problem(Path(name)))}
    for name, said in found.items():
        print(f"{name}: {said}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
