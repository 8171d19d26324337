"""Acts told by pointing to another act: "Britain did so a week later", "Norway's followed in May"."""

import re
from dataclasses import replace

from comity.reading.clauses import first_subject, parties_after, subject_of
from comity.reading.elision import gapped
from comity.reading.lexicon import PAST, Frame, Lexicon
from comity.reading.nominals import without_object
from comity.reading.passives import agents_at
from comity.reading.text import Sentence, lowered
from comity.reading.told import Clause, Reached, Told, tell
from comity.reading.verbs import group_at

#: That a party did the same as another: "did likewise", "took that step", "followed suit", "followed on Saturday".
_DID_SO = re.compile(
    r"\b(?:(?:did|done) (?:so|likewise|the same|the like|as much)|followed suit|acted likewise|joined (?:them|in)\b"
    r"|(?:took|taken|made) (?:the|that|this|a) (?:(?:same|similar|like) )?(?:step|decision|action|measure|course|break"
    r"|switch|move)|(?:was|became) the (?:[\w-]+ ){1,5}to (?:follow|do so)\b"
    r"|followed(?= (?:on|in|later|soon|before|\w+ days? later)\b|[.;])|did(?= on \d| on [A-Z]))"
)
#: "As did Jamaica", "so did the Bahamas".
_LIKEWISE = frozenset(("as", "so", "too"))


def did_so(sentence: Sentence, told: list[Told], here: list[Told], words: Lexicon) -> list[Told]:
    """Return the acts reported by reference to another: "Britain did so a week later"."""
    items, found = sentence.items, list[Told]()
    for place, item in enumerate(items[:-1]):
        pointing = _DID_SO.match(sentence.text, item.start - sentence.start)
        inverted = item.lower in ("did", "had", "has") and place and items[place - 1].lower in _LIKEWISE
        leading = set(items[place + 1].parties) if item.lower == "followed" else set()
        followed = item.lower == "followed" and (
            items[place + 1].kind == "date" or any(one.actor in leading for one in (*told, *here))
        )
        if item.kind != "word" or not (pointing or inverted or followed):
            continue
        phrase = pointing[0] if pointing else ""
        same = [one for one in here if one.place < place] or [
            one for one in told if one.sentence is told[-1].sentence
        ]
        done = [one for one in same if one.done or one.sentence is not sentence]
        done = [one for one in done if not leading or one.actor in leading]  # "Bhutan followed India".
        group = group_at(items, place, PAST, words)
        actors, end = (
            agents_at(items, place + 1)
            if inverted
            else (subject_of(items, group.first, []), place + len(phrase.split()))
        )
        first = first_subject(items, place)
        if not (here or found or inverted) and actors and first and first[0] is not actors[0]:
            continue  # "South Africa recalled its ambassador, and Ecuador did the same".
        acting = {party for one in actors for party in one.parties}
        own = [one for one in same if one.mood in ("future", "planned") and one.actor in acting]
        if own and phrase == "did so":
            done = own  # "Norway announced that it would recognise Palestine, and it did so on May 28".
        elif any(one.kind == "pronoun" for one in actors):
            continue
        elif not done and phrase.endswith("so"):
            done = same  # "Malta has not recognised Palestine; Spain did so in May".
        if not done or not actors:
            continue
        done = [one for one in done if one.kind != "independence_declared"] or done
        last = done[-1]
        if last.kind == "withdrawal":  # "… and withdrew its recognition from Taipei. Norway followed".
            last = next((one for one in done if one.kind == "recognition"), last)
        objects = list(dict.fromkeys(one.object for one in done if one.kind == last.kind))
        towards = [replace(item, kind="party", parties=tuple(objects), doubt="The act is told by “did so”.")]
        if last.kind == "representation_opened" and lowered(items[end : end + 1]) == ["in"]:
            towards = parties_after(items, end + 1)[0]  # "Had done the same in Bissau".
        frame = Frame(last.kind, "", (), ())
        clause, reached = Clause(sentence, frame, group), Reached(towards, [], end)
        if same_done := tell(clause, actors, reached, words):
            found += same_done + gapped(clause, same_done, reached, words)
    return found


def reciprocated(sentence: Sentence, told: list[Told], here: list[Told], words: Lexicon) -> list[Told]:
    """Return the same act in the other direction: "Syria reciprocated on 20 July"."""
    items = sentence.items
    place = next((at for at, one in enumerate(items) if one.lower == "reciprocated"), 0)
    done = [one for one in (*told, *here) if one.done]
    actors = subject_of(items, place, []) if place and done else []
    back = [one for one in done[::-1] if actors and one.object in actors[0].parties][:1]
    if not back:
        return []
    towards = replace(
        items[place], kind="party", parties=(back[0].actor,), doubt="The act is told by “reciprocated”."
    )
    group = group_at(items, place, PAST, words)
    clause = Clause(sentence, Frame(back[0].kind, "", (), ()), group)
    return tell(clause, actors, Reached([towards], [], place + 1), words)


def of_the_same(
    sentence: Sentence, place: int, told: list[Told], here: list[Told], words: Lexicon
) -> list[Told]:
    """Return the recognition, reported by a noun, of parties whose recognition was reported before.

    "The United States announced its recognition"; "Norway's recognition came into force the same day".
    """
    actors, group = without_object(sentence, place, words)
    if sentence.items[place].kind == "possessive" and sentence.items[place - 1].parties:
        actors = sentence.items[place - 1 : place]  # "Saudi Arabia's came last Thursday".
        group = group_at(sentence.items, place + 1, PAST, words)
    done = [one for one in (here or told) if one.done and one.kind == "recognition"]
    if not actors or not done:
        return []
    objects = tuple(dict.fromkeys(one.object for one in done if one.sentence is done[-1].sentence))
    doubt = "The other side is taken to be that of the recognition told before."
    towards = replace(actors[0], kind="party", parties=objects, doubt=doubt)
    clause = Clause(sentence, Frame("recognition", "", (), ()), group)
    return tell(clause, actors, Reached([towards], [], place + 1), words)
