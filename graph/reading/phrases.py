"""Who is mentioned in each sentence: names, offices with their parties and holders, pronouns and what they mean.

The tokens of a mention give way to one item. Coreference is of the simple kinds: "it" and "the country" mean the
subject of the sentence, or of the one before; "the two republics" the last two that were named together.
"""

import datetime as dt
import re
from dataclasses import dataclass, field, replace

from comity.reading.lexicon import Lexicon
from comity.reading.names import Known, NameTable
from comity.reading.text import Item, Sentence, tokens

PREPOSITIONS = frozenset(
    [
        "of",
        "in",
        "with",
        "by",
        "to",
        "from",
        "for",
        "against",
        "between",
        "at",
        "on",
        "over",
        "under",
        "near",
        "after",
        "before",
        "into",
        "towards",
        "toward",
        "about",
        "among",
        "through",
        "during",
        "without",
        "within",
        "despite",
        "since",
        "as",
        "than",
        "like",
        "via",
        "alongside",
        "upon",
    ]
)
_SINGULAR = frozenset(["it", "its", "itself"])
_PERSONAL = frozenset(["he", "she", "his", "her"])
_PLURAL = frozenset(["they", "their", "both", "them", "themselves"])
_BE = frozenset(["is", "are", "was", "were", "has", "have", "had"])
_FIRST = frozenset(["we", "our", "us"])
_STATES = (
    r"country|state|nation|kingdom|island|republic|archipelago|emirate|sultanate|principality|duchy|monarchy"
    r"|federation|islands"
)
_IS_STATE = re.compile(rf"^(?:{_STATES})$")
#: Endings of adjectives of regions and the like: "the Pacific state", "the Andean nation".
_ADJECTIVAL = ("ic", "an", "al", "ern", "ish", "ese", "ed", "y", "ny", "ll", "tle", "ous", "ing", "new")
_ORDINALS = r"first\b|second\b|third\b|only\b|last\b|latest\b"
_THE_ONE = re.compile(rf"^(?:the|that|this) (?:(?!the\b|{_ORDINALS}|\d|\S+th\b)\S+ ){{0,2}}?(?:{_STATES})$")
_THE_REGION = re.compile(
    r"^(?:the|that|this) (?:(?!the\b)\S+ ){0,2}?"
    r"(?:province|region|territory|entity|enclave|statelet|colony|peninsula|isthmus)$"
)
_THE_TWO = re.compile(
    r"^(?:the|these|those) (?:two|pair of) (?:\S+ ){0,3}?(?:republics|states|countries|nations|entities|regions"
    r"|territories|sides|governments|neighbours|neighbors)$"
)
_COUNTS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_THE_SEVERAL = re.compile(
    rf"^(?:the|these|those|all|all the) ({'|'.join(_COUNTS)})(?: (?:\S+ ){{0,2}}?(?:republics|states|countries|nations"
    r"|governments))?$"
)
#: Words that stand between a party and its office, or before a party.
_ADJECTIVES = frozenset(
    [
        "former",
        "new",
        "acting",
        "top",
        "senior",
        "outgoing",
        "incoming",
        "deputy",
        "then-president",
        "permanent",
        "official",
        "chief",
        "late",
        "interim",
        "veteran",
        "visiting",
        "own",
        "de",
        "facto",
        "first",
        "second",
        "imperial",
        "royal",
        "federal",
        "central",
    ]
)
#: Offices whose holder is not meant by "he" and "she".
_NO_PERSONS = (
    "armed forces",
    "embassy",
    "parliament",
    "government",
    "foreign ministry",
    "ministry",
    "state media",
    "separatists",
)
#: What is said of those whose statehood is disputed.
_UNRECOGNISED = frozenset(
    ("self-proclaimed", "breakaway", "so-called", "self-declared", "separatist", "unrecognised")
)
#: What may follow a noun such as "the state" where it does not stand alone.
_LONGER = frozenset(("of", "to", "that", "media", "news", "television", "agency"))
#: The last words of names by which those are meant later: "the coalition".
_HEADS = frozenset(
    ("coalition", "council", "committee", "confederacy", "emirate", "confederation", "federation", "league")
)
_PEOPLE = frozenset(("people", "inhabitants", "islands", "souls", "million"))
#: Offices that receive ambassadors.
_AT_HOME = ("president", "king", "prime minister", "government", "foreign minister")
_CREDENTIALS = frozenset(("credentials", "credence"))
#: Words within a name.
_PARTICLES = frozenset(
    ["de", "del", "da", "dos", "di", "von", "van", "der", "al", "el", "bin", "ibn", "la", "le"]
)
#: Parties of whose people the first of the names is used alone, or stands for the surname.
_SURNAME_FIRST = frozenset(
    ("china", "taiwan", "north-korea", "south-korea", "vietnam", "thailand", "ethiopia", "myanmar")
)
_RIVALS = frozenset(
    ["rival", "neighbour", "neighbor", "adversary", "foe", "enemy", "archenemy", "arch-rival"]
)


def is_subject_place(items: list[Item], place: int) -> bool:
    """Return whether what stands at a place is not within a prepositional phrase."""
    before = place - 1
    while before >= 0 and items[before].lower in ("the", "both", "a", "an", "republic", "state", "so-called"):
        before -= 1
    if before >= 1 and items[before].lower == "of" and _IS_STATE.match(items[before - 1].lower):
        before -= 2  # "The Pacific state of Nauru".
        while (
            before >= 0
            and items[before].kind in ("word", "demonym")
            and items[before].lower.endswith(_ADJECTIVAL)
        ):
            before -= 1
        return is_subject_place(items, before + 1)
    if before >= 0 and items[before].lower in ("and", ",") and before >= 1 and items[before - 1].parties:
        # The later members of a list stand where the first stands.
        return is_subject_place(items, before - 1) if items[before].lower == "and" else True
    return before < 0 or items[before].lower not in PREPOSITIONS


@dataclass
class Mentions:
    """Marks the mentions of one text, sentence by sentence, and remembers them for those that follow."""

    table: NameTable
    words: Lexicon
    published: dt.date | None = None
    #: The party in whose capital the report was written.
    home: tuple[str, ...] = ()
    #: The subject of the last sentence, the last party, and those that were last named together.
    subject: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    #: The subject of the first sentence, of which "the Andean nation" is said.
    topic: tuple[str, ...] = ()
    #: The party that opens the headline.
    headline: tuple[str, ...] = ()
    pair: tuple[str, ...] = ()
    #: The last groups of each number that were named together: "the three".
    groups: dict[int, tuple[str, ...]] = field(default_factory=dict)
    recent: list[str] = field(default_factory=list)
    #: The last person or office, for "he" and "she".
    speaker: Item | None = None
    #: Who was named with an office, by surname, for "Pacolli said".
    holders: dict[str, Item] = field(default_factory=dict)
    #: What the last word of a name means: "the coalition".
    heads: dict[str, tuple[str, ...]] = field(default_factory=dict)
    #: The last office of each kind, for "the ministry" and "the minister".
    offices: dict[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)

    def set_home(self, dateline: str) -> None:
        """Take the capital in a dateline for the place where the report was written."""
        place = dateline.split("(")[0].rstrip(" .-–—:").title()
        items = list(tokens(place))
        if items:
            length, known = self.table.match(items, 0)
            own = {one.id for one in known if one.kind == "party"}
            cities = [one for one in known if one.kind == "capital" and one.id not in own]
            parties = cities or [one for one in known if one.kind in ("party", "capital")]
            if length and parties and (length == len(items) or items[length].text in (",", ".", "/")):
                self.home = (self.words.on(self.table.choose(parties, self.published).id, self.published),)

    def mark(self, sentence: Sentence) -> None:
        """Put the mentions of a sentence in the place of their tokens."""
        self._names(sentence)
        self._offices(sentence)
        self._surnames(sentence)
        self._pronouns(sentence)
        subjects = [
            (place, one)
            for place, one in enumerate(sentence.items)
            if one.parties
            and one.kind in ("party", "office", "pronoun")
            and is_subject_place(sentence.items, place)
        ]
        if subjects and not (sentence.headline and sentence.items[0].kind == "word"):
            self.subject = subjects[0][1].parties
            if not sentence.headline:
                self.topic = self.topic or self.subject
        if sentence.headline and sentence.items[0].kind == "party":
            self.headline = sentence.items[0].parties
        self._remember(sentence)

    def _remember(self, sentence: Sentence) -> None:
        items = sentence.items
        for place, one in enumerate(items):
            if one.kind in ("party", "office") and one.parties:
                self.last = one.parties
                for party in one.parties:
                    self.recent = [party, *(other for other in self.recent if other != party)][:8]
            if one.kind == "office" and one.parties:
                self.offices[one.office] = (one.parties, one.office)
                if one.office in ("foreign ministry", "foreign minister"):
                    self.offices[one.office.removeprefix("foreign ")] = (one.parties, one.office)
            personal = one.kind == "office" and one.office not in _NO_PERSONS
            if (personal or (one.kind == "person" and one.parties)) and (
                is_subject_place(items, place) or self.speaker is None
            ):
                self.speaker = one
            head = one.lower.rpartition(" ")[2]
            if one.kind == "party" and head in _HEADS and " " in one.text:
                self.heads[head] = one.parties
            group = _listed(items, place)
            if len(group) == 2:
                self.pair = tuple(group)
            if group:
                self.groups[len(group)] = tuple(group)

    # Names

    def _names(self, sentence: Sentence) -> None:
        items, found, place = sentence.items, list[Item](), 0
        while place < len(items):
            length, known = self.table.match(items, place)
            if length and not self._is_name(items, place, length):
                length = 0
            if not length:
                found.append(items[place])
                place += 1
                continue
            span = items[place : place + length]
            text = sentence.text[span[0].start - sentence.start : span[-1].end - sentence.start]
            found.append(self._named(text, span[0].start, span[-1].end, known))
            place += length
        sentence.items = found

    @staticmethod
    def _is_name(items: list[Item], place: int, length: int) -> bool:
        first = items[place].text
        if not first[:1].isupper():
            return length > 2
        after = items[place + length] if place + length < len(items) else None
        if after is not None and length == 1 and after.text[:1].isupper() and after.kind == "word":
            before = items[place - 1] if place else None
            # Jordan Smith, Chad Miller: a first name before a surname, where no name of a party goes on.
            if first in ("Jordan", "Chad", "Israel", "Georgia", "Cyprus", "Kenya") and before is not None:
                return before.text[:1].islower() is False and before.text not in (",", ".")
        return True

    def _named(self, text: str, start: int, end: int, known: list[Known]) -> Item:
        parties = [one for one in known if one.kind in ("party", "capital")]
        one = self.table.choose(parties or known, self.published)
        places = [other for other in known if other.kind in ("place", "capital")]
        if one.kind in ("party", "capital"):
            several = {other.id for other in parties if other.rank == one.rank} - {one.id}
            several = several if one.kind == "party" else set()
            doubt = f"The name {text!r} is also that of {', '.join(sorted(several))}." if several else ""
            seat = self._seat(one, known)
            if seat is not None:
                return Item(text, start, end, "party", (seat.id,), value=f"place:{one.id}", doubt=doubt)
            capital = any(other.kind == "capital" for other in known)
            value = "capital" if capital else f"place:{places[0].id}" if places else ""
            party = self.words.on(one.id, self.published)
            # A government by the name of one man is recognised; what he does, his state does.
            binds = one.id not in self.table.begins or " " in text
            return Item(text, start, end, "party", (party,), doubt=doubt, value=value, binds=binds)
        if one.kind == "demonym":
            return Item(text, start, end, "demonym", (self.words.on(one.party, self.published),))
        if one.kind == "body":
            return Item(text, start, end, "office", one.parties, office=self._office_of(text), value=one.id)
        if one.kind == "medium":
            return Item(text, start, end, "medium", (), value=one.id, person=text)
        if one.kind == "person":
            return Item(
                text,
                start,
                end,
                "person",
                (self.words.on(one.party, self.published),) if one.party else (),
                office=one.office,
                person=text,
                value=one.id,
            )
        return Item(text, start, end, "place", value=one.id)

    def _seat(self, one: Known, known: list[Known]) -> Known | None:
        """Return the state whose capital has the name of another party: an embassy in Jerusalem is one in Israel."""
        others = [
            other
            for other in known
            if other.kind == "capital" and other.id != one.id and self.table.exists(other.id, self.published)
        ]
        both = any(other.kind == "capital" and other.id == one.id for other in known)
        return others[0] if one.kind == "party" and both and len(others) == 1 else None

    def _office_of(self, text: str) -> str:
        lower = text.lower()
        matching = [words for words in self.words.offices if re.search(rf"\b{re.escape(words)}\b", lower)]
        return self.words.offices[max(matching, key=len)].name if matching else ""

    # Offices

    def _offices(self, sentence: Sentence) -> None:
        place = 0
        while place < len(sentence.items):
            length, name = self._office_at(sentence.items, place)
            if (
                length
                and self.words.offices[name].name == "counterpart"
                and not self._is_of_party(sentence, place)
            ):
                length = 0
            other = length and (
                self._is_object(sentence.items, place, name) or _is_building(sentence.items, place + length)
            )
            if length and not other:
                place = self._office(sentence, place, length, name)
            place += 1

    @staticmethod
    def _is_of_party(sentence: Sentence, place: int) -> bool:
        """Return whether a party stands right before a place: "his Chinese counterpart"."""
        before = sentence.items[place - 1] if place else None
        return before is not None and (before.kind == "demonym" or before.kind == "possessive")

    def _is_object(self, items: list[Item], place: int, name: str) -> bool:
        """Return whether an office is what a verb of diplomacy opens, exchanges or accredits."""
        return any(
            name in frame.nouns or name + "s" in frame.nouns
            for one in items[max(0, place - 6) : place]
            if one.kind == "word"
            for verb in self.words.lemmas(one.lower)
            for frame in self.words.frames.get(verb, ())
        )

    def _office_at(self, items: list[Item], place: int) -> tuple[int, str]:
        """Return how many items from a place on are an office, and its words."""
        for length in (4, 3, 2, 1):
            here = items[place : place + length]
            if len(here) == length and all(one.kind == "word" for one in here):
                words = " ".join(one.lower for one in here)
                for form in (words, words.removesuffix("s"), words.removesuffix("ies") + "y"):
                    if form in self.words.offices:
                        return length, form
        return 0, ""

    def _office(self, sentence: Sentence, place: int, length: int, name: str) -> int:
        """Put an office with its party and its holder in the place of its items; return its place."""
        items, office = sentence.items, self.words.offices[name]
        first, last, parties = place, place + length, tuple[str, ...]()
        former = False
        before = first - 1
        while before >= 0 and (items[before].lower in _ADJECTIVES or "-" in items[before].lower.strip("-")):
            former = former or items[before].lower == "former"
            before -= 1
        if before >= 0 and items[before].kind == "possessive" and before >= 1 and items[before - 1].parties:
            parties, first = items[before - 1].parties, before - 1
        elif before >= 0 and items[before].kind in ("demonym", "party") and items[before].parties:
            parties, first = items[before].parties, before
            if items[last - 1].lower.endswith("s"):
                parties, first = _peoples(items, before)
        elif before >= 0 and items[before].kind == "office" and not items[before].person:
            first = before  # "A foreign ministry official".
            parties = items[before].parties or self._context(sentence, before, office.name)
        elif before >= 0 and items[before].kind == "place" and items[before].value:
            first = before + 1
        elif before >= 0 and items[before].lower in ("its", "their", "our"):
            parties, first = self._meant(sentence, before, items[before].lower), before
        else:
            first = before + 1
        article = items[first - 1].lower if first else ""
        named = next((one for one in items[last : last + 1] if one.kind == "person"), None)
        holder = named.value if named else ""
        person, last = self._holder(sentence, last)
        if not parties:
            parties, last = self._of(sentence, last)
            if not person:
                person, last = self._holder(sentence, last)
        kind = office.name
        if kind == "counterpart":
            kind = self._counterpart(sentence, first)
            first -= article in ("his", "her", "its", "their")
        parties = parties or ((office.party,) if office.party else named.parties if named else ())
        parties = parties or _at_opening(items, first)
        if not parties and article == "the" and kind in self.offices:
            parties, kind = self.offices[kind]
        definite = kind == "spokesperson" or article not in ("a", "an", "some", "several", "many", "local")
        stranger = (
            before >= 0
            and items[before].kind == "word"
            and items[before].text[:1].isupper()
            and before > 0
            and items[before].lower not in ("the", "a", "an", "its", "their", "his", "her")
            and kind in ("government", "official", "ministry", "separatists")
        )
        if (
            not parties
            and definite
            and not stranger
            and (
                kind not in ("official", "diplomat", "lawmaker", "separatists", "opposition")
                or (kind, article) == ("opposition", "the")
            )
        ):
            parties = self._context(sentence, first, kind)
        if not parties and kind == "opposition":
            parties = self.topic
        claimed = [one for one in items[before + 1 : last] if one.kind == "party" and not one.binds]
        if claimed and kind == "opposition":  # "Opposition leader Juan Guaidó": his government.
            start, end = items[before + 1].start, items[last - 1].end
            text = sentence.text[start - sentence.start : end - sentence.start]
            items[before + 1 : last] = [Item(text, start, end, "party", claimed[-1].parties, binds=False)]
            return before + 1
        if not parties and last < len(items) and items[last].lower in ("from",) and last + 1 < len(items):
            parties = items[last + 1].parties
        start, end = items[first].start, items[last - 1].end
        text = sentence.text[start - sentence.start : end - sentence.start]
        one = Item(
            text,
            start,
            end,
            "office",
            parties,
            office=kind,
            binds=office.binds and not former,
            person=person,
            value=holder,
        )
        items[first:last] = [one]
        return first

    def _counterpart(self, sentence: Sentence, place: int) -> str:
        """Return the office of a counterpart: that of the last person who was named before."""
        before = [
            one.office for one in sentence.items[:place] if one.kind in ("office", "person") and one.office
        ]
        return before[-1] if before else self.speaker.office if self.speaker else ""

    def _holder(self, sentence: Sentence, place: int) -> tuple[str, int]:
        """Return the name of a person from a place on, and the place after it."""
        items, begin = sentence.items, place
        if place < len(items) and items[place].kind == "person":
            return items[place].person, place + 1
        after = place
        while after < len(items) and (
            (items[after].kind == "word" and items[after].text[:1].isupper() and items[after].text[:1].isalpha())
            or (after > begin and items[after].lower in _PARTICLES and after + 1 < len(items)
                and items[after + 1].text[:1].isupper())
            or (items[after].kind in ("party", "demonym") and after > begin and items[after].text.count(" ") == 0
                and items[after - 1].kind == "word" and items[after-1].lower not in ("of",))
        ):  # fmt: skip
            after += 1
        if after == begin:
            return "", place
        return sentence.text[
            items[begin].start - sentence.start : items[after - 1].end - sentence.start
        ], after

    def _of(self, sentence: Sentence, place: int) -> tuple[tuple[str, ...], int]:
        """Return the party of an office after "of", "in" or "for", and the place after it."""
        items = sentence.items
        if place < len(items) and items[place].lower in ("of", "in", "for", "from"):
            after = place + 1
            if [one.lower for one in items[after : after + 2]] in (["both", "countries"], ["both", "states"]):
                return self._together(sentence, after), after + 2
            while after < len(items) and items[after].lower in ("the", "republic", "state", "kingdom"):
                if self._office_at(items, after)[0]:
                    break  # "The State Department".
                after += 1
            if after < len(items) and items[after].kind == "party":
                if items[place].lower == "of" and items[place - 1].lower.endswith("s"):
                    return self._of_each(items, after)
                return items[after].parties, after + 1
            if after < len(items) and items[after].kind == "demonym":
                if items[place].lower == "of" and not self._office_at(items, after + 1)[0]:
                    return items[after].parties, after + 1  # "The Emperor of the French".
                after += 1
            length, name = self._office_at(items, after)
            if length:
                place = self._office(sentence, after, length, name)
                return items[place].parties, place + 1
        return (), place

    @staticmethod
    def _of_each(items: list[Item], place: int) -> tuple[tuple[str, ...], int]:
        """Return the parties of "the ambassadors of Kenya and Chad" from a place on, and the place after them."""
        parties, after = items[place].parties, place + 1
        while after + 1 < len(items) and items[after].lower in ("and", ","):
            step = 2 if items[after + 1 : after + 2] and items[after + 1].lower == "the" else 1
            if after + step >= len(items) or items[after + step].kind != "party":
                break
            parties, after = (*parties, *items[after + step].parties), after + step + 1
        return parties, after

    def _context(self, sentence: Sentence, place: int, office: str) -> tuple[str, ...]:
        """Return the party that an office without one is of: of the subject before it, here or a sentence before.

        An ambassador stands before the head of another state.
        """
        foreign = ("ambassador", "embassy") if office in _AT_HOME else ()
        items = sentence.items
        if foreign and (host := _host(items[:place])):
            return host
        for at, one in enumerate(items[:place]):
            if _is_quoted(sentence, one) and self.subject:
                continue  # "Taiwan is a friend," the president said: of whom the text speaks.
            if (
                one.kind in ("party", "office")
                and one.parties
                and one.office not in foreign
                and is_subject_place(items, at)
                and not _is_object_of_verb(items, at)
                and items[at + 1].kind != "possessive"
            ):
                return one.parties
        if items[0].kind == "party" and items[1:2] and items[1].kind == "possessive" and place > 1:
            return items[0].parties  # "Andorra's recognition has conditions, the foreign minister said".
        # Who receives ambassadors is at home; of anybody else the text speaks.
        home = self.home if office in _AT_HOME else ()
        receives = bool(_CREDENTIALS & {one.lower for one in items})
        return (home if receives else ()) or self.subject or home or self.last

    def _surnames(self, sentence: Sentence) -> None:
        """Put who was named before with an office in the place of a surname alone: "Pacolli said"."""
        for place, one in enumerate(sentence.items):
            if one.kind == "word" and (holder := self.holders.get(one.text)):
                sentence.items[place] = replace(
                    holder, text=one.text, start=one.start, end=one.end, kind="person", person=holder.person
                )
        for place, one in enumerate(sentence.items):
            if one.kind != "office" or not one.parties:
                continue
            if not one.person and (person := _in_apposition(sentence.items, place)):
                one.person = person
            for name in _names_alone(one):
                self.holders[name] = one

    # Pronouns

    def _pronouns(self, sentence: Sentence) -> None:
        place = 0
        while place < len(sentence.items):
            one, items = sentence.items[place], sentence.items
            if one.kind == "word" and one.lower in _SINGULAR | _PLURAL | _FIRST | _PERSONAL:
                parties = self._meant(sentence, place, one.lower)
                plural = self._officials(sentence, place) if one.lower == "they" else None
                if plural is not None:
                    items[place] = Item(
                        one.text, one.start, one.end, "pronoun", plural.parties, office=plural.office,
                        binds=plural.binds, value=plural.value, doubt=f"“{one.text}” is taken to mean {plural.text}.",
                    )  # fmt: skip
                elif parties:
                    doubt = f"“{one.text}” is taken to mean {' and '.join(parties)}."
                    speaker = self._person(sentence, place)
                    personal = one.lower in _PERSONAL
                    items[place] = Item(
                        one.text, one.start, one.end, "pronoun", parties, doubt=doubt,
                        office=speaker.office if personal and speaker else "",
                        person=speaker.person if personal and speaker else "",
                        binds=speaker.binds if personal and speaker else True,
                        value=speaker.value if personal and speaker else "",
                        others=self._others(sentence, place, parties),
                    )  # fmt: skip
                    if one.lower in ("its", "their"):
                        self._rival(sentence, place)
            elif (
                one.lower == "there"
                and place
                and (place + 1 == len(items) or items[place + 1].lower not in _BE or items[place - 1].office)
            ):
                parties = self._there(sentence, place)
                if parties:
                    doubt = f"“there” is taken to mean {parties[0]}."
                    items[place] = Item(
                        one.text, one.start, one.end, "pronoun", parties, value="there", doubt=doubt
                    )
            elif one.lower in ("the", "these", "those", "that", "this", "all"):
                self._noun(sentence, place)
            place += 1

    def _noun(self, sentence: Sentence, place: int) -> None:
        """Put what a noun such as "the country" means in the place of its words."""
        items = sentence.items
        for length in (5, 4, 3, 2):
            here = items[place : place + length]
            if len(here) < length or any(one.kind not in ("word", "demonym") for one in here):
                continue
            words = " ".join(one.lower for one in here)
            follows = items[place + length].lower if place + length < len(items) else ""
            if any(_is_foreign_name(one) for one in here[1:]):
                continue  # "The Spice Island" is a name that is not known.
            if (
                _UNRECOGNISED & {one.lower for one in here}
                and follows not in ("of", "in")
                and (_THE_ONE.match(words) or _THE_REGION.match(words))
            ):
                parties = self._region(sentence, place)
            elif words == "the latter" and not follows.endswith("s"):
                parties = tuple(self._named_before(sentence, place)[:1])
            elif length == 2 and here[1].lower in self.heads:
                parties = self.heads[here[1].lower]
            elif _THE_ONE.match(words) and (
                follows not in _LONGER or (follows == "of" and _is_number(items, place + length + 1))
            ):
                parties = self._meant(sentence, place, "it")
                if length > 2 and not self._subject_before(sentence, place):
                    parties = self.topic[:1] or parties
                elif (
                    length > 2 and self.headline and set(self.headline) & set(self._together(sentence, place))
                ):
                    parties = self.headline[:1]  # "Georgia and Tuvalu …, and the small Pacific nation".
            elif _THE_REGION.match(words) and follows not in ("of", "in"):
                parties = self._region(sentence, place)
            elif _THE_TWO.match(words):
                parties = self._together(sentence, place) or self._two(sentence, place)
            elif (several := _THE_SEVERAL.match(words)) and (
                length > 2 or not follows.isalpha() or follows in PREPOSITIONS or follows in _BE
            ):
                parties = self.groups.get(_COUNTS[several[1]], ())
            else:
                continue
            if follows and items[place + length].parties and "two" in words:
                return  # The two regions are named right after.
            if (
                follows == ","
                and "two" in words
                and place + length + 1 < len(items)
                and items[place + length + 1].parties
            ):
                return
            if parties:
                start, end = here[0].start, here[-1].end
                text = sentence.text[start - sentence.start : end - sentence.start]
                doubt = f"“{text}” is taken to mean {' and '.join(parties)}."
                if follows == "of":  # "The Pacific nation of some 115,000 people".
                    more = [one.lower in _PEOPLE for one in items[place + length : place + length + 5]]
                    length += more.index(True) + 1 if True in more else 0
                    end = items[place + length - 1].end
                others = self._others(sentence, place, parties)
                items[place : place + length] = [
                    Item(text, start, end, "pronoun", parties, doubt=doubt, others=others)
                ]
            return

    def _named_before(self, sentence: Sentence, place: int) -> list[str]:
        """Return the parties that a sentence names before a place, the last first, or those named before it."""
        here = [
            party for one in reversed(sentence.items[:place]) if one.kind == "party" for party in one.parties
        ]
        return here or self.recent

    def _rival(self, sentence: Sentence, place: int) -> None:
        """Put the other party that a sentence named before in the place of "its regional rival"."""
        items = sentence.items
        named = [one.parties[0] for one in reversed(items[:place]) if one.kind == "party"]
        for end in range(place + 1, min(len(items), place + 5)):
            if items[end].kind != "word":
                return
            if items[end].lower not in _RIVALS:
                continue
            other = (
                next((party for party in (*named[1:], *self.recent) if party != named[0]), "")
                if named
                else ""
            )
            if other:
                start, stop = items[place].start, items[end].end
                text = sentence.text[start - sentence.start : stop - sentence.start]
                doubt = f"“{text}” is taken to mean {other}."
                items[place : end + 1] = [Item(text, start, stop, "pronoun", (other,), doubt=doubt)]
            return

    def _others(self, sentence: Sentence, place: int, parties: tuple[str, ...]) -> tuple[str, ...]:
        """Return the parties that a pronoun may mean in the place of those, the last that was named first."""
        here = [party for one in reversed(sentence.items[:place]) if one.kind in ("party", "office")
                for party in one.parties]  # fmt: skip
        return tuple(
            party for party in dict.fromkeys((*here, *self.subject, *self.recent)) if party not in parties
        )

    def _meant(self, sentence: Sentence, place: int, word: str) -> tuple[str, ...]:
        if word in _PLURAL:
            return self._together(sentence, place)
        if word in _PERSONAL:
            speaker = self._person(sentence, place)
            return speaker.parties if speaker else ()
        before = self._subject_before(sentence, place)
        if word in _FIRST:
            speakers = [one for one in sentence.items if one.kind in ("office", "person") and one.parties]
            return speakers[0].parties if speakers else self.speaker.parties if self.speaker else ()
        if before:
            # Of a list, the pronoun means none alone.
            return before.parties
        return self.subject[:1] or self.last[:1]

    @staticmethod
    def _subject_before(sentence: Sentence, place: int) -> Item | None:
        """Return the first subject that a sentence names before a place."""
        return next(
            (
                one
                for at, one in enumerate(sentence.items[:place])
                if one.kind in ("party", "office") and one.parties and is_subject_place(sentence.items, at)
            ),
            None,
        )

    def _together(self, sentence: Sentence, place: int) -> tuple[str, ...]:
        for at in range(place - 1, -1, -1):
            group = _listed(sentence.items, at)
            if len(group) > 1:
                return tuple(group)
        return self.pair

    @staticmethod
    def _officials(sentence: Sentence, place: int) -> Item | None:
        """Return the officials, or the like, whom "they" means in a sentence of their own words."""
        return next(
            (one for one in sentence.items[:place] if one.kind == "office" and one.text.endswith("s")), None
        )

    def _there(self, sentence: Sentence, place: int) -> tuple[str, ...]:
        """Return the party in whose land "there" is: the last that was named, other than the subject."""
        here = [
            one.parties[0]
            for one in sentence.items[:place]
            if one.kind in ("party", "office") and one.parties
        ]
        return tuple([party for party in (*reversed(here[1:]), *self.recent) if party not in here[:1]][:1])

    def _region(self, sentence: Sentence, place: int) -> tuple[str, ...]:
        """Return the party that "the region" means: the last that was named, other than those that act here."""
        items = sentence.items
        acting = {
            party
            for at, one in enumerate(items[:place])
            if one.kind in ("party", "office") and is_subject_place(items, at)
            for party in one.parties
        }
        here = [party for one in reversed(items[:place]) if one.kind == "party" for party in one.parties]
        return tuple([party for party in (*here, *self.recent) if party not in acting][:1])

    def _two(self, sentence: Sentence, place: int) -> tuple[str, ...]:
        """Return the two parties that a sentence names before a place, or the last two, where none stand together."""
        here = [one.parties[0] for one in sentence.items[:place] if one.kind == "party"]
        if len(set(here)) != 2:
            here = [one.parties[0] for one in sentence.items[:place] if one.kind == "office" and one.parties]
        named = list(dict.fromkeys(here)) or self.recent[:2]
        return tuple(named) if len(named) == 2 else ()

    def _person(self, sentence: Sentence, place: int) -> Item | None:
        for one in reversed(sentence.items[:place]):
            if one.kind in ("office", "person") and one.parties and one.office not in _NO_PERSONS:
                return one
        return self.speaker


def _at_opening(items: list[Item], place: int) -> tuple[str, ...]:
    """Return the party of the place that opens a sentence: "In Khartoum, the foreign ministry …"."""
    if place < 2 or items[0].lower not in ("in", "from") or items[1].kind != "party":
        return ()
    return items[1].parties if all(one.kind == "word" for one in items[2:place]) else ()


def _is_object_of_verb(items: list[Item], place: int) -> bool:
    """Return whether a party stands right after a verb, as its object: "recognised Palestine"."""
    before = items[place - 1] if place else None
    return (
        before is not None and before.kind == "word" and before.lower.endswith("ed") and before.text.islower()
    )


def _in_apposition(items: list[Item], place: int) -> str:
    """Return the name between commas after an office: "the ambassador of Fiji, Jana Horáková, presented"."""
    end = place + 2
    while end < min(len(items), place + 6) and items[end].kind == "word" and items[end].text[:1].isupper():
        end += 1
    closed = end < len(items) and items[end].lower in (",", ".")
    if items[place + 1 : place + 2] and items[place + 1].lower == "," and closed:
        return " ".join(one.text for one in items[place + 2 : end])
    return ""


def _names_alone(one: Item) -> list[str]:
    """Return the words by which a person is named later: the surname, which stands first in China and Korea."""
    words = one.person.split()
    if len(words) < 2:
        return words[-1:]
    return [words[0], words[-1]] if set(one.parties) & _SURNAME_FIRST else words[-1:]


def _host(items: list[Item]) -> tuple[str, ...]:
    """Return the party to which an ambassador is sent: "Kenya's ambassador to Spain"."""
    for place, one in enumerate(items[:-2]):
        if one.office == "ambassador" and items[place + 1].lower == "to" and items[place + 2].kind == "party":
            return items[place + 2].parties
    return ()


def _is_foreign_name(one: Item) -> bool:
    """Return whether a word within a noun phrase is a name that is not known, and no adjective of a region."""
    if one.kind != "word" or not one.text[:1].isupper() or one.lower in ("republic", "state", "territory"):
        return False
    return not one.lower.endswith(("an", "ese", "ern", "ic", "ish"))


def _is_number(items: list[Item], place: int) -> bool:
    """Return whether a number stands at a place: "the nation of some 115,000 people"."""
    return any(one.text[:1].isdigit() for one in items[place : place + 2])


def _is_building(items: list[Item], after: int) -> bool:
    """Return whether an office is part of a longer name: "Government House"."""
    return after < len(items) and items[after].text in (
        "House",
        "Building",
        "Palace",
        "Square",
        "Street",
        "Office",
    )


def _is_quoted(sentence: Sentence, one: Item) -> bool:
    """Return whether an item stands within quotation marks."""
    before = sentence.text[: one.start - sentence.start]
    return before.count("“") > before.count("”") or before.count('"') % 2 == 1


def _peoples(items: list[Item], place: int) -> tuple[tuple[str, ...], int]:
    """Return the parties of "the British and French" that ends at a place, and where it begins."""
    parties, first = items[place].parties, place
    while (
        first >= 2 and items[first - 1].lower in ("and", ",") and items[first - 2].kind == items[place].kind
    ):
        first -= 2
        parties = (*items[first].parties, *parties)
    return parties, first


def _listed(items: list[Item], place: int) -> list[str]:
    """Return the parties that are named together from a place on, joined by commas and "and"."""
    if not items[place].parties or items[place].kind != "party":
        return []
    if place and items[place - 1].lower in ("and", ",") and place > 1 and items[place - 2].kind == "party":
        return []
    found, joined = list(items[place].parties), False
    while place + 2 < len(items) and items[place + 1].lower in ("and", ","):
        step = 2 if items[place + 2].lower not in ("the", "neighbouring", "nearby") else 3
        if place + step >= len(items) or items[place + step].kind != "party":
            break
        joined = joined or items[place + 1].lower == "and"
        found += [party for party in items[place + step].parties if party not in found]
        place += step
    return found if joined else []
