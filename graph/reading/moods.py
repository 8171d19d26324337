"""Whether an act is proposed, given its context in the sentence: who announces, denies, demands or claims it."""

import datetime as dt
import re

from comity.reading.anaphora import dated_document
from comity.reading.dating import in_clause_of_time
from comity.reading.lexicon import Lexicon
from comity.reading.speech import Said
from comity.reading.text import Item, lowered
from comity.reading.told import OF_DECLARATION, OF_PUBLICATION, OF_REPORT, Told
from comity.reading.verbs import DONE

_ANNOUNCING = ("announces", "states", "confirms")
_TOLD = (
    "report reports rumour rumours rumor rumors claim claims allegation allegations suggestion suggestions speculation "
    "impression story stories"
)
_BELIEVED = (
    "believed believes believe thought thinks convinced imagined pretended pretends assumed wonder wonders wondered "
    "speculated speculates suspected suspects feared fears predicted predicts expected expects doubts doubted"
)
_UNSURE = (
    "unconfirmed rumours rumors rumoured rumored allegedly reportedly purportedly supposedly satirical fictional "
    "fictitious imaginary hoax novel wrongly falsely erroneously incorrectly forged"
)
#: Descriptions of denied reports: "described as false reports that".
_FALSE = frozenset(
    ("untrue", "false", "misleading", "baseless", "unfounded", "fabricated", "invented", "bogus")
)
_HEARSAY, _BELIEVING = frozenset(_TOLD.split()), frozenset(_BELIEVED.split())
#: Words that make a whole sentence doubtful or fictional.
_DOUBTFUL = frozenset(_UNSURE.split())
#: Words of a sentence about a lasting state of affairs.
_LONG_SINCE = frozenset(("only", "already", "long", "alone", "far"))
#: The maximum distance between the verb of a relative clause and the comma that ends it.
_NEAR = 8
#: A claim that somebody disputes: "…, a claim which Pristina rejected", "…, which Pristina denied".
_DISPUTED = re.compile(
    r"\b(?:a|the) (?:claim|report|version|assertion|allegation)(?: which| that)? (?:[\w’']+ ){1,4}?"
    r"(?:rejected|denied|disputed|refuted|dismissed)\b|, which (?:[\w’']+ ){1,3}?(?:denied|denies)\b"
)
_DEMANDS = frozenset(["demand", "urge", "propose", "recommend", "insist", "ask", "suggest", "wish", "hope"])


def judge(
    one: Told, said: list[Said], published: dt.date | None, written: dt.date | None, words: Lexicon
) -> None:
    """Decide from its sentence whether an act is proposed, and assign a date if it has none.

    :param published: the day on which the report was published, the date of its headline.
    :param written: the day on which it was written, by its dateline.
    """
    own = [
        other
        for other in said
        if one.actor in other.speaker.parties
        and other.speaker.binds
        and other.kind in _ANNOUNCING
        and other.verb != "report"
    ]
    _declared(one, own, published, written)
    if one.done and _DISPUTED.search(one.sentence.text):
        one.mood = "denied"
        one.reasons.append("the text says that it is disputed")
    if one.done:
        _context(one, said, words)
    if one.done:
        _qualify_date(one, own)
        _date_by_report(one, own, published, written)
        if not one.date:
            one.doubts.append("The text gives no date.")


def _declared(one: Told, own: list[Said], published: dt.date | None, written: dt.date | None) -> None:
    """Take an act for done that its actor does by declaring it.

    :param own: what the actor itself announces, states or confirms in the sentence.
    """
    if one.mood == "future" and one.kind == "recognition" and own and not _is_conditional(one):
        one.kind, one.mood = "recognition_announced", DONE
        one.reasons.append("the actor announces that it will recognise")
        one.date = own[0].date or (f"{published}~" if published else "")
        one.of_report = False
    elif one.mood == "state" and any(other.kind == "announces" for other in own):
        one.mood, announced = DONE, next(other for other in own if other.kind == "announces")
        one.reasons.append("the actor announces it in the present tense")
        one.date = announced.date or one.date
        one.of_report = False
    elif one.mood == "state" and own and (dated := dated_document(one.sentence)):
        # "In a letter dated December 1 the president wrote that Brazil recognizes Palestine".
        one.mood, one.date, one.of_report = DONE, dated, False
    elif one.mood == "performed":
        one.mood = DONE if own or one.sentence.headline else "planned"
        one.of_report = False if own else one.of_report
    elif _declares_that_not(one, own):
        one.kind, one.mood, one.of_report = "non_recognition", DONE, False
        one.date = own[0].date or one.date or (str(published) if published and _in_present(own[0]) else "")
    elif _declares_the_end(one) and own:
        one.kind, one.mood, one.of_report = "withdrawal", DONE, False
        one.date = own[0].date or (str(written) if written and _in_present(own[0]) else "")
        one.reasons.append("the actor declares that it no longer recognises")
        if one.sentence.headline:
            one.reasons.append(OF_PUBLICATION)


def _is_conditional(one: Told) -> bool:
    """Return whether an act depends on a condition; "in November, when the president visits" is not one."""
    items = one.sentence.items
    rest = {item.lower for at, item in enumerate(items) if at >= one.place and items[at - 2].kind != "date"}
    return bool(rest & {"if", "once", "unless", "when"})


def _in_present(said: Said) -> bool:
    """Return whether something is said in the present tense."""
    return said.group is not None and said.group.present


def _qualify_date(one: Told, own: list[Said]) -> None:
    """Mark the date of an act as approximate if it is that of a report by others."""
    if not one.of_report or not one.date:
        return
    performed = bool(_before(one) & {"thereby", "hereby"}) or (
        one.group is not None and one.group.present and not one.sentence.headline
    )
    if not performed and not any(other.kind == "announces" and other.date == one.date for other in own):
        one.date += "~"
        one.reasons.append(OF_REPORT)


def _date_by_report(one: Told, own: list[Said], published: dt.date | None, written: dt.date | None) -> None:
    """Assign the date of the report to an act without a date that is reported as news."""
    if one.date or not published:
        return
    hereby = bool(_before(one) & {"hereby", "herewith"})
    if one.sentence.headline:
        one.date = str(published)
        one.reasons.append(OF_PUBLICATION)
    elif _is_news(one) and (one.sentence.paragraph <= 2 or hereby):
        declared = hereby or any(other.kind == "announces" for other in own)
        one.date = str(written) if declared else f"{written}~"
        one.reasons.append(OF_DECLARATION if declared else OF_PUBLICATION)


def _is_news(one: Told) -> bool:
    """Return whether the tense of an act is one in which news is told, and nothing says that it is old."""
    return (
        one.group is not None
        and (one.group.perfect or one.group.present or one.group.progressive)
        and not in_clause_of_time(one)
        and not _LONG_SINCE & _before(one)
    )


def _before(one: Told) -> set[str]:
    """Return the words before an act in its sentence."""
    return set(lowered(one.sentence.items[: one.place]))


def _declares_that_not(one: Told, own: list[Said]) -> bool:
    """Return whether a party declares that it does not recognise another, which is an act in itself."""
    if one.mood != "negated" or one.kind != "recognition" or one.group is None or one.group.form != "base":
        return False
    verbs = set(lowered(one.sentence.items[one.group.first : one.place]))
    return any(said.kind == "announces" for said in own) and bool(
        verbs & {"does", "do", "did", "doesn't", "don't", "didn't"}
    )


def _declares_the_end(one: Told) -> bool:
    """Return whether a recognition is said to be over: "no longer recognises"."""
    if one.mood != "negated" or one.kind != "recognition" or one.group is None:
        return False
    verbs = lowered(one.sentence.items[one.group.first : one.place])
    return "longer" in verbs and not {"would", "will"} & set(verbs)


def _context(one: Told, said: list[Said], words: Lexicon) -> None:
    """Find what makes an act doubtful: a denial, a demand or a claim whose clause contains it."""
    items = one.sentence.items
    if one.group is not None and "hereby" in lowered(items[one.group.first : one.place]):
        return
    before = " ".join(lowered(items[: one.place]))
    if "according to which" in before:
        one.mood = "claimed"  # "Posts on social media according to which Kenya has recognised Somaliland".
        one.reasons.append("“according to which”")
        return
    apart = max(
        (at for at, item in enumerate(items[: one.place]) if item.lower in ("which", "who")), default=0
    )
    if "," not in lowered(items[one.place : one.place + _NEAR]):
        apart = 0
    for place, item in enumerate(items):
        if item.kind != "word" or place < apart:
            continue  # "Rumours that relations with Israel, which Liberia restored in 1983, might be …".
        lemmas = set(words.lemmas(item.lower))
        verb = (
            place
            and item.lower in ("report", "reports")
            and items[place - 1].kind in ("party", "medium", "office")
        )
        # "Granma reports that …".
        named = verb or (place == 1 and items[0].lower not in ("the", "a", "an", "no", "these", "such"))
        if place < one.place and not (named and item.lower in ("report", "reports")):
            one.mood = _of_clause(item, lemmas, items[place + 1 : one.place]) or one.mood
        claiming = [other for other in said if other.place == place]
        own = any(one.actor in other.speaker.parties for other in claiming)
        follows = items[place + 1].lower if place + 1 < len(items) else "."
        told_so = place < one.place or follows in (
            ".",
            ",",
        )  # Not "in the city that both claim as their capital".
        if (lemmas & {"claim", "allege"} and claiming and not own and told_so) or item.lower in _DOUBTFUL:
            one.mood = "claimed"
        if not one.done:
            one.reasons.append(f"“{item.text}”")
            return


def _of_clause(item: Item, lemmas: set[str], between: list[Item]) -> str:
    """Return the mood that a word gives to an act in a clause after it, or nothing.

    :param between: the text between the word and the act.
    """
    follows = lowered(between[:4])
    if lemmas & {"deny", "refute", "disprove", "contradict"} and ";" not in lowered(between):
        return "denied"
    if item.lower in _FALSE and "that" in lowered(between):
        return "denied"
    if item.lower in ("untrue", "false", "wrong", "true") and "that" in follows[:1]:
        return "denied"
    placed = item.lower in _HEARSAY and follows[:1] in (
        ["in"],
        ["from"],
        ["by"],
    )  # "Reports in Belgrade that".
    believing = item.lower in _BELIEVING and between and between[0].parties
    if "that" not in follows[: 4 if placed else 2] and not believing:
        return ""
    if item.lower in _HEARSAY or item.lower in _BELIEVING:
        return "claimed"
    return "demanded" if lemmas & _DEMANDS else ""
