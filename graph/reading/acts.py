"""Acts reported in a text, by verbs, active or passive, and by nouns, each with its position and mood.

Acts that are negated, planned, demanded, denied, doubted or supposed are found too, but separately: they are never
proposed.
"""

from dataclasses import replace

from comity.reading.clauses import first_subject, parties_after, signer, subject_of
from comity.reading.companions import companions, forerunners
from comity.reading.coreference import taken_for
from comity.reading.elision import gapped, gapped_agents
from comity.reading.lexicon import BASE, GERUND, PARTICIPLE, PAST, Frame, Lexicon
from comity.reading.nominals import nominal
from comity.reading.objects import objects_after, relative
from comity.reading.passives import agents_at, by, is_reduced, passive, proclaimed
from comity.reading.phrases import DOCUMENTS
from comity.reading.pointing import did_so, of_the_same, reciprocated
from comity.reading.text import Item, Sentence, lower_at, lowered
from comity.reading.told import PARTING, RECOGNITIONS, Clause, Reached, Told, between, tell
from comity.reading.verbs import VerbGroup, group_at, is_base
from comity.tables.acts import MUTUAL

_HOSTILE = ("relations_severed", "relations_suspended", "suspension", "withdrawal")
#: Words that introduce the act of the other side over which a party breaks with it.
_OVER = frozenset(("over", "for", "after", "following", "of"))
#: Verbs of an act that is not named again: "Norway's followed in May".
_CAME = ("came", "followed")
#: Two governments of one state.
_RIVALS = frozenset(("china", "taiwan"))
_THE_NEW = ("government", "new Government", "new government", "new regime", "new authorities")
#: Words for an act done before or after another, of which it may not have the other side.
_OF_TIME = ("after", "before", "since", "when")
#: Designations of a party whose recognition was reported before: "the Republic", "the new state".
_NEW_STATES = ("republic", "republics", "new state", "country", "region", "territory", "entity")
#: Acts on relations, whose other party may be in the previous sentence.
_RELATIONS = frozenset((*MUTUAL, "relations_severed", "relations_suspended")) - {"accreditation"}


class Finder:
    """Finds acts sentence by sentence."""

    def __init__(self, words: Lexicon) -> None:
        """Create a finder that uses a lexicon."""
        self._words = words
        #: The acts found so far, and those of the current sentence.
        self.told: list[Told] = []
        self._here: list[Told] = []
        #: Whether an unknown party was recognised: "recognised his government".
        self._lost = False
        #: The acts of the previous passive in the sentence.
        self._passive: list[Told] = []
        #: The party last named as the other side of relations.
        self._with_whom: tuple[str, ...] = ()

    def read(self, sentence: Sentence) -> list[Told]:
        """Return the acts in a sentence, whatever their mood."""
        found: list[Told] = []
        self._here, self._passive = [], []
        used: set[int] = set()
        previous: list[Item] = []
        items = sentence.items
        for place, item in enumerate(items):
            self._note_other_side(items, place)
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
        for place, item in enumerate(items[:-1]):
            if item.kind == "possessive" and items[place + 1].lower in _CAME:
                found += of_the_same(sentence, place, self.told, self._here, self._words)
            if item.kind == "word" and place not in used and item.lower in self._words.nominals:
                told = self._blamed(nominal(sentence, place, self._words))
                last = max(
                    (one.end for one in told), default=0
                )  # "The withdrawal by Malawi of its recognition".
                used |= {at for at, one in enumerate(items) if place < at and one.end <= last}
                found += told or of_the_same(sentence, place, self.told, self._here, self._words)
        found += did_so(sentence, self.told, found, self._words) or reciprocated(
            sentence, self.told, found, self._words
        )
        self.told += found
        return found

    def _note_other_side(self, items: list[Item], place: int) -> None:
        """Note the party after "relations with" or "its ambassador from" at a position."""
        ties = place and items[place].lower == "with" and items[place - 1].lower in ("relations", "ties")
        recalled = place and items[place].lower == "from" and items[place - 1].office == "ambassador"
        if ties or recalled:
            with_whom, _ = parties_after(items, place + 1)
            if with_whom and with_whom[0].kind == "party":
                self._with_whom = with_whom[0].parties[:1]

    def _forms(self, items: list[Item], place: int) -> list[tuple[str, str]]:
        """Return the verbs that a word may be a form of, each with the form."""
        entries = self._words.forms.get(items[place].lower, [])
        # Auxiliaries later decide between past and participle; "cut" is the base after "to".
        seen: dict[str, str] = {}
        for verb, form in entries:
            seen.setdefault(verb, form)
        for verb, form in seen.items():
            if form == BASE and (verb, PAST) in entries and not is_base(items, place):
                seen[verb] = PAST
        return list(seen.items())

    def _verb(
        self, sentence: Sentence, place: int, verb: str, form: str, previous: list[Item]
    ) -> tuple[list[Told], list[Item], set[int]]:
        """Return the acts of a verb, its subject, and the positions of the nouns that belong to it."""
        items, words = sentence.items, self._words
        group = group_at(items, place, form, words)
        active: list[Item] | None = None
        taken: set[int] = set()
        before = items[group.first - 1].lower if group.first else ""
        if form in (PAST, PARTICIPLE) and before in ("the", "a", "an", "its", "their") and not group.passive:
            return [], [], taken  # "The unilaterally declared independence".
        for frame in sorted(words.frames[verb], key=lambda one: (not one.nouns, not one.particle)):
            clause = Clause(sentence, frame, group)
            begin = _after_particle(items, frame, place + 1)
            if begin is None:
                continue
            independence = verb == "proclaim" and frame.kind == "independence_declared"
            if independence and (told := proclaimed(clause, words)):
                return told, [], taken
            if group.passive or (group.form in (PAST, PARTICIPLE) and is_reduced(items, place)):
                if told := self._in_passive(clause, begin, taken):
                    return told, [], taken
                if group.passive:
                    continue
            reached = (
                relative(items, frame, group.first, begin)
                or objects_after(items, frame, begin, taken)
                or self._same_claim(items, frame, begin)
            )
            alone = reached is None or not reached.objects
            if alone and self._passive and before == "and" and frame.kind in _RELATIONS:
                self._here += self._passive  # "Relations were cut by Chad in 1972 and restored in 2019".
                return self._between_the_last(clause, begin), [], taken
            if reached is None:
                if told := self._without_object(clause, begin, taken):
                    return told, [], taken
                continue
            if active is None:
                active = self._subject(items, group, previous)
            active, reached = self._sides(clause, begin, active, reached)
            if told := self._tell(clause, active, reached):
                return told, active, taken
            self._lost = self._lost or (bool(active) and frame.kind == "recognition" and not frame.nouns)
        if group.passive:
            return [], [], taken
        return [], subject_of(items, group.first, previous) if active is None else active, taken

    def _without_object(self, clause: Clause, begin: int, taken: set[int]) -> list[Told]:
        """Return the acts of a verb that acts on no known party: "The embassy in Havana reopened"."""
        frame = clause.frame
        if frame.kind == "recognition" and not frame.nouns and _is_unknown(clause.items, begin):
            self._lost = True
        if frame.kind == "representation_opened":
            return passive(clause, begin, taken, self._words)
        return []

    def _in_passive(self, clause: Clause, begin: int, taken: set[int]) -> list[Told]:
        """Return the acts of a verb in the passive, or of a participle."""
        if told := passive(clause, begin, taken, self._words):
            self._passive = told[-1:]
            return told + gapped_agents(clause, told, self._words)
        if clause.group.passive:
            self._passive = self._broken_off(clause, begin, taken)
            return self._passive
        return []

    def _sides(
        self, clause: Clause, begin: int, active: list[Item], reached: Reached
    ) -> tuple[list[Item], Reached]:
        """Return the actors and what they act on, with the referents of what the clause does not name."""
        items, kind = clause.items, clause.frame.kind
        if not reached.objects and not reached.details and kind in _RELATIONS | RECOGNITIONS:
            reached = self._with_the_other(kind, active, reached, items[: clause.group.first])
        if kind == "representation_opened":
            active = _whose_embassy(items, begin) or active
        if kind == "accreditation" and active and not any(one.parties for one in active):
            ahead = items[reached.end :]  # "Jane Otieno presented … as Kenya's first ambassador".
            active = [one for one in ahead if one.office == "ambassador" and one.parties][:1]
        active = self._other_than(self._provoking(clause, active), reached)
        reached = self._resolved(clause, active, reached)
        if kind == "independence_declared" and not reached.objects:
            active = self._declaring(clause, active)
        return active, reached

    def _tell(self, clause: Clause, active: list[Item], reached: Reached) -> list[Told]:
        """Return the acts of a verb with its actors and objects, and those of elided verbs after it."""
        items, frame, group = clause.items, clause.frame, clause.group
        if group.ranked and not group.after:
            group.after = forerunners(items, reached.end)
        actors = [*active, *companions(items, active, group.place, reached.end)]
        told = tell(clause, actors, reached, self._words)
        if not told:
            return []
        self._lost = False
        self._here += told
        if frame.kind in _RELATIONS and not frame.nouns:
            self._with_whom = (told[-1].object,)
        return told + gapped(clause, told, reached, self._words)

    def _same_claim(self, items: list[Item], frame: Frame, begin: int) -> Reached | None:
        """Return the holder in "recognised Morocco's claim", if its recognition was reported before."""
        words = lowered(items[begin + 1 : begin + 3])
        if items[begin : begin + 1] and items[begin].lower in ("that", "this", "the"):
            words = ["", *words]
        if (
            frame.kind != "recognition"
            or frame.nouns
            or len(words) < 2
            or words[1] not in ("claim", "sovereignty")
        ):
            return None
        holder = items[begin]
        claims = [one for one in self.told if one.kind == "claim_recognised"]
        if holder.lower not in ("that", "this", "the"):
            claims = [one for one in claims if one.object in holder.parties]
        if not claims:
            return None
        holder = replace(holder, parties=(claims[-1].object,))
        details = {"kind": "claim_recognised", "territory": claims[-1].territory}
        return Reached([replace(holder, kind="party")], [], begin + 3, details)

    def _broken_off(self, clause: Clause, begin: int, taken: set[int]) -> list[Told]:
        """Return the acts of "relations were broken off by the king", with the other side named before."""
        kind, place = clause.frame.kind, clause.group.first - 1
        before = clause.items[place].lower if place >= 0 else ""
        if kind not in _RELATIONS or (before not in clause.frame.nouns and before not in ("they", "these")):
            return []
        agents, end = by(clause.items, begin)
        taken.add(place)
        if not agents:
            return self._between_the_last(clause, end)
        reached = self._with_the_other(kind, agents, Reached([], [], end), [])
        return tell(clause, agents, reached, self._words) if reached.objects else []

    def _between_the_last(self, clause: Clause, end: int) -> list[Told]:
        """Return the acts of "they were restored in 1988", about relations mentioned before."""
        broken = [one for one in (*self.told, *self._here) if one.done and one.kind in (*PARTING, *MUTUAL)]
        if not broken:
            return []
        doubt = "The relations are taken to be those that were broken off before."
        sides = [
            (replace(broken[-1].actors[0], kind="party", parties=(party,), doubt=doubt), party)
            for party in (broken[-1].actor, broken[-1].object)
        ]
        return between(clause, sides[:1], sides[1:], end, {}, self._words)

    def _subject(self, items: list[Item], group: VerbGroup, previous: list[Item]) -> list[Item]:
        if group.owner is not None:
            return [group.owner]
        if group.form == GERUND and group.first > 1 and items[group.first - 1].lower == "for":
            at = group.first - 2
            while at > 1 and (items[at].kind == "date" or items[at].lower == "on"):
                at -= 1
            blamed = items[at]  # "Serbia criticised Kenya for recognising Kosovo".
            if blamed.parties and blamed.kind != "possessive":
                return [blamed]
        begin = 1 + max((at for at, one in enumerate(items[: group.first]) if one.lower == ";"), default=-1)
        previous = [one for one in previous if one.start >= items[begin].start]
        found = [self._of_leader(one) for one in subject_of(items, group.first, previous)]
        if not found and group.first and items[group.first - 1].lower in ("and", ","):
            # "Kenya recalled its envoy and broke off relations".
            clause = items[begin : group.first]
            found = first_subject(clause, len(clause)) or first_subject(items, group.first)
        if not found and group.ranked and not group.first:  # "The first to recognise Lithuania was Iceland".
            verb = next(
                (at for at in range(group.place, len(items)) if items[at].lower in ("was", "were")),
                len(items),
            )
            found = agents_at(items, verb + 1)[0]
        if "hereby" in lowered(items[group.first : group.place]):
            found = first_subject(items, group.first) or found
        found = found or signer(items, group.first)
        document = items[group.first - 2].lower in DOCUMENTS if group.first > 1 else False
        if not found and document and items[group.first - 1].lower in ("that", "which"):
            found = first_subject(
                items, group.first
            )  # "He signed the communiqué that established relations".
        having = bool(not found and group.perfect and items[group.first].lower == "having")
        if (group.form == GERUND and not group.progressive) or having:
            return self._of_gerund(items, group) or found
        return found

    @staticmethod
    def _of_gerund(items: list[Item], group: VerbGroup) -> list[Item]:
        """Return the subject of a gerund: that of the previous or of the following clause."""
        that = max((at for at, one in enumerate(items[: group.first]) if one.lower == "that"), default=-1)
        clause = items[that + 1 : group.first]
        before = first_subject(clause, len(clause)) or first_subject(items, group.first)
        if before:
            return before
        for place in range(group.place, len(items)):
            if items[place].lower == ",":
                return first_subject(items[place + 1 :], len(items) - place - 1)
        return []

    def _of_leader(self, one: Item) -> Item:
        """Return the office of a leader whose name stands for the government: Maduro's acts are Venezuela's."""
        if one.kind != "party" or one.binds or one.text not in self._words.leaders:
            return one
        party, office = self._words.leaders[one.text]
        return replace(one, kind="office", parties=(party,), office=office, binds=True)

    def _with_the_other(self, kind: str, actors: list[Item], reached: Reached, before: list[Item]) -> Reached:
        """Return the other side of the last act on relations, as the object of a verb without one.

        "Beijing had broken off relations in 1989"; "The Maldives cut relations later that day", as others had.
        """
        acting = {party for one in actors for party in one.parties}
        cleft = lowered(before[:1]) == ["it"] and len(before) > 4 and before[4].lower == "that"
        if cleft and before[2].lower == "with" and before[3].parties:
            # "It was with Ecuador that Mexico severed relations".
            return replace(reached, objects=[before[3]])
        if len(acting) > 1 and kind in PARTING and self._with_whom and not acting & set(self._with_whom):
            return self._with_those_before(actors, reached)
        if not acting or (len(acting) > 1 and kind not in RECOGNITIONS):
            return reached
        if kind in RECOGNITIONS:
            return self._recognised_before(kind, actors, acting, reached)
        told = self._here or self.told
        own = [one for one in told if one.kind in _RELATIONS and acting & {one.actor, one.object}]
        if not own and self._with_whom and not acting & {self._with_whom[0]}:
            return self._with_those_before(actors, reached)
        if not told:
            return _only_other(before, acting, reached)
        last = own[-1] if own else told[-1]
        sides = {last.actor, last.object}
        provoked = kind in PARTING and last.kind in ("recognition", "use_of_force", "annexation")
        if provoked and not acting & sides and self._here:
            # "Syria recognised Abkhazia, and Georgia broke off relations".
            doubt = f"The other side is taken to be {last.actor}, whose act is told before."
            return _acting_on(last.actor, doubt, actors, reached)
        recognised = last.kind in RECOGNITIONS and last.actor in acting and self._here
        if last.kind not in _RELATIONS and not recognised:
            return _only_other(before, acting, reached)
        if not acting & sides and last.kind != kind:
            return _only_other(before, acting, reached)
        other = next(iter(sides - acting)) if acting & sides else last.object
        doubt = f"The other side is taken to be {other}, as in the sentence before."
        return _acting_on(other, doubt, actors, reached)

    def _recognised_before(
        self, kind: str, actors: list[Item], acting: set[str], reached: Reached
    ) -> Reached:
        """Return the other side of the last act as the object of a verb of recognition without one.

        "Vanuatu, which had recognised Abkhazia in 2011, withdrew recognition in 2013".
        """
        told = self._here or self.told
        if not told:
            return reached
        last = told[-1]
        if last.kind in _RELATIONS and len(acting & {last.actor, last.object}) == 1:
            other = next(iter({last.actor, last.object} - acting))
            doubt = f"The other side is taken to be {other}, as in the relations told before."
            return _acting_on(other, doubt, actors, reached)
        kinds = ("recognition", last.kind, "withdrawal" if last.kind == "suspension" else "suspension")
        if last.kind not in RECOGNITIONS or (last.actor not in acting and kind not in kinds):
            return reached
        return _acting_on(last.object, f"The other side is taken to be {last.object}.", actors, reached)

    def _with_those_before(self, actors: list[Item], reached: Reached) -> Reached:
        """Return the party last named as the other side of relations, as the object."""
        doubt = f"The other side is taken to be {self._with_whom[0]}, as in the relations named before."
        return replace(
            reached, objects=[replace(actors[0], parties=self._with_whom, kind="party", doubt=doubt)]
        )

    def _blamed(self, told: list[Told]) -> list[Told]:
        """Attribute the cause of a break to the other side: "… with Syria over its recognition of Donetsk"."""
        for one in told:
            before = one.sentence.items[max(0, (one.group.first if one.group else 0) - 1)].lower
            hostile = next(
                (act for act in self._here if act.kind in _HOSTILE and act.actor == one.actor), None
            )
            if (
                hostile
                and before in _OVER
                and one.actors[0].kind == "pronoun"
                and hostile.object != one.object
            ):
                one.actor = hostile.object
                one.doubts.append(taken_for(one.actors[0].text, [one.actor]))
        return told

    def _resolved(self, clause: Clause, actors: list[Item], reached: Reached) -> Reached:
        """Return the objects; a pronoun that would refer to the actor itself refers to another party, or none."""
        acting = {party for one in actors for party in one.parties}
        found = [item for one in reached.objects for item in self._meant(one, clause, acting)]
        return replace(reached, objects=found)

    def _meant(self, one: Item, clause: Clause, acting: set[str]) -> list[Item]:
        """Return what an object refers to, or nothing if that is unknown.

        :param acting: the parties that act.
        """
        kind = clause.frame.kind
        if one.kind != "pronoun":
            new = one.kind == "office" and one.text in ("Government", *_THE_NEW)
            return self._new_government(one, clause) if new and acting & set(one.parties) else [one]
        it = one.lower == "it"
        if kind == "vote" or (it and self._lost and kind == "recognition"):
            return []  # "voted against it": the resolution.
        same = [act.object for act in self._here if act.kind == kind and act.object not in acting]
        if it and same and self._here[-1].actor in one.parties:
            # "The Soviet Union recognised Israel after the United States had recognised it".
            return [replace(one, parties=(same[-1],), doubt=taken_for("it", same[-1:]))]
        several = self._of_whom(one, clause, acting)
        if not acting & set(one.parties) or (len(one.parties) > 1 and several is not one):
            return [several]
        other = self._another(one, clause, acting)
        return [replace(one, parties=(other,), doubt=taken_for(one.text, [other]))] if other else []

    def _another(self, one: Item, clause: Clause, acting: set[str]) -> str:
        """Return the party other than the actors that a pronoun refers to, or nothing if that is unknown."""
        kind, it = clause.frame.kind, one.lower == "it"
        others = [party for party in one.others if party not in acting]
        if not others:
            return ""
        named = {
            party for item in clause.items if item.kind in ("party", "demonym") for party in item.parties
        }
        if here := [party for party in others if party in named]:
            return here[0]
        before = [act.object for act in reversed(self.told) if act.kind == kind][:1]
        if one.lower not in ("it", "them") and not (before and one.lower.endswith(_NEW_STATES)):
            before = others[:1]  # "The kingdom" is the party that the text is about.
        if before and before[0] in others:
            return before[0]
        dated = any(item.kind == "date" and item.value for item in clause.items)
        if kind == "recognition" and not self.told and dated:
            return others[0]
        if it and kind in ("withdrawal", "suspension"):
            return others[0]
        if it and set(self._with_whom) & set(others):
            return next(party for party in self._with_whom if party in others)
        return others[0] if len(others) == 1 else ""

    def _new_government(self, one: Item, clause: Clause) -> list[Item]:
        """Return the party whose recognition was reported before, for "the new Government", or none."""
        told = [act.object for act in (*self.told, *self._here) if act.kind == clause.frame.kind]
        doubt = taken_for(one.text, told[-1:]) if told else ""
        return [replace(one, kind="party", parties=(told[-1],), doubt=doubt)] if told else []

    def _of_whom(self, one: Item, clause: Clause, acting: set[str]) -> Item:
        """Return an object; "the Republic" and "the two republics" are those whose recognition was reported before."""
        kinds = RECOGNITIONS | ({"independence_declared"} if "new" in one.lower.split() else set())
        told = [act for act in self.told if act.kind in kinds and clause.frame.kind in RECOGNITIONS]
        if one.kind != "pronoun" or not told or set(one.parties) <= {act.object for act in told}:
            return one
        last = dict.fromkeys(act.object for act in told if act.sentence is told[-1].sentence)
        meant = tuple(party for party in last if party not in acting)
        if not meant or len(meant) != len(one.parties):
            return one
        return replace(one, parties=meant, doubt=taken_for(one.text, meant))

    def _provoking(self, clause: Clause, actors: list[Item]) -> list[Item]:
        """Return the actors; "it" is the other side in "Ukraine broke with Syria after it recognised Donetsk"."""
        last, first = self._here[-1] if self._here else None, clause.group.first
        after = bool({"after", "because", "when"} & set(lowered(clause.items[max(0, first - 2) : first])))
        if not after or last is None or last.kind not in _HOSTILE or lowered(actors) != ["it"]:
            return actors
        doubt = taken_for(actors[0].text, [last.object])
        return [replace(actors[0], parties=(last.object,), doubt=doubt)]

    @staticmethod
    def _other_than(actors: list[Item], reached: Reached) -> list[Item]:
        """Return the actors; "the island" refers to another party if it would mean the object, which is named."""
        if len(actors) != 1 or actors[0].kind != "pronoun":
            return actors
        named = {party for one in reached.objects if one.kind == "party" for party in one.parties}
        if named & _RIVALS:
            named |= _RIVALS  # Neither acts like this towards the other.
        others = [party for party in actors[0].others if party not in named]
        if not set(actors[0].parties) & named or not others:
            return actors
        doubt = taken_for(actors[0].text, others[:1])
        return [replace(actors[0], parties=(others[0],), doubt=doubt)]

    def _declaring(self, clause: Clause, actors: list[Item]) -> list[Item]:
        """Return who declares independence; "it" after an act towards a party refers to that party."""
        own = self._here and {party for one in actors for party in one.parties} == {self._here[-1].actor}
        indirect = any(one.kind == "pronoun" or (own and one.office == "parliament") for one in actors)
        if self._here and indirect and clause.group.first > 2:
            other = self._here[-1].object
            doubt = taken_for(actors[0].text, [other])
            return [replace(actors[0], kind="party", parties=(other,), doubt=doubt)]
        return actors


def _after_particle(items: list[Item], frame: Frame, begin: int) -> int | None:
    """Return the position after the particle that follows a verb; None if the frame has one that does not."""
    if not frame.particle:
        return begin
    if lower_at(items, begin) == frame.particle:
        return begin + 1
    return begin if f" {frame.particle} " in " ".join(["", *lowered(items[begin : begin + 10]), ""]) else None


def _is_unknown(items: list[Item], place: int) -> bool:
    """Return whether somebody unknown is named at a position: "recognised his government"."""
    one = items[place] if place < len(items) else None
    return one is not None and (one.kind in ("office", "person") or one.lower in ("his", "her", "their"))


def _acting_on(party: str, doubt: str, actors: list[Item], reached: Reached) -> Reached:
    """Return a party that the verb does not name as its object, with a doubt."""
    return replace(reached, objects=[replace(actors[0], parties=(party,), kind="party", doubt=doubt)])


def _only_other(before: list[Item], acting: set[str], reached: Reached) -> Reached:
    """Return the only other party named in the sentence before the verb, if there is just one, as the object.

    "Kenya expelled the Serbian ambassador and broke off relations".
    """
    before = before[max((at for at, one in enumerate(before) if one.lower == ";"), default=-1) + 1 :]
    kinds = ("party", "demonym", "office")
    others = [one for one in before if one.kind in kinds and one.parties and not acting & set(one.parties)]
    if any(one.lower.endswith(_OF_TIME) for one in before) or (before and _is_relative(before)):
        return reached
    if len({party for one in others for party in one.parties}) != 1:
        return reached
    doubt = f"The other side is taken to be {others[0].parties[0]}, which the sentence names."
    return replace(reached, objects=[replace(others[0], kind="party", doubt=doubt)])


def _whose_embassy(items: list[Item], begin: int) -> list[Item]:
    """Return the party whose embassy is opened, if named: "The ministers opened Kenya's embassy in Pristina"."""
    for at in range(begin, min(len(items) - 1, begin + 3)):
        if items[at].kind == "party" and items[at + 1].kind == "possessive":
            return [items[at]]
    return []


def _is_relative(before: list[Item]) -> bool:
    return before[-1].lower in ("which", "who", "that")
