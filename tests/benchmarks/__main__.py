"""The benchmarks by name: ``python -m tests.benchmarks NAME``; without one, all but scale and pages."""

import importlib
import sys

NAMES = ("pipeline", "upkeep", "endpoint", "scale", "pages")


def main(words: list[str]) -> None:
    """Run the benchmark named first, with the rest as its options; without a name, pipeline and endpoint."""
    if words and words[0] not in NAMES:
        sys.exit(f"There is no benchmark {words[0]!r}. There are: {', '.join(NAMES)}.")
    for name in words[:1] or NAMES[:3]:
        importlib.import_module(f"tests.benchmarks.{name}").main(words[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
