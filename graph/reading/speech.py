"""Attribution of statements: speakers with their office and party, media, and short quotations."""

import re
from dataclasses import dataclass, field, replace

from comity.reading.clauses import first_subject, subject_of
from comity.reading.lexicon import BASE, GERUND, PARTICIPLE, PAST, THIRD, Lexicon, word_list
from comity.reading.text import Item, Sentence, lowered
from comity.reading.verbs import DONE, VerbGroup, group_at

#: The maximum number of words kept of a quotation.
MOST_WORDS = 12
_DOUBTED = word_list("doubted")
_QUOTED = re.compile(r"[“\"]([^“”\"]{2,400})[”\"]")
_QUOTE_THEN_SPEAKER = re.compile(r"[,.!?][”\"] \w")
_VERBS = word_list("auxiliaries of a clause")
#: Titles before a name, and capitalised words that are not names.
_TITLES = frozenset(
    (
        "major",
        "captain",
        "mayor",
        "cllr",
        "sir",
        "lord",
        "lady",
        "dame",
        "mr",
        "mrs",
        "ms",
        "dr",
        "professor",
        "prof",
        "senator",
        "general",
    )
)
_NOUNS = (
    "the a an he she it they we i but and in on one some many most no all others both officials diplomats analysts "
    "labour party union council house radio news press times who nobody critics supporters members ministry committee "
    "court"
)
_NO_NAMES = frozenset(_NOUNS.split())
_MOST_NAMES = 5
#: Speech acts of persons named without an office; publishing and reporting are also done by media.
_OF_PERSONS = frozenset(("states", "denies", "denounces", "describes", "urges", "welcomes", "wishes"))
_OF_BODIES = ("announces", "welcomes", "wishes")
_OWN = ("its", "their", "his", "her", "our")
#: Words after a verb that show that it is not one of saying: "told more", "called off".
_NOT_AFTER = {
    "say": ("nothing",),
    "tell": ("more", "less", "much", "nothing", "of", "apart"),
    "call": ("off", ",", ".", ""),
    "ask": ("whether",),
    "appeal": ("whether",),
    "write": ("to",),
}
_HOPES = frozenset(("hope", "hopes", "wish"))
_FEELINGS = frozenset(("concern", "regret", "surprise", "satisfaction", "confidence"))
#: Objects of "call" that do not make it a verb of saying.
_CALLED = frozenset(("home", "back", "election", "elections", "referendum"))
_CALLED_A = frozenset(("vote", "meeting", "session"))
#: What is declared by an act and not also by a statement.
_DECLARED = frozenset(("independence", "annexation", "sovereignty", "war", "neutrality", "republic"))
#: Acts directed at somebody named after the verb.
_TOWARDS = ("denounces", "welcomes", "describes", "urges")
_QUOTES = ('"', "“", "”")
_SPEAKERS = ("party", "office", "person", "medium", "pronoun")


@dataclass
class Said:
    """A statement: who makes it, the kind of speech act, and its position."""

    speaker: Item
    kind: str
    verb: str
    sentence: Sentence
    place: int
    group: VerbGroup | None = None
    date: str = ""
    quotation: str = ""
    #: Whether the statement is only relayed: "according to the statement, KCNA said".
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


@dataclass(frozen=True)
class _Verb:
    """A verb of saying in its sentence."""

    verb: str
    form: str
    kind: str
    group: VerbGroup
    place: int

    def after(self, items: list[Item], number: int) -> list[str]:
        """Return a number of words after the verb."""
        return lowered(items[self.place + 1 : self.place + 1 + number])


def statements(sentence: Sentence, words: Lexicon, strangers: dict[str, str] | None = None) -> list[Said]:
    """Return the statements in a sentence, in order.

    :param strangers: the full names of speakers whom neither the graph nor the lexicon knows, by surname; those of
        the sentence are added.
    """
    strangers = {} if strangers is None else strangers
    _remember(sentence.items, strangers)
    found: list[Said] = []
    items = sentence.items
    previous: list[Item] = []
    for place in range(len(items)):
        if lowered(items[place : place + 2]) == ["according", "to"]:
            if (speaker := _next_speaker(items, place + 2)) is not None:
                kind = _of(speaker, "states", items, place)
                found.append(Said(speaker, kind, "according to", sentence, place))
            continue
        one = _verb_at(items, place, words)
        if one is None:
            continue
        speakers = _agent(one, items)
        if speakers is None:
            kind = _told_by_verb(one, sentence, found, words)
            speakers = _speakers(one, sentence, previous, strangers) if kind else []
            if one.form not in (BASE, THIRD) and _is_within(items, found, speakers, place):
                continue  # "He told reporters that he wanted more time": a statement within another.
            previous = speakers or previous
        else:
            kind = one.kind
        found += [
            Said(each, _of(each, kind, items, place, one.verb), one.verb, sentence, place, one.group)
            for each in speakers
        ]
    quotations = [" ".join(form[1].split()) for form in _QUOTED.finditer(sentence.text)]
    if found and quotations:
        found[0].quotation = shortened(quotations[0])
    return found


def _verb_at(items: list[Item], place: int, words: Lexicon) -> _Verb | None:
    """Return the verb of saying at a position, or None."""
    if items[place].kind != "word":
        return None
    entries = [entry for entry in words.forms.get(items[place].lower, ()) if entry[0] in words.reporting]
    if not entries or not words.reporting[entries[0][0]]:
        return None
    verb, form = entries[0]
    return _Verb(verb, form, words.reporting[verb], group_at(items, place, form, words), place)


def _agent(one: _Verb, items: list[Item]) -> list[Item] | None:
    """Return the speaker of a verb in the passive, "denounced by Serbia", or None if it is active."""
    joined = one.form in (PAST, PARTICIPLE) and one.group.first and items[one.group.first - 1].lower == "and"
    if one.group.passive or (joined and one.after(items, 1) == ["by"]):
        by = one.after(items, 1) == ["by"] and one.group.mood == DONE
        agent = _next_speaker(items, one.place + 2) if by else None
        return [] if agent is None else [agent]
    return None


def _told_by_verb(one: _Verb, sentence: Sentence, found: list[Said], words: Lexicon) -> str:
    """Return the speech act of a verb in the active, given its form and the following words; or nothing."""
    items, verb, group, place = sentence.items, one.verb, one.group, one.place
    after = next(iter(one.after(items, 1)), "")
    gerund = one.form == GERUND and not group.progressive
    if gerund or (group.mood != DONE and verb not in ("wish", "want", "hope")):
        return ""
    if sentence.headline and one.kind in _OF_BODIES:
        return ""  # "Sukhumi hopes for a visitor": the text below says who does.
    if items[place - 1].lower in _OWN or after in _NOT_AFTER.get(verb, ()):
        return ""  # "Washington has had its say", "said nothing".
    if words.only_before.get(verb, "") not in ("", *one.after(items, 3)):
        return ""
    if group.perfect and found and any(each.lower == "that" for each in items[found[-1].place : place]):
        return ""  # "He added that the president had asked for it": a statement within another.
    if one.form in (PAST, PARTICIPLE) and not group.perfect and after == "by":
        return ""
    if verb in ("declare", "proclaim") and _DECLARED & set(one.after(items, 3)):
        return ""  # An act, and not also a statement.
    if verb == "dismiss" and not {"as", *_DOUBTED} & set(one.after(items, 8)):
        return ""  # "Dismissed his cabinet".
    if verb == "call":
        return _called(one, items, after)
    if verb == "express":
        follows = set(one.after(items, 3))
        return "wishes" if follows & _HOPES else "states" if follows & _FEELINGS else ""
    return one.kind


def _called(one: _Verb, items: list[Item], after: str) -> str:
    """Return the speech act of "called for" or "called it a mistake"; nothing for "called a vote"."""
    if after in ("on", "for", "upon"):
        return "urges"
    if set(one.after(items, 4)) & (_CALLED | (_CALLED_A if after == "a" else set())):
        return ""
    # "Criticised what she called dollar diplomacy".
    apart = items[one.place - 1].lower in ("he", "she") and items[one.place - 2].lower == "what"
    return "" if apart else one.kind


def _speakers(one: _Verb, sentence: Sentence, previous: list[Item], strangers: dict[str, str]) -> list[Item]:
    """Return the speaker of a verb in the active: before it, or after it if a quotation precedes."""
    items, place, first = sentence.items, one.place, one.group.first
    speakers = [each for each in subject_of(items, first, previous) if each.kind in _SPEAKERS]
    joined = first > 0 and items[first - 1].lower == "and"
    both = "both" in lowered(items[first:place])
    if not speakers and not both and joined:  # "… cut the ribbon and called it historic".
        speakers = [each for each in first_subject(items, first) if each.kind in _SPEAKERS]
    direct = (bool(speakers) and joined) or (first > 0 and items[first - 1] in speakers)
    if one.form in (BASE, THIRD) and not direct:
        return []
    several = len({party for each in speakers for party in each.parties}) > 1
    if one.form == BASE and not several and not any(_is_plural(each) for each in speakers):
        return []
    quoted = items[place - 1].lower in _QUOTES if place else False
    # Not "…, a councillor, accused the ministry of haste".
    saying = one.verb != "tell" and (quoted or one.kind not in _TOWARDS)
    if saying and (not speakers or not direct) and (inverted := _inverted(items, place)) is not None:
        speakers = [inverted]
    if speakers and _closes_quotation(items, speakers[0], place):
        speakers = _after_quotation(items, place)
    if any(each.lower in ("we", "i") for each in speakers) and _QUOTE_THEN_SPEAKER.search(sentence.text):
        return []  # "“We want to see it,” a spokesman told reporters": the spokesman speaks.
    if not speakers and one.kind in _OF_PERSONS:
        stranger = _stranger(items, first, place, strangers, saying)
        return [] if stranger is None else [stranger]
    return speakers


def _is_plural(one: Item) -> bool:
    return one.text.endswith("s") or one.lower in ("they", "we")


def _is_within(items: list[Item], found: list[Said], speakers: list[Item], place: int) -> bool:
    """Return whether a verb of saying reports another's statement about the same speaker."""
    if not found or len(speakers) != 1 or speakers[0].kind != "pronoun":
        return False
    before = lowered(items[found[-1].place : place])
    return "that" in before and not {"but", ";", "and"} & set(before[before.index("that") :])


def shortened(quotation: str) -> str:
    """Return a quotation of at most twelve words."""
    words = quotation.rstrip(",.;").split()
    return " ".join(words) if len(words) <= MOST_WORDS else " ".join(words[:MOST_WORDS]) + " …"


def _next_speaker(items: list[Item], place: int) -> Item | None:
    at = place
    while at < len(items) and items[at].lower in ("the", "a", "an"):
        at += 1
    return (
        items[at] if at < len(items) and items[at].kind in _SPEAKERS and items[at].lower not in _OWN else None
    )


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
    """Return whether a quotation ends between a speaker named in it and the verb at a position."""
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


def _stranger(
    items: list[Item], first: int, place: int, strangers: dict[str, str], saying: bool
) -> Item | None:
    """Return an unknown speaker by name: "Sir Alan Pryce said", "said Arta, a student".

    :param saying: whether the name of the speaker may follow the verb.
    """
    inverted = saying and first == place and first > 0 and items[first - 1].lower in ('"', "”", ",")
    found = _name_at(items, place + 1, 1) if inverted else []
    if not found and first:
        end = first - 1 if items[first - 1].lower == "," else first
        who = next((at for at in range(end - 1, 0, -1) if items[at].lower in ("who", "whose", "whom")), 0)
        if end < first and who and items[who - 1].lower == ",":
            end = who - 1  # "Major Pedro Pires, who spoke for the guests, expressed the hope".
        found = _name_at(items, end - 1, -1)
        before = items[max(0, end - 1 - len(found)) :][:1]
        if end < first and len(items) > end - 2 - len(found) >= 0 and before[0].lower == ",":
            office = items[end - 2 - len(found)]
            if office.kind == "office":
                return office  # "The foreign minister, Amir Khan Muttaqi, said".
        elif before and before[0].lower == "the" and before[0] not in found:
            return None  # "The Sun said".
    ahead = items[: next((at for at, one in enumerate(items) if found and one is found[0]), 0)]
    titled = bool(found) and (found[0].lower in _TITLES or bool(_TITLES & set(lowered(ahead[-2:]))))
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
    """Record the names of two or more words in a sentence, by their last word."""
    place = 0
    while place < len(items):
        found = _name_at(items, place, 1)
        if len(found) > 1 and not any(one.lower in _NO_NAMES | _TITLES for one in found):
            strangers.setdefault(found[-1].text, " ".join(one.text for one in found))
        place += max(1, len(found))


def _name_at(items: list[Item], place: int, step: int) -> list[Item]:
    """Return the words of a name that begins, or ends, at a position."""
    found: list[Item] = []
    while 0 <= place < len(items) and len(found) < _MOST_NAMES:
        one = items[place]
        if one.kind != "word" or not one.text[:1].isupper() or not one.text[:1].isalpha():
            break
        found.append(one)
        place += step
    return found[::step]


def _of(speaker: Item, kind: str, items: list[Item], place: int, verb: str = "") -> str:
    """Return the speech act of a verb: media report, and rejecting a report is denying it."""
    if speaker.kind == "medium" and kind in ("states", "reports", "announces"):
        return "reports"
    if kind == "reports":
        return "states"
    following = set(lowered(items[place + 1 : place + 6]))
    if verb in ("reject", "dismiss") and following & _DOUBTED:
        return "denies"
    return kind
