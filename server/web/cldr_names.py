"""Names of states in the languages of the world, from Unicode's CLDR by way of babel.

Reading all languages takes babel a second or two, so the asset fetcher writes them into one small file;
without it they are read when somebody first searches in another language.
"""

import json
from pathlib import Path

FILE = Path(__file__).parents[1] / "static" / "vendor" / "names.json"


def names() -> list[tuple[str, str]]:
    """Give the names of territories with their ISO codes, each once."""
    if FILE.is_file():
        return [(code, name) for code, names in json.loads(FILE.read_text("utf-8")).items() for name in names]
    return read()


def read() -> list[tuple[str, str]]:
    """Read the names out of babel: one locale for each language."""
    from babel import Locale
    from babel.localedata import locale_identifiers

    found: dict[tuple[str, str], None] = {}
    for language in sorted(locale_identifiers()):
        if "_" not in language:
            for code, name in Locale.parse(language).territories.items():
                if len(code) == 2:
                    found[code, name] = None
    return list(found)


def write() -> None:
    """Write the names into the file that :func:`names` prefers."""
    table: dict[str, list[str]] = {}
    for code, name in read():
        table.setdefault(code, []).append(name)
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(json.dumps(table, ensure_ascii=False, sort_keys=True), "utf-8")
