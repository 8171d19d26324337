"""Who says so: speakers with their office and party, media, and the few words that are quoted."""

import re
from dataclasses import dataclass, field, replace

from comity.reading.clauses import first_subject, subject_of
from comity.reading.lexicon import BASE, GERUND, PARTICIPLE, PAST, THIRD, Lexicon
from comity.reading.text import Item, Sentence
from comity.reading.verbs import DONE, VerbGroup, group_at

#: The most words of a quotation that are kept.
MOST_WORDS = 12
_DOUBTED = frozenset(
    [
        "report",
        "reports",
        "claim",
        "claims",
        "rumour",
        "rumours",
        "rumor",
        "rumors",
        "allegation",
        "allegations",
        "suggestion",
        "suggestions",
    ]
)
_QUOTED = re.compile(r"[“\"]([^“”\"]{2,400})[”\"]")
_VERBS = frozenset(
    [
        "has",
        "have",
        "had",
        "is",
        "are",
        "was",
        "were",
        "will",
        "would",
        "does",
        "did",
        "may",
        "might",
        "could",
        "should",
    ]
)
#: Titles before a name, and words in capitals that are none.
_TITLES = frozenset(
    ("sir", "lord", "lady", "dame", "mr", "mrs", "ms", "dr", "professor", "prof", "senator", "general")
)
_NOUNS = (
    "the a an he she it they we i but and in on one some many most no all others both officials diplomats analysts "
    "labour party union council house radio news press times who nobody critics supporters members ministry committee "
    "court"
)
_NO_NAMES = frozenset(_NOUNS.split())
_MOST_NAMES = 5
#: What a person by name alone does; that others publish or report something is told of media too.
_OF_PERSONS = frozenset(("states", "denies", "denounces", "describes", "urges", "welcomes", "wishes"))
#: What is done towards somebody who follows the verb.
_TOWARDS = ("denounces", "welcomes", "describes", "urges")
_QUOTES = ('"', "“", "”")
_SPEAKERS = ("party", "office", "person", "medium", "pronoun")


@dataclass
class Said:
    """One statement: who makes it, what the speaker does by it, and where it stands."""

    speaker: Item
    kind: str
    verb: str
    sentence: Sentence
    place: int
    group: VerbGroup | None = None
    date: str = ""
    quotation: str = ""
    #: The statement is only passed on: "according to the statement, KCNA said".
    reasons: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The speaker in one word: a party, a party and an office, a medium, or a person."""
        one = self.speaker
        if one.kind == "medium":
            return one.person.lower()
        party = one.parties[0] if one.parties else "-"
        if one.kind == "person" and (one.value or not one.office):
            return one.value or one.person
        if one.office:
            return f"{party}/{one.office}" if one.parties or not one.value else one.value
        return party


def statements(sentence: Sentence, words: Lexicon, strangers: dict[str, str] | None = None) -> list[Said]:
    """Return the statements of a sentence, in order.

    :param strangers: the full names of speakers whom neither the graph nor the lexicon knows, by surname; those of
        the sentence are added.
    """
    strangers = {} if strangers is None else strangers
    _remember(sentence.items, strangers)
    found: list[Said] = []
    items = sentence.items
    previous: list[Item] = []
    for place, item in enumerate(items):
        if item.kind != "word":
            continue
        if item.lower == "according" and place + 2 < len(items) and items[place + 1].lower == "to":
            speaker = _next_speaker(items, place + 2)
            if speaker is not None:
                found.append(
                    Said(speaker, _of(speaker, "states", items, place), "according to", sentence, place)
                )
            continue
        entries = [entry for entry in words.forms.get(item.lower, ()) if entry[0] in words.reporting]
        if not entries:
            continue
        verb, form = entries[0]
        kind = words.reporting[verb]
        group = group_at(items, place, form, words)
        joined_passive = form in (PAST, PARTICIPLE) and group.first and items[group.first - 1].lower == "and"
        if (
            (group.passive or joined_passive)
            and place + 1 < len(items)
            and items[place + 1].lower == "by"
            and group.mood == DONE
            and kind
        ):
            if (agent := _next_speaker(items, place + 2)) is not None:
                found.append(Said(agent, _of(agent, kind, items, place, verb), verb, sentence, place, group))
            continue
        if not kind or group.passive or (form == GERUND and not group.progressive):
            continue
        if group.mood != DONE and verb not in ("wish", "want", "hope"):
            continue
        after = items[place + 1].lower if place + 1 < len(items) else ""
        speakers = [one for one in subject_of(items, group.first, previous) if one.kind in _SPEAKERS]
        both = "both" in [one.lower for one in items[group.first : place]]
        if not speakers and not both and group.first and items[group.first - 1].lower == "and":
            # "… cut the ribbon and called it historic".
            speakers = [one for one in first_subject(items, group.first) if one.kind in _SPEAKERS]
        joined = bool(speakers) and group.first > 0 and items[group.first - 1].lower == "and"
        direct = joined or (group.first > 0 and items[group.first - 1] in speakers)
        if form in (BASE, THIRD) and not direct:
            continue
        if (
            form == BASE
            and len({party for one in speakers for party in one.parties}) < 2
            and not any(one.text.endswith("s") or one.lower in ("they", "we") for one in speakers)
        ):
            continue
        quoted = items[place - 1].lower in _QUOTES if place else False
        saying = quoted or kind not in _TOWARDS  # Not "…, a councillor, accused the ministry of haste".
        if saying and (not speakers or not direct) and (inverted := _inverted(items, place)) is not None:
            speakers = [inverted]
        if speakers and _closes_quotation(items, speakers[0], place):
            speakers = _after_quotation(items, place)
        if (
            not speakers
            and kind in _OF_PERSONS
            and (stranger := _stranger(items, group.first, place, strangers))
        ):
            speakers = [stranger]
        if verb == "express":
            follows = {one.lower for one in items[place + 1 : place + 4]}
            kind = "wishes" if follows & {"hope", "hopes", "wish"} else "states"
            if kind == "states" and not follows & {
                "concern",
                "regret",
                "surprise",
                "satisfaction",
                "confidence",
            }:
                continue
        if form not in (BASE, THIRD) and _is_within(items, found, speakers, place):
            continue  # "He told reporters that he wanted more time": a statement within another.
        if verb == "tell" and after in ("more", "less", "much", "nothing", "of", "apart"):
            continue
        if verb in words.only_that and "that" not in [one.lower for one in items[place + 1 : place + 4]]:
            continue
        if group.perfect and found and any(one.lower == "that" for one in items[found[-1].place : place]):
            continue  # "He added that the president had asked for it": a statement within another.
        if verb in ("declare", "proclaim") and {"independence", "annexation", "sovereignty"} & {
            one.lower for one in items[place + 1 : place + 4]
        }:
            continue  # An act, and no statement besides.
        if verb == "call":
            if after in ("on", "for", "upon"):
                kind = "urges"
            elif after in ("off", "home", "back", ",", ".", ""):
                continue
        if (verb in ("ask", "appeal") and after == "whether") or (verb == "write" and after == "to"):
            continue
        if form in (PAST, PARTICIPLE) and not group.perfect and after == "by":
            continue
        for one in speakers:
            said = Said(one, _of(one, kind, items, place, verb), verb, sentence, place, group)
            found.append(said)
        previous = speakers or previous
    quotations = [" ".join(form[1].split()) for form in _QUOTED.finditer(sentence.text)]
    if found and quotations:
        found[0].quotation = shortened(quotations[0])
    return found


def _is_within(items: list[Item], found: list[Said], speakers: list[Item], place: int) -> bool:
    """Return whether a verb of saying tells what somebody else's statement says of the same speaker."""
    if not found or len(speakers) != 1 or speakers[0].kind != "pronoun":
        return False
    before = [one.lower for one in items[found[-1].place : place]]
    return "that" in before and not {"but", ";", "and"} & set(before[before.index("that") :])


def shortened(quotation: str) -> str:
    """Return a quotation of at most twelve words."""
    words = quotation.rstrip(",.;").split()
    return " ".join(words) if len(words) <= MOST_WORDS else " ".join(words[:MOST_WORDS]) + " …"


def _next_speaker(items: list[Item], place: int) -> Item | None:
    at = place
    while at < len(items) and items[at].lower in ("the", "a", "an"):
        at += 1
    return items[at] if at < len(items) and items[at].kind in _SPEAKERS else None


def _inverted(items: list[Item], place: int) -> Item | None:
    """Return the speaker after a verb: "…", said the minister."""
    before = items[place - 1] if place else None
    if before is not None and before.lower not in (",", '"', "”", "“"):
        return None
    found = _next_speaker(items, place + 1)
    if found is None or (found.kind == "pronoun" and found.lower not in ("he", "she", "they", "we")):
        return None  # "…, welcomed it": what follows is welcomed.
    at = next(at for at, one in enumerate(items) if one is found) + 1
    after = items[at] if at < len(items) else None
    # Not "the minister, a lawyer, said Ireland had recognised it".
    goes_on = after is not None and after.kind == "word" and after.lower in _VERBS
    return None if goes_on and before is not None and before.lower == "," else found


def _closes_quotation(items: list[Item], speaker: Item, place: int) -> bool:
    """Return whether a quotation ends between a speaker, who is named in it, and the verb at a place."""
    before = [one for one in items[:place] if one.lower in _QUOTES]
    first = next((one for one in before if one.start < speaker.start), None)
    return first is items[0] and len(before) == 2 and before[1].start > speaker.start


def _after_quotation(items: list[Item], place: int) -> list[Item]:
    """Return the office after a name: "“…,” Mary Otieno, Kenya's ambassador, said", or with the verb before."""
    closed = max(at for at, one in enumerate(items[:place]) if one.lower in _QUOTES)
    if place > closed + 1:
        return [one for one in items[closed:place] if one.kind in ("office", "person")][:1]
    end = place + 1 + len(_name_at(items, place + 1, 1))
    after = items[end : end + 2]
    return after[1:] if len(after) == 2 and after[0].lower == "," and after[1].kind == "office" else []


def _stranger(items: list[Item], first: int, place: int, strangers: dict[str, str]) -> Item | None:
    """Return a speaker by name of whom nothing is known: "Sir Alan Pryce said", "said Arta, a student"."""
    inverted = first == place and first > 0 and items[first - 1].lower in ('"', "”", ",")
    found = _name_at(items, place + 1, 1) if inverted else []
    if not found and first:
        end = first - 1 if items[first - 1].lower == "," else first
        found = _name_at(items, end - 1, -1)
        before = items[max(0, end - 1 - len(found)) :][:1]
        if end < first and len(items) > end - 2 - len(found) >= 0 and before[0].lower == ",":
            office = items[end - 2 - len(found)]
            if office.kind == "office":
                return office  # "The foreign minister, Amir Khan Muttaqi, said".
        elif before and before[0].lower == "the" and before[0] not in found:
            return None  # "The Sun said".
    ahead = items[: next((at for at, one in enumerate(items) if found and one is found[0]), 0)]
    titled = bool(found) and (found[0].lower in _TITLES or bool(_TITLES & {one.lower for one in ahead[-2:]}))
    while found and found[0].lower in _TITLES:
        found = found[1:]
    if len(found) == 1 and not (titled or inverted or found[0].text in strangers):
        return None  # "Diplomats said": a noun that opens a sentence.
    if not found or any(one.lower in _NO_NAMES for one in found):
        return None
    text = " ".join(one.text for one in found)
    name = strangers.get(text, text)
    strangers[found[-1].text] = name
    return replace(found[0], text=text, end=found[-1].end, kind="person", person=name.lower())


def _remember(items: list[Item], strangers: dict[str, str]) -> None:
    """Remember the names of two words and more of a sentence, by the last of them."""
    place = 0
    while place < len(items):
        found = _name_at(items, place, 1)
        if len(found) > 1 and not any(one.lower in _NO_NAMES | _TITLES for one in found):
            strangers.setdefault(found[-1].text, " ".join(one.text for one in found))
        place += max(1, len(found))


def _name_at(items: list[Item], place: int, step: int) -> list[Item]:
    """Return the words of a name that begins, or ends, at a place."""
    found: list[Item] = []
    while 0 <= place < len(items) and len(found) < _MOST_NAMES:
        one = items[place]
        if one.kind != "word" or not one.text[:1].isupper() or not one.text[:1].isalpha():
            break
        found.append(one)
        place += step
    return found[::step]


def _of(speaker: Item, kind: str, items: list[Item], place: int, verb: str = "") -> str:
    """Return what a speaker does by a verb: media report, and to reject a report is to deny."""
    if speaker.kind == "medium" and kind in ("states", "reports", "announces"):
        return "reports"
    if kind == "reports":
        return "states"
    following = {one.lower for one in items[place + 1 : place + 6]}
    if verb in ("reject", "dismiss") and following & _DOUBTED:
        return "denies"
    return kind
