"""Acts that a text tells of: from verbs, active and passive, and from nouns, each with its place and its mood.

What is negated, planned, demanded, denied, doubted or supposed is found too, and kept apart: it is never proposed.
"""

from dataclasses import dataclass, field

from comity.reading.clauses import (
    DONE,
    VerbGroup,
    first_subject,
    group_at,
    is_base,
    parties_after,
    starts_clause,
    subject_of,
)
from comity.reading.lexicon import BASE, GERUND, PARTICIPLE, PAST, Frame, Lexicon
from comity.reading.phrases import PREPOSITIONS
from comity.reading.text import Item, Sentence
from comity.tables.acts import MUTUAL

#: Verbs that tell of a state of affairs in the present tense, and of an act in any other.
_STATIVE = frozenset(("recognise", "recognize", "support"))
_PERFORMING = frozenset(["hereby", "formally", "officially"])
_BELONGS = frozenset(
    [
        "its",
        "their",
        "his",
        "her",
        "all",
        "full",
        "formal",
        "diplomatic",
        "official",
        "the",
        "a",
        "an",
        "any",
        "bilateral",
        "consular",
        "first",
        "own",
        "new",
        "further",
        "remaining",
        "military",
        "full-scale",
        "large-scale",
        "ground",
        "air",
        "direct",
    ]
)
_DONE_NOUNS = frozenset(
    [
        "note",
        "statement",
        "decree",
        "letter",
        "decision",
        "announcement",
        "law",
        "proclamation",
        "treaty",
        "agreement",
        "resolution",
    ]
)


@dataclass
class Told:
    """An act as one sentence tells it: its parties, its date where the sentence gives one, and its mood."""

    kind: str
    actor: str
    object: str
    sentence: Sentence
    #: The places in the text where its words begin and end.
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
    #: The place in the sentence of the verb or noun that tells it.
    place: int = 0
    #: Whether no date of the sentence is the act's.
    undated: bool = False

    @property
    def done(self) -> bool:
        """Whether the text tells it as done."""
        return self.mood == DONE


class Finder:
    """Finds the acts of one sentence after the other."""

    def __init__(self, words: Lexicon) -> None:
        self._words = words
        self.told: list[Told] = []

    def read(self, sentence: Sentence) -> list[Told]:
        """Return the acts that a sentence tells of, whatever their mood."""
        found: list[Told] = []
        used: set[int] = set()
        previous: list[Item] = []
        items = sentence.items
        for place, item in enumerate(items):
            if item.kind != "word":
                continue
            for verb, form in self._forms(items, place):
                if verb not in self._words.frames:
                    continue
                told, subject, taken = self._verb(sentence, place, verb, form, previous)
                used |= taken
                previous = subject or previous
                if told:
                    found += told
                    break
        for place, item in enumerate(items):
            if item.kind == "word" and place not in used and item.lower in self._words.nominals:
                found += self._noun(sentence, place)
        self.told += found
        return found

    def _forms(self, items: list[Item], place: int) -> list[tuple[str, str]]:
        entries = self._words.forms.get(items[place].lower, [])
        # Of a word that is past and participle, the auxiliaries decide later; "cut" is the base after "to".
        seen: dict[str, str] = {}
        for verb, form in entries:
            seen.setdefault(verb, form)
        for verb, form in seen.items():
            if form == BASE and (verb, PAST) in entries and not is_base(items, place):
                seen[verb] = PAST
        return list(seen.items())

    # Verbs

    def _verb(
        self, sentence: Sentence, place: int, verb: str, form: str, previous: list[Item]
    ) -> tuple[list[Told], list[Item], set[int]]:
        """Return what a verb tells, its subject, and the places of the nouns that belong to it."""
        items = sentence.items
        group = group_at(items, place, form, self._words)
        active: list[Item] | None = None
        taken: set[int] = set()
        for frame in sorted(self._words.frames[verb], key=lambda one: (not one.nouns, not one.particle)):
            begin = place + 1
            if frame.particle:
                if begin < len(items) and items[begin].lower == frame.particle:
                    begin += 1
                elif not any(one.lower == frame.particle for one in items[begin : begin + 6]):
                    continue
            if group.passive or (group.form in (PAST, PARTICIPLE) and self._reduced(items, place)):
                told = self._passive(sentence, frame, group, begin, taken)
                if told:
                    return told, [], taken
                if group.passive:
                    continue
            reached = self._object(sentence, frame, begin, taken)
            if reached is None and not frame.nouns and not frame.prepositions and not group.passive:
                reached = self._relative(items, group, begin)
            if reached is None:
                continue
            objects, opposite, end, details = reached
            if active is None:
                active = subject_of(items, group.first, previous)
                if group.form == GERUND and not group.progressive:
                    active = self._of_gerund(items, group) or active
            told = self._tell(sentence, frame, group, active, objects, opposite, end, details)
            return told, active, taken
        if active is None:
            active = subject_of(items, group.first, previous) if not group.passive else []
        return [], [], taken

    @staticmethod
    def _relative(
        items: list[Item], group: VerbGroup, begin: int
    ) -> tuple[list[Item], list[Item], int, dict[str, str]] | None:
        """Return the object that stands before its verb: "Kosovo, which it recognised in 2008"."""
        place = group.first - 1
        if place < 2 or not items[place].parties or items[place - 1].lower not in ("which", "that", "whom"):
            return None
        before = place - 2 if items[place - 2].lower != "," else place - 3
        antecedent = items[before] if before >= 0 else None
        if (
            antecedent is None
            or antecedent.kind != "party"
            or set(antecedent.parties) & set(items[place].parties)
        ):
            return None
        return [antecedent], [], begin, {}

    @staticmethod
    def _reduced(items: list[Item], place: int) -> bool:
        """Return whether a participle stands without its auxiliary: "the republics recognised by Russia"."""
        after = items[place + 1 : place + 4]
        return any(
            one.lower == "by" and at + 1 < len(after) + 1
            for at, one in enumerate(after)
            if one.kind == "word"
        ) and not any(
            one.parties
            for one in after[
                : [x.lower for x in after].index("by") if "by" in [x.lower for x in after] else 0
            ]
        )

    @staticmethod
    def _of_gerund(items: list[Item], group: VerbGroup) -> list[Item]:
        """Return the subject of a gerund: of the clause before it, or of the clause that follows it."""
        before = first_subject(items, group.first)
        if before:
            return before
        for place in range(group.place, len(items)):
            if items[place].lower == ",":
                return first_subject(items[place + 1 :], len(items) - place - 1)
        return []

    def _object(
        self, sentence: Sentence, frame: Frame, begin: int, taken: set[int]
    ) -> tuple[list[Item], list[Item], int, dict[str, str]] | None:
        """Return the parties that the verb of a frame acts on, those of its opposite, the end, and details."""
        items = sentence.items
        details: dict[str, str] = {}
        if not frame.nouns and not frame.prepositions:
            return self._direct(items, frame, begin, details)
        end = begin
        if frame.nouns:
            noun = self._noun_after(items, frame, begin)
            if noun is None:
                return None
            at, length = noun
            taken.update(range(at, at + length))
            end = at + length
            possessed = at - 1
            while (
                possessed > begin and items[possessed].kind == "word" and items[possessed].lower in _BELONGS
            ):
                possessed -= 1
        objects: list[Item] = []
        opposite: list[Item] = []
        for at in range(end, min(len(items), end + 14)):
            word = items[at].lower
            if word in (";", ":") or (word == "," and not objects and at > end + 2):
                break
            if items[at].kind == "word" and word in (
                "and",
                "but",
                "after",
                "because",
                "over",
                "when",
                "while",
                "which",
                "that",
                "until",
                "saying",
                "accusing",
            ):
                break
            if items[at].value == "there" and "in" in frame.prepositions and not objects:
                objects, end = [items[at]], at + 1
            matched = self._preposition(items, at, frame.prepositions)
            if matched and not objects:
                found, after = parties_after(items, at + matched, heads=frame.kind == "accreditation")
                if found:
                    objects, end = found, max(end, after)
                else:
                    place = items[at + matched] if at + matched < len(items) else None
                    if place is not None and place.kind == "place":
                        return None
            if frame.opposite_preposition and word == frame.opposite_preposition and not opposite:
                opposite, after = parties_after(items, at + 1)
                end = max(end, after)
        if not objects:
            if frame.kind in MUTUAL or frame.kind == "independence_declared" or frame.kind == "accreditation":
                return [], opposite, end, details
            return None
        if (
            frame.kind == "relations_severed"
            and not frame.nouns
            and any(one.kind == "pronoun" for one in objects)
        ):
            return None
        return objects, opposite, end, details

    @staticmethod
    def _preposition(items: list[Item], at: int, prepositions: tuple[str, ...]) -> int:
        for words in prepositions:
            parts = words.split()
            if [one.lower for one in items[at : at + len(parts)]] == parts:
                return len(parts)
        return 0

    @staticmethod
    def _noun_after(items: list[Item], frame: Frame, begin: int) -> tuple[int, int] | None:
        """Return the place and the length of the noun of a frame after its verb."""
        for at in range(begin, min(len(items), begin + 8)):
            for words in frame.nouns:
                parts = words.split()
                here = items[at : at + len(parts)]
                if [one.lower for one in here] == parts:
                    return at, len(parts)
            one = items[at]
            if one.kind in ("date", "demonym") or one.parties or one.kind == "possessive":
                continue
            if one.lower in ("on", "in", "last") and at + 1 < len(items) and items[at + 1].kind == "date":
                continue
            if one.kind == "word" and (
                one.lower in _BELONGS
                or one.lower == frame.particle
                or one.lower
                in ("and", "of", "economic", "trade", "political", "embassy", "special", "at", "level")
                or "-" in one.lower
                or one.lower.endswith("ly")
                or one.lower in '"“”'
            ):
                continue
            return None
        return None

    def _direct(
        self, items: list[Item], frame: Frame, begin: int, details: dict[str, str]
    ) -> tuple[list[Item], list[Item], int, dict[str, str]] | None:
        """Return the parties right after a verb such as recognise, and what follows them."""
        at = begin
        # Moroccan sovereignty over Western Sahara; Jerusalem as the capital of Israel.
        ahead = items[at : at + 12]
        lowers = [one.lower for one in ahead]
        for word in ("sovereignty", "claim", "claims", "autonomy"):
            if word in lowers and frame.kind == "recognition":
                index = lowers.index(word)
                if "over" in lowers[index : index + 4] or "to" in lowers[index : index + 2]:
                    over = (
                        lowers.index("over", index) if "over" in lowers[index:] else lowers.index("to", index)
                    )
                    holder = [one for one in ahead[:index] if one.parties] or [
                        one for one in ahead[index:over] if one.parties
                    ]
                    land = next(
                        (one for one in ahead[over + 1 : over + 4] if one.kind in ("party", "place")), None
                    )
                    if holder and land is not None:
                        details |= {"kind": "claim_recognised", "territory": _territory(land)}
                        return [holder[0]], [], at + over + 2, details
                    return None
        if lowers[:2] in (["each", "other"], ["one", "another"]):
            return [], [], at + 2, {"mutual": "yes"}
        found, end = parties_after(items, at)
        if not found or (end < len(items) and items[end].kind == "possessive"):
            if ahead and ahead[0].kind == "place" and "capital" in lowers[:7]:
                found = []
                end = at + 1
            else:
                return None
        after = items[end : end + 9]
        words = [one.lower for one in after]
        if end < len(items) and items[end].lower in ("-", "–"):
            return None
        if words[:1] == ["as"] and frame.kind == "recognition":
            if "belligerent" in words[:4] or "belligerents" in words[:4]:
                details["kind"] = "belligerency_recognised"
            elif "part" in words[:4] or "capital" in words[:5] or "territory" in words[:4]:
                holder, after_ = (
                    parties_after(items, end + words.index("of") + 1) if "of" in words else ([], end)
                )
                holder = holder or [one for one in after[:5] if one.parties]
                if not holder:
                    return None
                land = items[at] if not found else found[0]
                details |= {"kind": "claim_recognised", "territory": _territory(land)}
                return holder[:1], [], max(end, after_), details
        text = " ".join(words)
        if frame.kind == "recognition":
            if text.startswith(
                ("on condition", "on the condition", "provided", "subject to", "conditionally")
            ) or any(
                phrase in " ".join(one.lower for one in items[end : end + 14])
                for phrase in ("on condition that", "on the condition that", "provided that", "subject to")
            ):
                details["kind"] = "recognition_conditional"
            for capacity in ("de facto", "de jure"):
                if capacity in " ".join(one.lower for one in items[max(0, begin - 4) : end + 4]):
                    details["capacity"] = capacity
        if words[:1] in (["passports"], ["documents"], ["diplomas"]):
            return None
        return found, [], end, details

    def _passive(
        self, sentence: Sentence, frame: Frame, group: VerbGroup, begin: int, taken: set[int]
    ) -> list[Told]:
        """Return what a verb in the passive tells: the agent after "by", the object before."""
        items = sentence.items
        agents: list[Item] = []
        end = begin
        for at in range(begin, min(len(items), begin + 10)):
            if items[at].lower in (",", ";", "and", "but") or items[at].lower == "that":
                break
            if items[at].lower == "by":
                agents, end = self._agents(items, at + 1)
                break
        as_wrong = any(
            one.lower == "as" and at + 1 < len(items) for at, one in enumerate(items[begin : begin + 2])
        )
        before = items[: group.first]
        if frame.nouns:
            noun = next(
                ((at, words.split()) for at in range(group.first - 1, -1, -1) for words in frame.nouns
                 if [one.lower for one in items[at : at + len(words.split())]] == words.split()),
                None,
            )  # fmt: skip
            if noun is None:
                return []
            at, parts = noun
            taken.update(range(at, at + len(parts)))
            between = at + len(parts)
            if between < len(items) and items[between].lower in ("between", "of"):
                pair, _ = parties_after(items, between + 1, listed=True)
                flat = [(one, party) for one in pair for party in one.parties]
                if len(flat) == 2 and frame.kind in MUTUAL:
                    return self._pairs(
                        sentence, frame, group, [flat[0]], [flat[1]], max(end, group.place + 1), {}
                    )
                if agents and pair and frame.prepositions and items[between].lower in frame.prepositions:
                    return self._tell(sentence, frame, group, agents, pair, [], end, {})
                return []
            if between < len(items) and items[between].lower in frame.prepositions:
                others, _ = parties_after(items, between + 1)
                owner = agents or ([items[at - 2]] if at >= 2 and items[at - 1].kind == "possessive" else [])
                if others and owner:
                    return self._tell(
                        sentence, frame, group, owner, others, [], max(end, group.place + 1), {}
                    )
            return []
        if (
            frame.prepositions
            or not agents
            or (as_wrong and frame.kind == "recognition" and not _as_state(items, begin))
        ):
            return []
        objects = self._possessed(items, group.first) or subject_of(
            items, group.first, first_subject(items, group.first)
        )
        objects = objects or [one for one in before[-1:] if one.parties]
        parties = [one for one in objects if one.kind in ("party", "pronoun") and one.parties]
        return self._tell(sentence, frame, group, agents, parties, [], end, {}) if parties else []

    @staticmethod
    def _possessed(items: list[Item], first: int) -> list[Item]:
        """Return the party of "Kosovo's independence" before a verb in the passive."""
        noun = first >= 3 and items[first - 1].lower in ("independence", "statehood", "sovereignty")
        if noun and items[first - 2].kind == "possessive" and items[first - 3].parties:
            return [items[first - 3]]
        for place in range(max(0, first - 6), first):
            if [one.lower for one in items[place : place + 2]] == ["independence", "of"]:
                return parties_after(items, place + 2)[0]
        return []

    @staticmethod
    def _agents(items: list[Item], place: int) -> tuple[list[Item], int]:
        at = place
        while at < len(items) and items[at].lower in ("the", "both"):
            at += 1
        found: list[Item] = []
        while at < len(items) and items[at].kind in ("party", "office", "pronoun") and items[at].parties:
            if at + 1 < len(items) and items[at + 1].kind == "possessive":
                break
            found.append(items[at])
            at += 1
            ahead = at
            while ahead < len(items) and items[ahead].lower in (",", "and", "the", "later", "then"):
                ahead += 1
            if ahead == at or ahead >= len(items) or not items[ahead].parties or starts_clause(items, ahead):
                break
            at = ahead
        return found, at

    def _tell(
        self, sentence: Sentence, frame: Frame, group: VerbGroup, actors: list[Item], objects: list[Item],
        opposite: list[Item], end: int, details: dict[str, str],
    ) -> list[Told]:  # fmt: skip
        """Return the acts between actors and objects, with those of the opposite kind towards other parties."""
        doers = [
            (one, party) for one in actors for party in one.parties if one.binds and one.kind != "medium"
        ]
        if len(actors) == 1 and actors[0].kind == "person" and not actors[0].office:
            doers = []
        towards = [(one, party) for one in objects for party in one.parties]
        if frame.kind in MUTUAL and not towards and len(doers) == 2 and not details:
            return self._pairs(sentence, frame, group, doers[:1], doers[1:], end, details)
        if details.pop("mutual", ""):
            if len(doers) != 2:
                return []
            there, back = doers
            return self._pairs(sentence, frame, group, [there], [back], end, {}) + self._pairs(
                sentence, frame, group, [back], [there], end, {}
            )
        if frame.kind == "accreditation" and not towards:
            if len(doers) == 2:
                return self._pairs(sentence, frame, group, doers[:1], doers[1:], end, details)
            return []
        if frame.kind == "independence_declared":
            if any(one.kind == "pronoun" and group.first > 2 for one, _ in doers):
                return []  # "Vienna recognised the province after it had proclaimed independence".
            return [
                one
                for doer in doers
                for one in self._pairs(sentence, frame, group, [doer], [doer], end, details)
            ]
        doers += [(actors[0] if actors else towards[0][0], party) for party in group.after] if towards else []
        told = self._pairs(sentence, frame, group, doers, towards, end, details)
        for one in told:
            if one.actor in group.after:
                one.undated = True
                one.reasons.append("the text says that another party did it before")
        if opposite:
            other = Frame(frame.opposite, "", (), (), "", "")
            away = [(one, party) for one in opposite for party in one.parties]
            told += self._pairs(sentence, other, group, doers, away, end, {})
        return told

    def _pairs(
        self, sentence: Sentence, frame: Frame, group: VerbGroup, doers: list[tuple[Item, str]],
        towards: list[tuple[Item, str]], end: int, details: dict[str, str],
    ) -> list[Told]:  # fmt: skip
        found = []
        items = sentence.items
        kind = details.get("kind", frame.kind)
        mood, reasons = self._mood(sentence, group, doers)
        last = items[min(end, len(items)) - 1]
        for doer, actor in doers:
            for thing, object_ in towards:
                if actor == object_ and kind != "independence_declared":
                    continue
                if kind == "independence_declared" and actor != object_:
                    continue
                one = Told(kind, actor, object_, sentence, min(doer.start, items[group.first].start, thing.start),
                           max(last.end, thing.end, items[group.place].end), mood, group=group,
                           actors=[doer], place=group.place)  # fmt: skip
                one.territory, one.capacity = details.get("territory", ""), details.get("capacity", "")
                one.reasons += reasons
                one.doubts += [item.doubt for item in (doer, thing) if item.doubt]
                found.append(one)
        return found

    def _mood(
        self, sentence: Sentence, group: VerbGroup, doers: list[tuple[Item, str]]
    ) -> tuple[str, list[str]]:
        """Return the mood of a verb in its sentence, and why."""
        items, verb = sentence.items, sentence.items[group.place]
        mood, reasons = group.mood, [group.reason] if group.reason else []
        lemmas = self._words.lemmas(verb.lower)
        if mood == DONE and sentence.text.rstrip('"”’ ').endswith("?"):
            return "hypothetical", ["a question"]
        if mood == DONE and group.progressive and not sentence.headline:
            return ("performed", ["the verb is in the progressive present"])
        if mood == DONE and group.present and not group.reason.startswith("“"):
            quoted = self._in_quotes(sentence, verb)
            first = any(one.kind == "pronoun" and one.lower in ("we", "our") for one, _ in doers)
            performing = any(one.lower in _PERFORMING for one in items[group.first : group.place + 1])
            if (
                group.form == BASE
                and not sentence.headline
                and not first
                and len({party for _, party in doers}) < 2
            ):
                return "demanded", ["the verb is in the subjunctive or an infinitive"]
            if sentence.headline or first or performing:
                reasons.append("the verb is in the present tense of a headline or of a declaration")
            elif set(lemmas) & _STATIVE:
                return "state", ["the present tense tells a state of affairs"]
            elif quoted:
                reasons.append("the verb is in the present tense of a declaration")
        return mood, reasons

    @staticmethod
    def _in_quotes(sentence: Sentence, item: Item) -> bool:
        before = sentence.text[: item.start - sentence.start]
        return before.count("“") > before.count("”") or before.count('"') % 2 == 1

    # Nouns

    def _noun(self, sentence: Sentence, place: int) -> list[Told]:
        """Return what a noun such as recognition tells, where it names both parties."""
        items, noun = sentence.items, sentence.items[place]
        for nominal in self._words.nominals[noun.lower]:
            end = place + 1
            if nominal.of:
                if end < len(items) and items[end].lower == "of":
                    end += 1
                while end < len(items) and (items[end].lower in _BELONGS):
                    end += 1
                if end >= len(items) or items[end].lower not in nominal.of:
                    continue
                end += 1
            owner, first = self._owner(items, place)
            if first > 0 and items[first - 1].lower == "with" and nominal.of:
                owner = []
            if owner and owner[0].kind == "pronoun" and first and items[first - 1].lower not in PREPOSITIONS:
                continue  # "reaffirmed its recognition": an act before, which this sentence does not tell.
            objects: list[Item] = []
            agents: list[Item] = []
            pair: list[Item] = []
            at = end
            while at < min(len(items), end + 12):
                word = items[at].lower
                if (word == "of" and not objects) or (word == "with" and not objects):
                    objects, after = parties_after(items, at + 1)
                    at = max(at + 1, after)
                    continue
                if word == "by" and not agents:
                    agents, after = self._agents(items, at + 1)
                    at = max(at + 1, after)
                    continue
                if word == "between":
                    pair, after = parties_after(items, at + 1, listed=True)
                    at = max(at + 1, after)
                    continue
                if items[at].kind == "date":
                    at += 1
                    continue
                break
            frame = Frame(nominal.kind, "", (), (), "", "")
            group = VerbGroup(place, first, PAST)
            group.mood, group.reason = self._governed(sentence, first, place)
            flat = [(one, party) for one in pair for party in one.parties]
            actors = [one for one in owner or agents if one.binds]
            if len(flat) == 2 and nominal.kind in MUTUAL:
                told = self._pairs(sentence, frame, group, flat[:1], flat[1:], at, {})
            elif objects and actors:
                doers = [(one, party) for one in actors for party in one.parties]
                towards = [(one, party) for one in objects for party in one.parties]
                told = self._pairs(sentence, frame, group, doers, towards, at, {})
            elif nominal.kind in MUTUAL and not objects:
                actors = subject_of(items, first, [])
                announced = self._announced(items, first)
                doers = [(one, party) for one in announced for party in one.parties]
                told = (
                    self._pairs(sentence, frame, group, doers[:1], doers[1:2], at, {})
                    if len(doers) == 2
                    else []
                )
            else:
                told = []
            for one in told:
                one.reasons.append("told by a noun")
            if told:
                return told
        return []

    def _announced(self, items: list[Item], first: int) -> list[Item]:
        """Return who announced what a noun tells: "A and B announced the establishment of relations"."""
        for at in range(first - 1, max(-1, first - 5), -1):
            if set(self._words.lemmas(items[at].lower)) & {"announce", "declare", "proclaim", "confirm"}:
                return subject_of(items, at, [])
        return []

    @staticmethod
    def _owner(items: list[Item], place: int) -> tuple[list[Item], int]:
        """Return the party before a noun whose act that tells, by a possessive or a demonym, and where it begins."""
        left = place - 1
        while (
            left >= 0
            and items[left].kind == "word"
            and items[left].lower in _BELONGS | {"recent", "sudden", "surprise", "later", "earlier"}
        ):
            if items[left].lower in ("the", "a", "an"):
                return [], left
            left -= 1
        if left >= 1 and items[left].kind == "possessive" and items[left - 1].parties:
            return [items[left - 1]], left - 1
        if left >= 0 and items[left].kind in ("demonym", "pronoun") and items[left].parties:
            return [items[left]], left
        return [], left + 1

    def _governed(self, sentence: Sentence, first: int, place: int) -> tuple[str, str]:
        """Return the mood of a noun by the words before it: "talks on possible recognition"."""
        items = sentence.items
        for at in range(place - 1, max(-1, first - 8), -1):
            item = items[at]
            if item.lower in (",", ";", ":"):
                break
            if item.kind != "word":
                continue
            if item.lower in ("no", "not", "without", "never") or item.lower.endswith("n't"):
                return "negated", f"“{item.text}”"
            effect = self._words.mood(item.lower)
            if effect and effect != DONE and not (at < first and item.lower in ("state", "country")):
                return effect, f"“{item.text}”"
            if item.lower in ("if", "would", "will", "may", "might", "could", "should", "can"):
                return "possible", f"“{item.text}”"
        after = items[place + 1 : place + 14]
        for at, item in enumerate(after):
            if item.lower in (",", ";"):
                break
            if item.lower in ("would", "will", "may", "might", "could", "should", "can") and not any(
                one.lower in ("said", "after") for one in after[:at]
            ):
                return "possible", f"“{item.text}”"
        return DONE, ""


def _territory(item: Item) -> str:
    """Return the id of the place or the polity on which a claim is recognised."""
    if item.kind == "place":
        return item.value
    return item.value.removeprefix("place:") if item.value.startswith("place:") else item.parties[0]


def _as_state(items: list[Item], begin: int) -> bool:
    return any(
        one.lower in ("state", "independent", "sovereign", "country", "nation")
        for one in items[begin : begin + 6]
    )
