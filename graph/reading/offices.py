"""Offices with their parties and holders: "Kenya's foreign minister, Musalia Mudavadi"; later "Mudavadi" alone."""

from dataclasses import replace

from comity.reading.coreference import Referents
from comity.reading.lexicon import Lexicon, word_list
from comity.reading.phrases import is_object_of_verb, is_subject_place
from comity.reading.text import Item, Sentence, lowered

#: Words that occur between a party and its office, or before a party.
_ADJECTIVES = word_list("before an office")
#: Offices that receive ambassadors.
_AT_HOME = ("president", "king", "prime minister", "government", "foreign minister")
_CREDENTIALS = frozenset(("credentials", "credence"))
#: Words within a name.
_PARTICLES = frozenset(
    ["de", "del", "da", "dos", "di", "von", "van", "der", "al", "el", "bin", "ibn", "la", "le"]
)
#: Parties whose people put the surname first, or are called by the first of their names alone.
_SURNAME_FIRST = frozenset(
    ("china", "taiwan", "north-korea", "south-korea", "vietnam", "thailand", "ethiopia", "myanmar")
)


class Offices:
    """Marks the offices in a text."""

    def __init__(self, words: Lexicon, referents: Referents) -> None:
        """Create a marker that uses a lexicon, and earlier names in the text to attribute offices."""
        self.words = words
        self.referents = referents

    def mark(self, sentence: Sentence) -> None:
        """Replace the tokens of the offices in a sentence, and of the surnames of their holders, with items."""
        self._offices(sentence)
        self._surnames(sentence)

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
                self._is_object(sentence.items, place, name)
                or _is_building(sentence.items, place + length)
                or (name == "leader" and not _leads_party(sentence.items, place))
            )
            if length and not other:
                place = self._office(sentence, place, length, name)
            place += 1

    @staticmethod
    def _is_of_party(sentence: Sentence, place: int) -> bool:
        """Return whether a party immediately precedes a position: "his Chinese counterpart"."""
        before = sentence.items[place - 1] if place else None
        return before is not None and (before.kind == "demonym" or before.kind == "possessive")

    def _is_object(self, items: list[Item], place: int, name: str) -> bool:
        """Return whether an office is what a verb of diplomacy opens, exchanges or accredits."""
        return items[place - 1].lower != "as" and any(
            name in frame.nouns or name + "s" in frame.nouns
            for one in items[max(0, place - 6) : place]
            if one.kind == "word"
            for verb in self.words.lemmas(one.lower)
            for frame in self.words.frames.get(verb, ())
        )

    def _office_at(self, items: list[Item], place: int) -> tuple[int, str]:
        """Return the number of items of the office at a position, and its words."""
        for length in (4, 3, 2, 1):
            here = items[place : place + length]
            if len(here) == length and all(one.kind == "word" for one in here):
                words = " ".join(lowered(here))
                for form in (words, words.removesuffix("s"), words.removesuffix("ies") + "y"):
                    if form in self.words.offices:
                        return length, form
        return 0, ""

    def _office(self, sentence: Sentence, place: int, length: int, name: str) -> int:
        """Replace the items of an office with one that includes its party and holder; return its position."""
        items, office = sentence.items, self.words.offices[name]
        before = place - 1
        while before >= 0 and (items[before].lower in _ADJECTIVES or "-" in items[before].lower.strip("-")):
            before -= 1
        former = "former" in lowered(items[before + 1 : place])
        parties, first = self._owner(sentence, before, place + length, office.name)
        article = items[first - 1].lower if first else ""
        named = next(
            (one for one in items[place + length : place + length + 1] if one.kind == "person"), None
        )
        person, last = self._holder(sentence, place + length)
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
        if not parties and article == "the" and kind in self.referents.offices:
            parties, kind = self.referents.offices[kind]
        parties, kind = self._named_before(parties, kind, name, person)
        if not parties and _has_context(kind, article, person) and not _of_stranger(items, before, kind):
            parties = self._context(sentence, first, kind)
            if "provisional" in lowered(items[first:place]):
                # "Informed the minister that Italy recognised the …".
                parties = self.referents.home or parties
        if not parties and kind == "official":
            parties = self.referents.home  # "A presidential official said": where the report was written.
        if not parties and kind == "opposition":
            parties = self.referents.topic
        claimed = [one for one in items[before + 1 : last] if one.kind == "party" and not one.binds]
        if claimed and kind == "opposition":  # "Opposition leader Juan Guaidó": his government.
            of_claimant = replace(_spanning(sentence, before + 1, last), kind="party", binds=False)
            items[before + 1 : last] = [replace(of_claimant, parties=claimed[-1].parties)]
            return before + 1
        one = replace(
            _spanning(sentence, first, last),
            kind="office",
            parties=parties,
            office=kind,
            binds=office.binds and not former,
            person=person,
            value=named.value if named else "",
        )
        if former and person and not one.value:
            # "Former Foreign Minister Marta Ramírez": she speaks for herself.
            one = replace(one, kind="person", office="", person=person.lower())
        items[first:last] = [one]
        return first

    def _owner(self, sentence: Sentence, before: int, end: int, office: str) -> tuple[tuple[str, ...], int]:
        """Return the parties that precede an office, and its start with them.

        :param before: the position before the office and its adjectives; -1 at the start of the sentence.
        :param end: the position after the office.
        """
        items = sentence.items
        if before < 0:
            return (), 0
        one = items[before]
        if one.kind == "possessive" and before >= 1 and items[before - 1].parties:
            return items[before - 1].parties, before - 1
        if one.kind in ("demonym", "party") and one.parties:
            if before and one.kind == "party" and items[before - 1].lower in ("in", "from"):
                return one.parties, before + 1  # "In Vilnius President Landsbergis welcomed the decision".
            return _peoples(items, before) if items[end - 1].lower.endswith("s") else (one.parties, before)
        if one.kind == "office" and not one.person:  # "A foreign ministry official".
            return one.parties or self._context(sentence, before, office), before
        if not (one.kind == "place" and one.value) and one.lower in ("its", "their", "our"):
            return self.referents.meant(sentence, before, one.lower), before
        return (), before + 1

    def _named_before(
        self, parties: tuple[str, ...], kind: str, name: str, person: str
    ) -> tuple[tuple[str, ...], str]:
        """Return the party and the office of "the Ministry" or "Minister Sa'ar", if named in full before."""
        if name not in ("minister", "ministry"):
            return parties, kind
        holder = self.referents.holders.get(person.rpartition(" ")[2]) if person else None
        if holder is not None and holder.office.endswith("minister"):
            return holder.parties, holder.office
        known = self.referents.offices.get(kind)
        return known if known is not None and not person and parties == known[0] else (parties, kind)

    def _counterpart(self, sentence: Sentence, place: int) -> str:
        """Return the office of a counterpart: that of the last person named before."""
        before = [
            one.office for one in sentence.items[:place] if one.kind in ("office", "person") and one.office
        ]
        return before[-1] if before else self.referents.speaker.office if self.referents.speaker else ""

    def _holder(self, sentence: Sentence, place: int) -> tuple[str, int]:
        """Return the name of the person at a position, and the position after it."""
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
        return sentence.words(items[begin].start, items[after - 1].end), after

    def _of(self, sentence: Sentence, place: int) -> tuple[tuple[str, ...], int]:
        """Return the party of an office after "of", "in" or "for", and the position after it."""
        items = sentence.items
        recalled = any(one.lower.startswith(("recall", "withdr")) for one in items[max(0, place - 6) : place])
        if recalled and items[place : place + 1] and items[place].lower == "from":
            return (), place  # "Recalled its ambassadors from Tehran".
        if place < len(items) and items[place].lower in ("of", "in", "for", "from"):
            after = place + 1
            if lowered(items[after : after + 2]) in (["both", "countries"], ["both", "states"]):
                return self.referents.together(sentence, after), after + 2
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
        """Return the parties of "the ambassadors of Kenya and Chad" from a position on, and the position after them."""
        parties, after = items[place].parties, place + 1
        while after + 1 < len(items) and items[after].lower in ("and", ","):
            step = 2 if items[after + 1 : after + 2] and items[after + 1].lower == "the" else 1
            if after + step >= len(items) or items[after + step].kind != "party":
                break
            parties, after = (*parties, *items[after + step].parties), after + step + 1
        return parties, after

    def _context(self, sentence: Sentence, place: int, office: str) -> tuple[str, ...]:
        """Return the party of an office named without one: that of the subject, here or in an earlier sentence.

        An ambassador appears before the head of another state.
        """
        foreign = ("ambassador", "embassy") if office in _AT_HOME else ()
        items = sentence.items
        if foreign and (host := _host(items[:place])):
            return host
        for at, one in enumerate(items[:place]):
            if sentence.is_quoted(one) and self.referents.subject:
                continue  # "Taiwan is a friend," the president said: the party that the text is about.
            if (
                one.kind in ("party", "office")
                and one.parties
                and one.office not in foreign
                and is_subject_place(items, at)
                and not is_object_of_verb(items, at)
                and items[at + 1].kind != "possessive"
            ):
                return one.parties
        if items[0].kind == "party" and items[1:2] and items[1].kind == "possessive" and place > 1:
            return items[0].parties  # "Andorra's recognition has conditions, the foreign minister said".
        # Those who receive ambassadors are at home; others belong to the party that the text is about.
        home = self.referents.home if office in _AT_HOME else ()
        at_home = () if office in ("ambassador", "embassy") else self.referents.home
        receives = bool(_CREDENTIALS & set(lowered(items)))
        sent = {party for one in items[:place] if one.office == "ambassador" for party in one.parties}
        if receives and sent and office in _AT_HOME and not home:
            return tuple([party for party in self.referents.recent if party not in sent][:1])
        return (home if receives else ()) or self.referents.subject or at_home or self.referents.last

    def _surnames(self, sentence: Sentence) -> None:
        """Replace a surname alone with the person named before with an office: "Pacolli said"."""
        for place, one in enumerate(sentence.items):
            if one.kind == "word" and (holder := self.referents.holders.get(one.text)):
                sentence.items[place] = replace(
                    holder, text=one.text, start=one.start, end=one.end, kind="person", person=holder.person
                )
        for place, one in enumerate(sentence.items):
            if one.kind != "office" or not one.parties:
                continue
            if not one.person:
                one.person = _in_apposition(sentence.items, place) or _before_office(sentence.items, place)
            for name in _names_alone(one):
                self.referents.holders[name] = one
        _fold_appositions(sentence)


def _spanning(sentence: Sentence, first: int, last: int) -> Item:
    """Return the items of a sentence from a position to before another as one."""
    start, end = sentence.items[first].start, sentence.items[last - 1].end
    return Item(sentence.words(start, end), start, end)


def _has_context(kind: str, article: str, person: str) -> bool:
    """Return whether the context may give the party of an office: "the minister", not "a local official"."""
    if kind != "spokesperson" and article in ("a", "an", "some", "several", "many", "local"):
        return False
    if kind == "opposition":
        return article == "the"
    if kind == "lawmaker":
        return bool(person)
    return kind not in ("official", "diplomat", "separatists")


def _of_stranger(items: list[Item], before: int, kind: str) -> bool:
    """Return whether an unknown name precedes an organ, which is then not that of the party in the context."""
    return (
        before > 0
        and items[before].kind == "word"
        and items[before].text[:1].isupper()
        and items[before].lower not in ("the", "a", "an", "its", "their", "his", "her")
        and kind in ("government", "official", "ministry", "separatists")
    )


def _at_opening(items: list[Item], place: int) -> tuple[str, ...]:
    """Return the party of the place that opens a sentence: "In Khartoum, the foreign ministry …"."""
    if place < 2 or items[0].lower not in ("in", "from") or items[1].kind != "party":
        return ()
    return items[1].parties if all(one.kind == "word" for one in items[2:place]) else ()


def _in_apposition(items: list[Item], place: int) -> str:
    """Return the name between commas after an office: "the ambassador of Fiji, Jana Horáková, presented"."""
    end = place + 2
    while end < min(len(items), place + 6) and items[end].kind == "word" and items[end].text[:1].isupper():
        end += 1
    closed = end < len(items) and items[end].lower in (",", ".")
    if items[place + 1 : place + 2] and items[place + 1].lower == "," and closed:
        return " ".join(one.text for one in items[place + 2 : end])
    return ""


def _fold_appositions(sentence: Sentence) -> None:
    """Join to an office the name between commas after it, with the commas."""
    items, place = sentence.items, 0
    while place < len(items):
        one = items[place]
        name = _in_apposition(items, place) if one.kind == "office" and one.parties else ""
        end = place + 2 + len(name.split())
        if name and end < len(items) and items[end].lower == ",":
            text = sentence.words(one.start, items[end].end)
            items[place : end + 1] = [replace(one, text=text, end=items[end].end)]
        place += 1


def _before_office(items: list[Item], place: int) -> str:
    """Return the name before an office in apposition: "Meir Ben-Shabbat, Israel's national security adviser"."""
    end = place - 1 - (items[place - 1].lower in ("the", "a") if place else 0)
    if end < 2 or items[end].lower != ",":
        return ""
    begin = end
    while begin and items[begin - 1].kind == "word" and items[begin - 1].text[:1].isupper():
        begin -= 1
    return " ".join(one.text for one in items[begin:end]) if end - begin > 1 else ""


def _names_alone(one: Item) -> list[str]:
    """Return the words used for a person later: the surname, which comes first in China and Korea."""
    words = one.person.split()
    if len(words) < 2:
        return words[-1:]
    return [words[0], words[-1]] if set(one.parties) & _SURNAME_FIRST else words[-1:]


def _host(items: list[Item]) -> tuple[str, ...]:
    """Return the party that an ambassador is accredited to: "Kenya's ambassador to Spain"."""
    for place, one in enumerate(items[:-2]):
        if one.office == "ambassador" and items[place + 1].lower == "to" and items[place + 2].kind == "party":
            return items[place + 2].parties
    return ()


def _leads_party(items: list[Item], place: int) -> bool:
    """Return whether a leader is that of a party: "Latvia's leader", "the leader of Donetsk", not "the movement's"."""
    before = items[place - 1] if place else None
    if before is None or lowered(items[place + 1 : place + 2]) == ["of"]:
        return before is not None
    return bool(before.parties) or (before.kind == "possessive" and bool(items[place - 2].parties))


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


def _peoples(items: list[Item], place: int) -> tuple[tuple[str, ...], int]:
    """Return the parties of "the British and French" that ends at a position, and its start."""
    parties, first = items[place].parties, place
    while (
        first >= 2 and items[first - 1].lower in ("and", ",") and items[first - 2].kind == items[place].kind
    ):
        first -= 2
        parties = (*items[first].parties, *parties)
    return parties, first
