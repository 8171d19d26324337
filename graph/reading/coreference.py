"""Coreference: what pronouns and nouns such as "the country" refer to in the preceding text.

Only simple kinds are resolved: "it" and "the country" refer to the subject of the sentence or of the previous one, "the
two republics" to the last two named together.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from comity.reading.lexicon import word_list
from comity.reading.phrases import PREPOSITIONS, STATES, is_object_of_verb, is_subject_place, listed
from comity.reading.text import Item, Sentence, lower_at, lowered

_SINGULAR = frozenset(["it", "its", "itself"])
_PERSONAL = frozenset(["he", "she", "his", "her"])
_PLURAL = frozenset(["they", "their", "both", "them", "themselves"])
_BE = frozenset(["is", "are", "was", "were", "has", "have", "had"])
_FIRST = frozenset(["we", "our", "us"])
_ORDINALS = r"first\b|second\b|third\b|only\b|last\b|latest\b"
_THE_ONE = re.compile(
    rf"^(?:the|that|this) (?:(?!the\b|{_ORDINALS}|\d|(?!south\b|north\b)\S+th\b)\S+ ){{0,2}}?(?:{STATES})$"
)
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
#: Offices whose holders "he" and "she" do not refer to.
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
#: Adjectives for entities of disputed statehood.
_UNRECOGNISED = frozenset(
    ("self-proclaimed", "breakaway", "so-called", "self-declared", "separatist", "unrecognised")
)
#: Words after a noun such as "the state" that show it does not stand alone.
_LONGER = frozenset(("of", "to", "that", "media", "news", "television", "agency"))
#: Last words of names that later refer to them: "the coalition".
_HEADS = word_list("heads of names")
_PEOPLE = frozenset(("people", "inhabitants", "islands", "souls", "million"))
#: Capitalised words in a noun phrase that are not names.
_CAPITALISED = frozenset(
    ("republic", "state", "territory", "central", "south", "north", "west", "east", "latin")
)
_RIVALS = frozenset(
    ["rival", "neighbour", "neighbor", "adversary", "foe", "enemy", "archenemy", "arch-rival"]
)


@dataclass
class Referents:
    """The entities named so far in a text, sentence by sentence, and the referents of words."""

    #: The party in whose capital the report was filed.
    home: tuple[str, ...] = ()
    #: The subject of the last sentence, the last party, and the parties last named together.
    subject: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    #: The subject of the first sentence, to which "the Andean nation" refers.
    topic: tuple[str, ...] = ()
    #: The party that opens the headline.
    headline: tuple[str, ...] = ()
    pair: tuple[str, ...] = ()
    #: The last group of each size named together: "the three".
    groups: dict[int, tuple[str, ...]] = field(default_factory=dict)
    recent: list[str] = field(default_factory=list)
    #: The organ that is the subject of the last sentence: "The ministry denied it. It said …".
    organ: Item | None = None
    #: The last person or office, for "he" and "she".
    speaker: Item | None = None
    #: Persons named with an office, by surname, for "Pacolli said".
    holders: dict[str, Item] = field(default_factory=dict)
    #: The referents of the last words of names: "the coalition".
    heads: dict[str, tuple[str, ...]] = field(default_factory=dict)
    #: The last office of each kind, for "the ministry" and "the minister".
    offices: dict[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)

    def mark(self, sentence: Sentence) -> None:
        """Replace pronouns and nouns with their referents, and record what the sentence names."""
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
            self.organ = subjects[0][1] if subjects[0][1].office in _NO_PERSONS else None
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
            if one.kind == "party" and " " in one.text:
                first, *_, last = one.lower.split()
                self.heads |= {head: one.parties for head in (first, last) if head in _HEADS}
            group = listed(items, place)
            if len(group) == 2:
                self.pair = tuple(group)
            if group:
                self.groups[len(group)] = tuple(group)

    def _pronouns(self, sentence: Sentence) -> None:
        place = 0
        while place < len(sentence.items):
            one, items = sentence.items[place], sentence.items
            if one.lower.endswith("self") and place and items[place - 1].parties:
                place += 1  # "Ethiopia itself did so".
                continue
            if one.kind == "word" and one.lower in _SINGULAR | _PLURAL | _FIRST | _PERSONAL:
                self._pronoun(sentence, place)
            elif one.lower == "there" and place:
                follows = lower_at(items, place + 1)
                if follows not in _BE or items[place - 1].office:
                    _refer_to_place(items, place, self._there(sentence, place))
            elif one.lower == "here" and place:
                _refer_to_place(items, place, self.home)
            elif one.lower in ("the", "these", "those", "that", "this", "all"):
                self._noun(sentence, place)
            place += 1

    def _pronoun(self, sentence: Sentence, place: int) -> None:
        """Replace a pronoun with its referent."""
        items, one = sentence.items, sentence.items[place]
        parties = self.meant(sentence, place, one.lower)
        plural = self._officials(sentence, place) if one.lower == "they" else None
        if plural is not None:
            items[place] = Item(
                one.text, one.start, one.end, "pronoun", plural.parties, office=plural.office,
                binds=plural.binds, value=plural.value, doubt=f"“{one.text}” is taken to mean {plural.text}.",
            )  # fmt: skip
            return
        if not parties:
            return
        items[place] = Item(
            one.text,
            one.start,
            one.end,
            "pronoun",
            parties,
            doubt=taken_for(one.text, parties),
            others=self._others(sentence, place, parties),
        )
        of_whom = self._person(sentence, place) if one.lower in _PERSONAL else None
        if of_whom is not None:
            items[place].office, items[place].person = of_whom.office, of_whom.person
            items[place].binds, items[place].value = of_whom.binds, of_whom.value
        if one.lower == "it" and self.organ is not None and self.organ.parties == parties:
            items[place].office, items[place].binds = self.organ.office, self.organ.binds
        if one.lower in ("its", "their"):
            self._rival(sentence, place)

    def _noun(self, sentence: Sentence, place: int) -> None:
        """Replace the words of a noun such as "the country" with its referent."""
        items = sentence.items
        for length in (5, 4, 3, 2):
            here = items[place : place + length]
            if len(here) < length or any(one.kind not in ("word", "demonym") for one in here):
                continue
            if any(_is_foreign_name(one) for one in here[1:] if one.lower not in self.heads):
                continue  # "The Spice Island" is a name that is not known.
            parties = self._meant_by_noun(sentence, place, here)
            if parties is None:
                continue
            after = place + length
            following = after + (lower_at(items, after) == ",")
            named = items[following : following + 1]
            if not parties or ("two" in " ".join(lowered(here)) and named and named[0].parties):
                return  # The two regions are named right after.
            start, end = here[0].start, here[-1].end
            text = sentence.words(start, end)
            if lower_at(items, after) == "of":  # "The Pacific nation of some 115,000 people".
                more = [one.lower in _PEOPLE for one in items[after : after + 5]]
                after += more.index(True) + 1 if True in more else 0
                end = items[after - 1].end
            others, doubt = self._others(sentence, place, parties), taken_for(text, parties)
            items[place:after] = [Item(text, start, end, "pronoun", parties, doubt=doubt, others=others)]
            return

    def _meant_by_noun(self, sentence: Sentence, place: int, here: list[Item]) -> tuple[str, ...] | None:
        """Return the parties that the words of a noun refer to, or None if they do not refer to any."""
        words, after = lowered(here), place + len(here)
        noun, follows = " ".join(words), lower_at(sentence.items, after)
        one, region = _THE_ONE.match(noun), _THE_REGION.match(noun)
        narrowed = follows in ("of", "in")
        if (one or region) and not narrowed and _UNRECOGNISED & set(words):
            return self._region(sentence, place)
        if len(here) == 3 and here[1].kind == "demonym" and words[2] == "capital":
            return here[1].parties
        if noun == "the latter" and not follows.endswith("s"):
            return tuple(self._named_before(sentence, place)[:1])
        if noun == "the former" and _is_alone(follows):
            return tuple(self._named_before(sentence, place)[1:2])
        if len(here) == 2 and words[1] in self.heads:
            return self.heads[words[1]]
        if one and (follows not in _LONGER or (follows == "of" and _is_number(sentence.items, after + 1))):
            return self._the_one(sentence, place, len(here))
        if region and not narrowed:
            return self._region(sentence, place)
        if _THE_TWO.match(noun):
            return self.together(sentence, place) or self._two(sentence, place)
        several = _THE_SEVERAL.match(noun)
        if several and (len(here) > 2 or _is_alone(follows) or follows in PREPOSITIONS):
            two = self._two(sentence, place) if several[1] == "two" else ()
            return two or self.groups.get(_COUNTS[several[1]], ())
        return None

    def _the_one(self, sentence: Sentence, place: int, length: int) -> tuple[str, ...]:
        """Return the party that "the country" or, in more than two words, "the Andean nation" refers to."""
        items, parties = sentence.items, self.meant(sentence, place, "it")
        if length == 2:
            return parties
        before = self._subject_before(sentence, place)
        owner = items[0] if items[1].kind == "possessive" else None
        if owner is not None and before in (None, owner) and owner.parties:
            return owner.parties[:1]  # "Andorra's recognition has conditions: the Pyrenean principality …".
        if before is None or (self.topic and self.topic[:1] != before.parties):
            return self.topic[:1] or parties
        if self.headline and set(self.headline) & set(self.together(sentence, place)):
            return self.headline[:1]  # "Georgia and Tuvalu …, and the small Pacific nation".
        return parties

    def _named_before(self, sentence: Sentence, place: int) -> list[str]:
        """Return the parties named in a sentence before a position, last first, or those named in earlier ones."""
        here = [
            party for one in reversed(sentence.items[:place]) if one.kind == "party" for party in one.parties
        ]
        return here or self.recent

    def _rival(self, sentence: Sentence, place: int) -> None:
        """Replace "its regional rival" with the other party named earlier in the sentence."""
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
                text = sentence.words(start, stop)
                doubt = taken_for(text, [other])
                items[place : end + 1] = [Item(text, start, stop, "pronoun", (other,), doubt=doubt)]
            return

    def _others(self, sentence: Sentence, place: int, parties: tuple[str, ...]) -> tuple[str, ...]:
        """Return the alternative referents of a pronoun, last named first."""
        here = [party for one in reversed(sentence.items[:place]) if one.kind in ("party", "office")
                for party in one.parties]  # fmt: skip
        return tuple(
            party for party in dict.fromkeys((*here, *self.subject, *self.recent)) if party not in parties
        )

    def meant(self, sentence: Sentence, place: int, word: str) -> tuple[str, ...]:
        """Return the parties that a pronoun at a position refers to."""
        if word in _PLURAL:
            return self.together(sentence, place)
        if word in _PERSONAL:
            speaker = self._person(sentence, place)
            return speaker.parties if speaker else ()
        before = self._subject_before(sentence, place)
        if word in _FIRST:
            speakers = [one for one in sentence.items if one.kind in ("office", "person") and one.parties]
            return speakers[0].parties if speakers else self.speaker.parties if self.speaker else ()
        if before:
            # A pronoun does not refer to one member of a list.
            return before.parties
        return self.subject[:1] or self.last[:1]

    @staticmethod
    def _subject_before(sentence: Sentence, place: int) -> Item | None:
        """Return the first subject named in a sentence before a position."""
        return next(
            (
                one
                for at, one in enumerate(sentence.items[:place])
                if one.kind in ("party", "office") and one.parties and is_subject_place(sentence.items, at)
            ),
            None,
        )

    def together(self, sentence: Sentence, place: int) -> tuple[str, ...]:
        """Return the parties last named together before a position."""
        for at in range(place - 1, -1, -1):
            group = listed(sentence.items, at)
            if len(group) > 1:
                return tuple(group)
        return self.pair

    @staticmethod
    def _officials(sentence: Sentence, place: int) -> Item | None:
        """Return the officials or similar speakers that "they" refers to in a sentence of their own words."""
        return next(
            (one for one in sentence.items[:place] if one.kind == "office" and one.text.endswith("s")), None
        )

    def _there(self, sentence: Sentence, place: int) -> tuple[str, ...]:
        """Return the party that "there" refers to: the last one named, other than the subject."""
        here = [
            one.parties[0]
            for one in sentence.items[:place]
            if one.kind in ("party", "office") and one.parties
        ]
        return tuple([party for party in (*reversed(here[1:]), *self.recent) if party not in here[:1]][:1])

    def _region(self, sentence: Sentence, place: int) -> tuple[str, ...]:
        """Return the party that "the region" refers to: the last one named, other than the actors here."""
        items = sentence.items
        acting = {
            party
            for at, one in enumerate(items[:place])
            if one.kind in ("party", "office")
            and is_subject_place(items, at)
            and not is_object_of_verb(items, at)
            for party in one.parties
        }
        here = [party for one in reversed(items[:place]) if one.kind == "party" for party in one.parties]
        return tuple([party for party in (*here, *self.recent) if party not in acting][:1])

    def _two(self, sentence: Sentence, place: int) -> tuple[str, ...]:
        """Return the two parties named together before a position in a sentence, or else the last two."""
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


def taken_for(text: str, parties: Sequence[str]) -> str:
    """Return the doubt about what a word refers to."""
    return f"“{text}” is taken to mean {' and '.join(parties)}."


def _refer_to_place(items: list[Item], place: int, parties: tuple[str, ...]) -> None:
    """Replace "here" or "there" with the party whose territory it refers to, if that is known."""
    one = items[place]
    if parties:
        doubt = taken_for(one.text.lower(), parties[:1])
        items[place] = Item(one.text, one.start, one.end, "pronoun", parties, value="there", doubt=doubt)


def _is_alone(follows: str) -> bool:
    """Return whether the word after "the former" or "the three" shows that no noun follows."""
    return follows.endswith("ed") or follows in _BE or not follows.isalpha()


def _is_foreign_name(one: Item) -> bool:
    """Return whether a word within a noun phrase is an unknown name and not an adjective of a region."""
    if one.kind != "word" or not one.text[:1].isupper() or one.lower in _CAPITALISED:
        return False
    return not one.lower.endswith(("an", "ese", "ern", "ic", "ish"))


def _is_number(items: list[Item], place: int) -> bool:
    """Return whether there is a number at a position: "the nation of some 115,000 people"."""
    return any(one.text[:1].isdigit() for one in items[place : place + 2])
