"""The benchmarks by name: ``python -m tests.benchmarks NAME``; ``figures`` writes docs/figures.md."""

import importlib
import sys

NAMES = (
    "figures",
    "pipeline",
    "pages",
    "upkeep",
    "endpoint",
    "reconcile",
    "w3c",
    "reading",
    "soak",
    "processor",
    "importing",
)


def main(words: list[str]) -> None:
    """Run the benchmark named first, with the rest as its options."""
    if not words or words[0] not in NAMES:
        sys.exit(f"Name a benchmark, one of {', '.join(NAMES)}; each has --help.")
    importlib.import_module(f"tests.benchmarks.{words[0]}").main(words[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
