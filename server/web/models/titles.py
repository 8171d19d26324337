"""Titles of things in lists and page headings: acts by their sentences, periods by their parties."""

from comity.edtf import in_words
from comity.english import capital
from comity.iris import BASE
from comity.questions.lookup import folder_of
from comity.server.web.models import records
from comity.server.web.models.graph_reader import GraphReader, Thing

#: The name of each kind of period, from its IRI.
_PERIODS = {
    "recognition": "{} recognises {}",
    "implied-recognition": "{} recognises {} by relations",
    "government-recognition": "{} recognises {} as government",
    "limited-recognition": "{} recognises {} in a limited capacity",
    "relations": "Relations of {} and {}",
    "broken-relations": "Relations of {} and {} broken off",
    "suspended-relations": "Relations of {} and {} suspended",
    "freeze": "{} freezes its recognition of {}",
}
_SUCCESSIONS = {
    "continues": "{s} continues {p}",
    "succeeds": "{s} succeeds {p}",
    "annexed-by": "{p} was annexed by {s}",
    "united-into": "{p} was united into {s}",
    "dissolved-into": "{p} was dissolved into {s}",
}


def called(reader: GraphReader, iri: str) -> str:
    """Return the title of a thing in lists: a sentence for acts and successions, the parties for periods and names."""
    folder = folder_of(iri) if iri.startswith(BASE) else ""
    if folder == "act" and (act := records.act(reader, iri)):
        return act.dated
    if folder == "period":
        return period(reader, reader.thing(iri))
    if folder == "succession" and (thing := reader.thing(iri)).of("successor"):
        return succession(reader, thing)
    if folder == "name" and (thing := reader.thing(iri)).of("names"):
        return name_in_use(reader, thing)
    return reader.label(iri)


def period(reader: GraphReader, thing: Thing) -> str:
    """Return whose recognition or relations a period covers, and from when."""
    kind, *_, start = thing.iri.removeprefix(BASE + "period/").split("/", 3)
    roles = (("recogniser", "firstParty"), ("recognisedParty", "recognisedGovernment", "secondParty"))
    one, other = (reader.named(next(filter(None, map(thing.of, names)), "")) for names in roles)
    return capital(_PERIODS.get(kind, "{} and {}").format(one, other)) + ", from " + in_words(start)


def name_in_use(reader: GraphReader, thing: Thing) -> str:
    """Return a name with its language unless that is English, of whom it is, and who else than they uses it."""
    named, user = thing.of("names"), thing.of("usedBy")
    language = next((literal.language for literal in thing.terms("text")), None) or "en"
    text = reader.label(thing.iri) + ("" if language == "en" else f" ({language})")
    told = f"{text}, {thing.of('nameKind') or 'name'} of {reader.named(named)}"
    return told if user in ("", named) else f"{told}, used by {reader.named(user)}"


def succession(reader: GraphReader, thing: Thing) -> str:
    """Return which polity followed another, and how, as a sentence without a full stop."""
    form = _SUCCESSIONS.get(thing.of("successionKind"), "{s} followed {p}")
    one, other = reader.named(thing.of("successor")), reader.named(thing.of("predecessor"))
    return capital(form.format(s=one, p=other))
