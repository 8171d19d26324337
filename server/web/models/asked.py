"""Natural-language questions about one party, such as "who withdrew recognition of Kosovo", and their answers."""

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from comity.edtf import bounds, in_words, shifted
from comity.english import capital
from comity.errors import DateError
from comity.iris import BASE, identifier
from comity.periods.in_force import CERTAIN
from comity.questions.spelling import fold
from comity.server.web.models import blocs, governments, pair, recognition, records
from comity.server.web.models.graph_reader import GraphReader

#: The score from which a hit is taken as the thing meant.
SURE = 1.5
#: The score of an exact name, from which other things with these words in their names do not count.
_WHOLE = 2.8
#: The number of parties named in a sentence.
_NAMED = 30
_MONTHS = [name.lower() for name in calendar.month_name[1:]]
_DATE = re.compile(
    r" (?:on|in|at|by|as of)(?: the)?(?: end of)?"
    rf"(?:(?: (?P<day>\d{{1,2}}))? (?P<month>{'|'.join(_MONTHS)}))? (?P<year>\d{{4}})$"
)
_RECOGNISE = r"(?:have |has |had |ever )*(?:formally |officially )?recogni[sz]e[sd]?"
_NOT = r"(?:do not|does not|dont|doesnt|did not|didnt|have not|has not|never|not)"
_STATES = r"(?:countries|country|states|state|parties|members of the united nations)"
_WHO = (
    rf"(?:(?:who|which|what|how many)(?: {_STATES})*"
    rf"|(?:a |the )?(?:list of |all )?(?:the )?{_STATES} (?:that|which|who)"
    r"|(?:do|does|did|has|have) (?:anyone|anybody|someone|any country|any countries|any state|any states))"
)


@dataclass(frozen=True)
class Answer:
    """The answer to a question in words: a sentence, and the text and address of a link to the full answer."""

    sentence: str
    words: str
    page: str
    anchor: str = ""
    arguments: dict[str, str] = field(default_factory=dict)


def answer(reader: GraphReader, text: str, day: str) -> Answer | None:
    """Return the answer to a question about the recognition of one party on a day; None for any other text.

    :param day: the day of the page; a day in the text takes precedence.
    """
    folded, first, named_day = without_day(fold(text))
    found = _DONE.fullmatch(folded) if first < named_day else None
    if found and (object := _named(reader, found["object"], "party")):
        return _done_within(reader, object, first, named_day)
    if named_day:
        told = _answer(reader, folded, named_day)
        return told and replace(
            told,
            sentence=f"On {in_words(named_day)}: {told.sentence}",
            arguments=told.arguments | {"as_of": named_day},
        )
    return _answer(reader, folded, day)


def without_day(folded: str) -> tuple[str, str, str]:
    """Return a folded text without the date at its end, and the first and the last day of that."""
    found = _DATE.search(folded)
    if not found:
        return folded, "", ""
    month = _MONTHS.index(found["month"]) + 1 if found["month"] else 0
    date = "-".join(
        [
            found["year"],
            *([f"{month:02d}"] if month else []),
            *([f"{int(found['day']):02d}"] if found["day"] else []),
        ]
    )
    try:
        first, last = bounds(date)
    except DateError:
        return folded, "", ""
    return folded[: found.start()], first.isoformat(), last.isoformat()


def _answer(reader: GraphReader, folded: str, day: str) -> Answer | None:
    for pattern, make in _PATTERNS:
        if found := pattern.fullmatch(folded):
            named = {
                name: words
                if name == "since"
                else _named(reader, words, "organisation" if name == "organisation" else "party")
                for name, words in found.groupdict().items()
                if words
            }
            if all(named.values()):
                return make(reader, day, **named)
    return None


def _named(reader: GraphReader, words: str, kind: str) -> str:
    """Return the thing of a kind named by words; empty if there is none, or several match equally well."""
    hits = [hit for hit in reader.names.search(words.removeprefix("the "), kind, 2) if hit.score >= SURE]
    several = len(hits) == 2 and hits[0].score < _WHOLE and hits[1].score > hits[0].score - 0.05
    if several and all(
        governments.government(reader, hit.iri) for hit in hits
    ):  # "Taliban": the one in office
        hits = [hit for hit in hits if not reader.thing(hit.iri).of("until")]
        several = len(hits) != 1
    return hits[0].iri if hits and not several else ""


def _recognisers(reader: GraphReader, day: str, object: str) -> Answer:
    if governments.government(reader, object):
        return _of_government(reader, day, object)
    last = pair.last_day(reader, (object, object), day)
    found = _recognising(reader, object, last)
    if last < day and found:
        told = f"{capital(reader.named(object))} has ended. On its last day, {in_words(last)}, "
        told += f"{_parties(len(found), 'was', 'were').lower()} known to recognise it"
        listed = _listed(reader, sorted(found, key=reader.label))
        return Answer(f"{told}{listed}.", f"Who recognised {reader.named(object)}", _path(object), "#ended")
    members = len(recognition.un_members(reader, day) & found)
    told = f"{_parties(len(found), 'is', 'are')} known to recognise {reader.named(object)}"
    those = "a member" if members == 1 else "members"
    few = _listed_if_few(reader, sorted(found, key=reader.label))
    if len(found) == 1:
        told += few + (", a member of the United Nations" if members else "")
    else:
        told += (f", {members} of them {those} of the United Nations" if members else "") + few
    return Answer(f"{told}.", f"Who recognises {reader.named(object)}", _path(object), "#recognised-by")


def _of_government(reader: GraphReader, day: str, object: str) -> Answer:
    """Return who recognises a government on a day or, if nobody does any more, who did."""
    full = [
        one
        for one in governments.recognitions(reader, object)
        if one.government == object and not one.limited and one.interval.start[1] <= day
    ]
    now = {one.party for one, certain in governments.on_day(full, day) if certain}
    before = {one.party for one in full} - now
    name, words = reader.named(object), f"Who recognised {reader.named(object)}"
    told = f"{_parties(len(now), 'is', 'are')} known to recognise {name} as the government"
    told += _listed(reader, sorted(now, key=reader.label)) + "."
    if before:
        told += f" {len(before)} {'party did' if len(before) == 1 else 'parties did'} before"
        told += _listed(reader, sorted(before, key=reader.label)) + "."
    return Answer(told, words, _path(object))


def _both(reader: GraphReader, day: str, object: str, other: str) -> Answer | None:
    """Return how many recognise both of two parties; None if they are one."""
    if object == other:
        return None
    one, two = (_recognising(reader, iri, day) for iri in (object, other))
    names = f"{reader.named(object)} and {reader.named(other)}"
    few = _listed_if_few(reader, sorted(one & two, key=reader.label))
    told = f"{_parties(len(one & two), 'is', 'are')} known to recognise both {names}{few}."
    asked = {"object": identifier(object), "object_2": identifier(other), "show": "both"}
    return Answer(told, "Who, and since when", "/questions/recognisers-of-two", "", asked)


def _when(reader: GraphReader, day: str, actor: str, object: str) -> Answer | None:
    """Return since when a party recognises another; None if it does not."""
    standing = pair.stance(reader, actor, object, day).standing
    if not standing or not standing.certain or actor == object:
        return None
    how = "by declaration" if standing.basis.startswith("expressly") else "by diplomatic relations"
    if earlier := recognition.origin(reader, standing):
        done = re.sub("^The ", "the ", earlier.sentence)
        how = f"continuing an earlier recognition: {done}, {in_words(earlier.edtf)}"
    told = (
        f"{reader.named(actor)} has recognised {reader.named(object)} since {in_words(standing.edtf)}, {how}."
    )
    words = f"{reader.label(actor)} and {reader.label(object)}"
    return Answer(capital(told), words, f"/between/{identifier(actor)}/{identifier(object)}")


def _stated(reader: GraphReader, day: str, actor: str, object: str) -> Answer | None:
    """Return what a party holds of another."""
    if actor == object:
        return None
    told = f"{capital(pair.stance_in_words(reader, pair.stance(reader, actor, object, day), False))}."
    asked = {"object": identifier(object), "party": identifier(actor)}
    return Answer(
        told, "All that it claims, in its words where quoted", "/questions/compare-perspectives", "", asked
    )


def _a_state(reader: GraphReader, day: str, object: str) -> Answer:
    """Return who recognises a party and who denies that it is a state, since no status is asserted."""
    found = sum(one.certain for one in recognition.standings(reader, object, day))
    claims = recognition.stances(records.claims_about(reader, object), day).values()
    refusing = sum(claim.refuses for claim in claims)
    told = f"Comity asserts no status. {_parties(found, 'is', 'are')} known to recognise {reader.named(object)}, and "
    told += f"{refusing or 'none is known to'} {'says' if refusing == 1 else 'say'} that it is not a sovereign state."
    return Answer(told, f"Claims about the status of {reader.named(object)}", _path(object), "#status")


def _first(reader: GraphReader, day: str, object: str) -> Answer | None:
    """Return the answer to who recognised a party first; None if no act of recognition is known."""
    acts = [
        act
        for act in records.acts_of(reader, object)
        if act.kind == "recognition" and act.object == object and act.latest <= day
    ]
    if not acts:
        return None
    first = min(acts, key=lambda act: (act.latest, act.earliest))
    found = sorted({act.actor for act in acts if act.edtf == first.edtf}, key=reader.label)
    told = f"The first recognition of {reader.named(object)} that is known is of {in_words(first.edtf)}"
    words, asked = "All recognitions in their order", {"object": identifier(object)}
    return Answer(f"{told}{_listed(reader, found)}.", words, "/questions/recognition-order", "", asked)


def _done_within(reader: GraphReader, object: str, first: str, last: str) -> Answer:
    """Return who recognised a party by an act within a month or a year, and how many did on its last day."""
    acts = [
        act
        for act in records.acts_of(reader, object)
        if act.kind == "recognition" and act.object == object and first <= act.earliest and act.latest <= last
    ]
    found = sorted({act.actor for act in acts}, key=reader.label)
    known = len(_recognising(reader, object, last))
    told = f"In {in_words(last[:4] if first[5:] == '01-01' else last[:7])}, "
    told += f"{_parties(len(found), '', '').strip().lower()} recognised {reader.named(object)} by an act that is known"
    words, asked = "What changed in that time", {"date": shifted(first, -1), "as_of": last}
    then = f"On {in_words(last)}, {_parties(known, 'was', 'were').lower()} known to recognise it."
    return Answer(f"{told}{_listed(reader, found)}. {then}", words, f"{_path(object)}/since", "", asked)


def _only(reader: GraphReader, day: str, object: str, other: str) -> Answer | None:
    """Return how many recognise one party and are not known to recognise another; None if they are one."""
    if object == other:
        return None
    one, two = (_recognising(reader, iri, day) for iri in (object, other))
    found = sorted(one - two - {other}, key=reader.label)
    told = f"{_parties(len(found), 'is', 'are')} known to recognise {reader.named(object)}"
    told += f" and not {reader.named(other)}"
    few = _listed_if_few(reader, found)
    asked = {"object": identifier(object), "object_2": identifier(other), "show": "first"}
    return Answer(f"{told}{few}.", "Since when", "/questions/recognisers-of-two", "", asked)


def _related(reader: GraphReader, day: str, object: str) -> Answer:
    """Return with whom a party has diplomatic relations on a day."""
    pairs = reader.pairs(day, CERTAIN, "relations")
    found = sorted({other.value for one, other in pairs if one.value == object}, key=reader.label)
    told = (
        f"{_parties(len(found), 'is', 'are')} known to have diplomatic relations with {reader.named(object)}"
    )
    few = _listed_if_few(reader, found)
    asked = {"polity": identifier(object)}
    return Answer(f"{told}{few}.", "Since when", "/questions/relations-of", "", asked)


def _turned(reader: GraphReader, day: str, object: str, other: str, since: str = "") -> Answer | None:
    """Return who gave up recognition of a party and recognises its rival; None if the two are no rivals."""
    ended = recognition.endings(reader, object, "", day)
    if not any(
        one.reason == "rival government" and one.act and other in (one.act.actor, one.act.object)
        for one in ended
    ):
        return None
    turned = _recognising(reader, other, day)
    found = [one for one in ended if one.party in turned and one.day >= since]
    told = (
        f"{_parties(len(found), 'has', 'have')} turned from {reader.named(object)} to {reader.named(other)}"
    )
    told += f" since {since}" if since else ""
    last = ", ".join(f"{reader.named(one.party)} ({in_words(one.edtf)})" for one in reversed(found[-_NAMED:]))
    told += ("" if not found else f": {last}" if len(found) <= _NAMED else f", the last of them {last}") + "."
    return Answer(told, "Since when, until when, and what ended it", _path(object), "#ended")


def _member(reader: GraphReader, day: str, object: str, organisation: str) -> Answer:
    """Return whether a party is a member of an organisation on a day, and as what."""
    found = [
        thing
        for one in reader.subjects("member", object)
        if (thing := reader.thing(one)).of("organisation") == organisation and thing.interval().in_force(day)
    ]
    told = f"{reader.named(object)} is not known to be a member of {reader.named(organisation)}"
    if found:
        status = (found[0].of("membershipStatus") or "member").replace("_", " ")
        standing = (
            f"{'an' if status[0] in 'aeiou' else 'a'} {status} {'in' if status == 'observer' else 'of'}"
        )
        since = in_words(found[0].of("since") or found[0].of("startEarliest"))
        told = f"{reader.named(object)} has been {standing} {reader.named(organisation)} since {since}"
    return Answer(f"{capital(told)}.", "Its memberships", _path(object), "#bodies")


def _severed(reader: GraphReader, day: str, object: str) -> Answer:
    """Return with whom the relations of a party are broken off or suspended on a day."""
    found = sorted(recognition.broken(reader, object, day), key=reader.label)
    told = f"Relations between {reader.named(object)} and {_parties(len(found), 'are', 'are')} broken off or suspended"
    words, asked = "All breaks, by whom and since when", {"polity": identifier(object)}
    return Answer(f"{told}{_listed(reader, found)}.", words, "/questions/breaks-of-relations", "", asked)


def _others(reader: GraphReader, day: str, object: str) -> Answer:
    found = _recognising(reader, object, day)
    united = recognition.un_members(reader, day) - {object}
    told = (
        f"{len(united - found)} of the other {len(united)} members of the United Nations are not known to recognise "
        f"{reader.named(object)}. That nothing is known is silence, not refusal."
    )
    return Answer(told, f"What the others say of {reader.named(object)}", _path(object), "#blocs")


def _recognised(reader: GraphReader, day: str, actor: str) -> Answer:
    found = [one.party for one in recognition.standings(reader, actor, day, recognised=False) if one.certain]
    name = reader.named(actor)
    told = f"{name} is known to recognise {len(found)} {'other' if len(found) == 1 else 'others'}."
    return Answer(capital(told), f"Whom {name} recognises", _path(actor), "#recognises")


def _not_recognised(reader: GraphReader, day: str, actor: str) -> Answer:
    """Return which members of the United Nations a party is not known to recognise, and whom it refuses."""
    standings = recognition.standings(reader, actor, day, recognised=False)
    known = {one.party for one in standings if one.certain}
    others = recognition.un_members(reader, day) - known - {actor}
    denied = {
        claim.about
        for claim in records.claims_by(reader, actor)
        if claim.refuses and claim.interval.in_force(day) and claim.about not in known
    }
    name = reader.named(actor)
    told = (
        f"{name} is not known to recognise {len(others) or 'none'} of the other members of the United Nations"
    )
    told += _listed_if_few(reader, sorted(others, key=reader.label))
    told += ". That nothing is known is silence, not refusal."
    if denied:
        told += f" It says that these are not sovereign states{_listed(reader, sorted(denied, key=reader.label))}."
    return Answer(capital(told), f"What {name} holds of others", _path(actor), "#own")


def _neither(reader: GraphReader, day: str, object: str, other: str) -> Answer | None:
    """Return how many members of the United Nations are known to recognise neither of two; None if they are one."""
    if object == other:
        return None
    either = _recognising(reader, object, day) | _recognising(reader, other, day)
    found = sorted(recognition.un_members(reader, day) - either - {object, other}, key=reader.label)
    names = f"{reader.named(object)} nor {reader.named(other)}"
    told = f"{len(found)} of the members of the United Nations are known to recognise neither {names}"
    told += f"{_listed_if_few(reader, found)}. That nothing is known is silence, not refusal."
    asked = {"object": identifier(object), "object_2": identifier(other)}
    return Answer(told, "Who recognises either", "/questions/recognisers-of-two", "", asked)


def _withdrawals(reader: GraphReader, day: str, object: str) -> Answer:
    ended = recognition.endings(reader, object, "", day)
    found = sorted({one.party for one in ended if one.reason == "withdrawal"}, key=reader.label)
    told = f"{_parties(len(found), 'has', 'have')} withdrawn recognition of {reader.named(object)}"
    told += f"{_listed(reader, found)}."
    disputed = {one.party for one in ended if one.reason == "withdrawal" and one.act and one.act.disputes}
    if disputed:
        told += f" Another party denies {'one' if len(disputed) == 1 else len(disputed)} of these withdrawals"
        told += f"{_listed(reader, sorted(disputed, key=reader.label))}."
    words = "Each with its day and its sources, and who resumed it"
    asked = {"object": identifier(object)}
    return Answer(told, words, "/questions/withdrawals", "", asked)


def _frozen(reader: GraphReader, day: str, object: str) -> Answer:
    found = [one.party for one in recognition.standings(reader, object, day, frozen=True) if one.certain]
    told = f"{_parties(len(found), 'has', 'have')} frozen recognition of {reader.named(object)}"
    return Answer(
        f"{told}{_listed(reader, found)}.", "Since when, and by which act", _path(object), "#frozen"
    )


def _of_members(recognising: bool) -> Callable[..., Answer | None]:
    """Return the answer to how many members of an organisation recognise a party, or which do not."""

    def make(reader: GraphReader, day: str, organisation: str, object: str) -> Answer | None:
        found = (one for one in blocs.blocs(reader, object, day) if one.organisation == organisation)
        bloc = next(found, None)
        if bloc is None:
            return None
        others = [one.party for one in bloc.others]
        number = bloc.recognising if recognising else len(others)
        verb = "are known" if recognising else "are not known"
        told = f"{number} of the {bloc.members} members of {reader.named(organisation)} {verb} to recognise"
        listed = _listed_if_few(reader, bloc.recognisers) if recognising else _listed(reader, others)
        words = "Blocs at a glance: what the others say"
        return Answer(f"{told} {reader.named(object)}{listed}.", words, _path(object), "#blocs")

    return make


def _parties(number: int, one: str, many: str) -> str:
    return f"{number or 'No'} {f'party {one}' if number < 2 else f'parties {many}'}"


def _listed(reader: GraphReader, parties: list[str]) -> str:
    """Return the names of parties as the end of a sentence, as many as fit."""
    if not parties:
        return ""
    # One more name is as short as "and 1 more".
    names = [reader.named(one) for one in parties[: _NAMED if len(parties) > _NAMED + 1 else _NAMED + 1]]
    more = len(parties) - len(names)
    last = f" and {more} more" if more else f" and {names.pop()}" if len(names) > 1 else ""
    return f": {', '.join(names)}{last}"


def _listed_if_few(reader: GraphReader, parties: list[str]) -> str:
    """Return the names of parties as the end of a sentence; empty if they do not all fit."""
    return _listed(reader, parties) if len(parties) <= _NAMED + 1 else ""


def _recognising(reader: GraphReader, object: str, day: str) -> set[str]:
    """Return the parties that certainly recognise another on a day."""
    return {one.party for one in recognition.standings(reader, object, day) if one.certain}


def _path(iri: str) -> str:
    return "/" + iri.removeprefix(BASE)


#: Both ways to name the members of an organisation.
_MEMBERS = (
    r"(?:(?:which|what|how many) )?(?P<organisation>.+?) (?:members|member states|countries|states)",
    r"(?:which|what|how many) (?:members|member states|countries|states) (?:of|in) (?P<organisation>.+?)",
)
_DONE = re.compile(rf"{_WHO} (?:formally |officially )?recogni[sz]ed (?P<object>.+)")
_OF = r"(?:its |their )?(?:recognition )?(?:of|from) (?P<object>.+)"
_MAKERS: list[tuple[str, Callable[..., Answer | None]]] = [
    (rf"{_WHO} (?:have |has )?(?:withdrew|withdrawn|withdraw) {_OF}", _withdrawals),
    (rf"{_WHO} (?:have |has )?(?:froze|frozen|freeze|freezes|suspended) {_OF}", _frozen),
    (
        rf"{_WHO} (?:have |has )?(?:broke|broken|severed|sever|cut|suspended)(?: off)?(?: diplomatic)?"
        r" (?:relations|ties)(?: off)? (?:with|to) (?P<object>.+)",
        _severed,
    ),
    (rf"{_WHO} (?:was |were )?(?:the )?first (?:to )?{_RECOGNISE} (?P<object>.+)", _first),
    (rf"{_WHO} {_RECOGNISE} (?P<object>.+) first", _first),
    (r"(?:the )?first (?:country |state |party )?to recogni[sz]e (?P<object>.+)", _first),
    (rf"{_WHO} {_NOT} {_RECOGNISE} (?P<object>.+)", _others),
    (rf"{_WHO} {_RECOGNISE} neither (?P<object>.+?) (?:nor|or) (?P<other>.+)", _neither),
    (rf"{_WHO} {_RECOGNISE} (?P<object>.+?) (?:but|and) not (?:also )?(?P<other>.+)", _only),
    (rf"{_WHO} {_RECOGNISE} (?P<object>.+)", _recognisers),
    (rf"{_STATES} recogni[sz]ing (?P<object>.+)", _recognisers),
    (
        r"(?:is|was) (?P<object>.+?) (?:internationally |officially |still )*recogni[sz]ed"
        r"(?: by (?:anyone|anybody|any country|any state|whom))?",
        _recognisers,
    ),
    (rf"{_WHO} (?:have |has |had )?(?:diplomatic )?(?:relations|ties) (?:with|to) (?P<object>.+)", _related),
    (
        rf"{_WHO} (?:have |has )?(?:switched|turned|moved|went)(?: recognition| relations| over)? from (?P<object>.+?)"
        r" to (?P<other>.+?)(?: since (?P<since>\d{4}))?",
        _turned,
    ),
    (
        r"(?:is|was) (?P<object>.+?) (?:a |an )?(?:full )?(?:member|part|observer)(?: state)? (?:of|in|at)"
        r" (?P<organisation>.+)",
        _member,
    ),
    (rf"{_WHO} {_RECOGNISE} (?:both )?(?P<object>.+) and (?P<other>.+)", _both),
    (rf"(?:when|since when) (?:did|has|does|had) (?P<actor>.+?) {_RECOGNISE} (?P<object>.+)", _when),
    (
        r"what does (?P<actor>.+) (?:say|claim|hold|think) (?:about|of|on) (?:the status of )?(?P<object>.+)",
        _stated,
    ),
    (
        r"is (?P<object>.+) (?:a|an)(?: sovereign| independent| real)* (?:state|country|nation)",
        _a_state,
    ),
    (r"(?:what is )?(?:the )?(?:legal |international |political )?status of (?P<object>.+)", _a_state),
    (
        rf"(?:who|whom|what|which)(?: {_STATES})* (?:does|do|did) (?P<actor>.+) {_NOT} recogni[sz]e",
        _not_recognised,
    ),
    (
        rf"(?:who|whom|what|which)(?: {_STATES})* (?:doesnt|dont|didnt) (?P<actor>.+) recogni[sz]e",
        _not_recognised,
    ),
    (
        r"(?:who|whom|what|which)(?: countries| states)? (?:does|do|did) (?P<actor>.+) recogni[sz]e",
        _recognised,
    ),
    *((rf"{of} (?:that |who )?{_NOT} {_RECOGNISE} (?P<object>.+)", _of_members(False)) for of in _MEMBERS),
    *((rf"{of} (?:that |who )?{_RECOGNISE} (?P<object>.+)", _of_members(True)) for of in _MEMBERS),
]
_PATTERNS = [(re.compile(pattern), make) for pattern, make in _MAKERS]
