"""The name of a party at the time of an act, if the graph has a dated name."""

from comity.english import with_article
from comity.periods.in_force import Interval
from comity.server.web.models.graph_reader import GraphReader, kept

#: Sorts before every day: the beginning of a name with only a known end.
_ALWAYS = ("", "")


def named_then(reader: GraphReader, iri: str, earliest: str, latest: str) -> str:
    """Return the name of a party as used within a sentence about some days: *Dahomey (Benin)*.

    It is today's name if no name is known for these days, or several are: which of them to use then depends on the
    party using it.
    """
    label = reader.label(iri)
    then = {
        name
        for name, use in _former_names(reader, iri)
        if use.in_force(earliest) and use.start[1] <= latest <= use.end[0]
    } - {label}
    return f"{with_article(then.pop())} ({label})" if len(then) == 1 else with_article(label)


@kept
def _former_names(reader: GraphReader, iri: str) -> tuple[tuple[str, Interval], ...]:
    """Return the former English names of a party, each with the time of its use.

    One of two rivals for the same state bore its official name alone until the rivalry began.
    """
    found = []
    for use in map(reader.thing, reader.subjects("names", iri)):
        english = [text.value for text in use.terms("text") if text.language == "en"]
        if use.of("nameKind") == "former name" and english:
            interval = use.interval()
            start = interval.start if use.of("startLatest") else _ALWAYS
            found.append((english[0], Interval(start, interval.end)))
    for rivalry in map(reader.thing, reader.subjects("rival", iri)):
        if (official := reader.thing(iri).of("officialName")) and rivalry.of("startLatest"):
            found.append((official, Interval(_ALWAYS, rivalry.interval().start)))
    return tuple(found)
