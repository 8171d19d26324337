"""Acts as reported by one sentence: who did it towards whom, and the mood of the report."""

from dataclasses import dataclass, field, replace

from comity.reading.lexicon import BASE, Frame, Lexicon
from comity.reading.text import Item, Sentence, lowered
from comity.reading.verbs import DONE, ENDED, VerbGroup
from comity.tables.acts import MUTUAL

#: The reason given for an act reported by a noun.
BY_NOUN = "told by a noun"
#: The reasons for a date not given in the text for the act itself.
OF_REPORT = "the date is that of the report"
OF_DECLARATION = "the date is that of the actor's own declaration"
OF_PUBLICATION = "the text gives no date but that of the publication"
#: Verbs that describe a state of affairs in the present tense, and an act in any other.
_STATIVE = frozenset(("recognise", "recognize", "support", "acknowledge"))
_PERFORMING = frozenset(("hereby", "herewith", "formally", "officially"))
_BY_THIS = ("by this ", "by the present ", "by which", "decree signed by", "proclamation signed by")
#: Words before the day on which something takes effect.
FROM_A_DAY = ("with effect from", "effective from", "effective as of", "as of", "as from", "effective today")

#: Offices that may use force for their party.
_WAGING = frozenset(("armed forces", "government", "president", "king", "prime minister", "separatists"))

#: What two parties may do to each other: "Taiwan and El Salvador ended diplomatic relations".
PARTING = ("relations_severed", "relations_suspended")
#: Acts on the recognition of a party.
RECOGNITIONS = frozenset(("recognition", "withdrawal", "suspension"))
#: An item of a sentence, with one of the parties that it means.
Side = tuple[Item, str]


@dataclass
class Told:
    """An act as reported by one sentence: its parties, its date if the sentence gives one, and its mood."""

    kind: str
    actor: str
    object: str
    sentence: Sentence
    #: The positions in the text where its words begin and end.
    start: int
    end: int
    mood: str = DONE
    date: str = ""
    #: Whether the date is that of the report and not of the act.
    of_report: bool = False
    territory: str = ""
    capacity: str = ""
    reasons: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    group: VerbGroup | None = None
    actors: list[Item] = field(default_factory=list)
    #: The position in the sentence of the verb or noun that expresses it.
    place: int = 0
    #: Whether no date in the sentence is that of the act.
    undated: bool = False
    #: The position of the verb that decided the act of a noun: "signed a communiqué on the resumption".
    decided_at: int = -1
    #: The position of the act's own date if its verb is elided: "and Nauru in 2009".
    dated_at: int = -1

    @property
    def done(self) -> bool:
        """Whether the text reports it as done."""
        return self.mood == DONE

    @property
    def of_publication(self) -> bool:
        """Whether its date is only the day of the report."""
        return any(reason in (OF_REPORT, OF_DECLARATION, OF_PUBLICATION) for reason in self.reasons)

    @property
    def by_noun(self) -> bool:
        """Whether it is expressed by a noun, such as "X's recognition of Y"."""
        return BY_NOUN in self.reasons


@dataclass
class Reached:
    """What follows a verb: the parties that it acts on, those of its opposite, and further details."""

    objects: list[Item]
    opposite: list[Item]
    #: The position after the last word that belongs to the act.
    end: int
    #: ``kind``, ``territory`` and ``capacity`` if given; ``mutual`` for "each other".
    details: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Clause:
    """A verb or noun in its sentence, with the frame in which it expresses an act."""

    sentence: Sentence
    frame: Frame
    group: VerbGroup

    @property
    def items(self) -> list[Item]:
        """The items of the sentence."""
        return self.sentence.items


def sides_of(items: list[Item]) -> list[Side]:
    """Return each party of each item."""
    return [(one, party) for one in items for party in one.parties]


def tell(clause: Clause, actors: list[Item], reached: Reached, words: Lexicon) -> list[Told]:
    """Return the acts between actors and objects, with those of the opposite kind towards other parties."""
    frame, group, details = clause.frame, clause.group, dict(reached.details)
    if frame.reversed:
        actors, reached = reached.objects, replace(reached, objects=actors)
    doers = [side for side in sides_of(actors) if _acts_for_its_party(side[0], frame.kind)]
    if len(actors) == 1 and actors[0].kind == "person" and not actors[0].office:
        doers = []
    towards = sides_of(reached.objects)
    if details.pop("pair", "") and len(towards) == 2:
        return between(clause, towards[:1], towards[1:], reached.end, details, words)
    if details.pop("mutual", ""):
        if len(doers) != 2:
            return []
        there, back = doers
        return between(clause, [there], [back], reached.end, {}, words) + (
            [] if frame.kind in MUTUAL else between(clause, [back], [there], reached.end, {}, words)
        )
    exchanged = frame.kind == "accreditation" and "with" in frame.prepositions
    if (frame.kind in MUTUAL or exchanged) and not towards:
        if len(doers) == 2 and not details:
            return between(clause, doers[:1], doers[1:], reached.end, details, words)
        return []
    if frame.kind in PARTING and not towards and len(doers) == 2 and not details:
        return between(clause, doers[:1], doers[1:], reached.end, details, words)
    if frame.kind == "independence_declared":
        return _declarations(clause, doers, towards, reached, words)
    doers += [(actors[0] if actors else towards[0][0], party) for party in group.after] if towards else []
    told = between(clause, doers, towards, reached.end, details, words)
    for one in told:
        if one.actor in group.after:
            one.undated = True
            one.reasons.append("the text says that another party did it before")
    if reached.opposite:
        other = Frame(frame.opposite, "", (), ())
        opposed = Clause(clause.sentence, other, group)
        told += between(opposed, doers, sides_of(reached.opposite), reached.end, {}, words)
    return told


def _acts_for_its_party(one: Item, kind: str) -> bool:
    """Return whether what somebody does is an act of the party; a parliament declares independence."""
    if kind == "independence_declared" and one.office == "parliament":
        return True
    if kind == "use_of_force" and one.kind == "office" and one.office not in _WAGING:
        return False
    return one.binds and one.kind != "medium"


def _declarations(
    clause: Clause, doers: list[Side], towards: list[Side], reached: Reached, words: Lexicon
) -> list[Told]:
    """Return the declarations of independence of parties, each being both sides of its own."""
    if towards:  # "The prime minister proclaimed the independence of Katanga".
        return [one for side in towards for one in between(clause, [side], [side], reached.end, {}, words)]
    if any(one.kind == "pronoun" and clause.group.first > 2 for one, _ in doers):
        return []  # "Vienna recognised the province after it had proclaimed independence".
    return [one for side in doers for one in between(clause, [side], [side], reached.end, {}, words)]


def between(
    clause: Clause, doers: list[Side], towards: list[Side], end: int, details: dict[str, str], words: Lexicon
) -> list[Told]:
    """Return an act for each pair of an actor and an object, with the mood of its verb."""
    found = []
    items, group = clause.items, clause.group
    kind = details.get("kind", clause.frame.kind)
    mood, reasons = _mood(clause, doers, words)
    if mood == ENDED:
        kind, mood = ("withdrawal", DONE) if kind == "recognition" else (kind, "negated")
    last = items[min(end, len(items)) - 1]
    for doer, actor in doers:
        for thing, object_ in towards:
            if (actor == object_) != (kind == "independence_declared"):
                continue
            start = min(doer.start, items[group.first].start, thing.start)
            stop = max(last.end, thing.end, items[group.place].end)
            one = Told(kind, actor, object_, clause.sentence, start, stop, mood, group=group,
                       actors=[doer], place=group.place)  # fmt: skip
            one.territory, one.capacity = details.get("territory", ""), details.get("capacity", "")
            one.reasons += reasons
            one.doubts += [item.doubt for item in (doer, thing) if item.doubt]
            found.append(one)
    return found


def _mood(clause: Clause, doers: list[Side], words: Lexicon) -> tuple[str, list[str]]:
    """Return the mood of a verb in its sentence, and why."""
    sentence, group, items = clause.sentence, clause.group, clause.items
    verb = items[group.place]
    mood, reasons = group.mood, [group.reason] if group.reason else []
    if mood == DONE and sentence.text.rstrip('"”’ ').endswith("?"):
        return "hypothetical", ["a question"]
    if mood == DONE and group.progressive and not sentence.headline:
        return "performed", ["the verb is in the progressive present"]
    if mood != DONE or not group.present or group.reason.startswith("“"):
        return mood, reasons
    quoted = sentence.is_quoted(verb)
    first = any(one.kind == "pronoun" and one.lower in ("we", "our") for one, _ in doers)
    performing = any(one.lower in _PERFORMING for one in items[group.first : group.place + 1])
    if group.form == BASE and not (sentence.headline or first or performing or _several(doers)):
        return "demanded", ["the verb is in the subjunctive or an infinitive"]
    by_document = " ".join(lowered(items[max(0, group.first - 7) : group.first]))
    effective = any(words in sentence.text.lower() for words in FROM_A_DAY)
    if (
        sentence.headline
        or first
        or performing
        or effective
        or any(words in by_document for words in _BY_THIS)
    ):
        reasons.append("the verb is in the present tense of a headline or of a declaration")
    elif set(words.lemmas(verb.lower)) & _STATIVE:
        return "state", ["the present tense tells a state of affairs"]
    elif quoted:
        reasons.append("the verb is in the present tense of a declaration")
    return mood, reasons


def _several(doers: list[Side]) -> bool:
    """Return whether a verb in the plural may be theirs: "by which the two countries establish relations"."""
    return len({party for one, own in doers for party in (own, *one.parties)}) > 1
