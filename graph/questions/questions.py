"""Questions: SPARQL queries with a title and typed parameters, one file each in ``queries/questions/``.

A file begins with a header of comment lines and continues as plain SPARQL 1.1::

    # title: Who recognises a polity on a date
    # description: One or two sentences.
    # topic: kosovo
    # param: object polity required example=kosovo | The recognised polity
    # param: as_of date default=today example=2010-01-01 | The day of the answer
    # param: reading choice(certain,possible) default=certain | How to treat inexact dates
    # needs: object
    # answer: {n} [polity recognises|polities recognise] {object} on {as_of}.

``needs``, which is rare, names parameters of which a page asks for at least one before it answers, because the answer
without any is too long to be useful.

Each parameter is a variable of the same name. The line ``VALUES (?object ?as_of) { (…) }``, which contains the example
values, is replaced with the given values, so that the file can also be run as it is in any engine. Two more places
depend on the parameters:

* ``<https://w3id.org/comity/as-of/2010-01-01>``, where the day is the example of a date: the snapshot of the given
  day (:func:`snapshots_of` says which snapshots a query needs);
* ``co:startLatest`` and ``co:endEarliest``, the bounds of the certain reading, which become those of the possible
  reading if the parameter ``reading`` asks for it.
"""

import datetime as dt
import difflib
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import pyoxigraph as ox

from comity.edtf import day
from comity.errors import DateError, QueryError, QuestionError
from comity.iris import BASE, PREFIXES, PROPOSALS, SNAPSHOT_PREFIX, XSD
from comity.periods.in_force import CERTAIN
from comity.questions.lookup import find
from comity.schema import BOUNDS, bind, select
from comity.snapshots.graphs import parts_for
from comity.sparql.policy import properties, syntax_error
from comity.sparql.tokens import unescape
from comity.store.database import Store

_ONE_OR_MANY = re.compile(r"\[(?P<one>[^|\]]*)\|(?P<many>[^\]]*)\]")
_BY_CHOICE = re.compile(r"\{(?P<name>\w+)\|(?P<words>[^}]*)\}")
_PARAMETER = re.compile(
    r"(?P<name>\w+) (?P<type>\w+)(?:\((?P<choices>[^)]*)\))?(?P<options>(?: \w+(?:=\S+)?)*) \| (?P<about>.+)"
)
_SNAPSHOT_DAY = re.compile(re.escape(SNAPSHOT_PREFIX) + r"(?P<day>[0-9-]+)")
_SNAPSHOT = re.compile(f"<({re.escape(SNAPSHOT_PREFIX)}[^>\\s]*)>")
Term = ox.NamedNode | ox.Literal | None
#: Types of parameters that name an entity of the graph.
THINGS = frozenset(
    ("polity", "organisation", "party", "person", "act", "statement", "source", "entity", "status", "place")
)
TYPES = THINGS | {"date", "integer", "choice", "text"}


@dataclass(frozen=True)
class Parameter:
    """A parameter of a question."""

    name: str
    type: str
    about: str
    required: bool
    default: str | None
    example: str | None
    choices: tuple[str, ...]

    @property
    def option(self) -> str:
        """The parameter as an option of the command line."""
        return "--" + self.name.replace("_", "-")


@dataclass(frozen=True)
class Question:
    """A named query with parameters."""

    name: str
    title: str
    description: str
    topic: str
    answer: str
    parameters: tuple[Parameter, ...]
    sparql: str
    #: Parameters of which a page asks for one before it answers, because the answer without any is everything.
    needs: tuple[str, ...] = ()

    def parameter(self, name: str) -> Parameter:
        """Return a parameter by its name, with hyphens or underscores.

        :raises QuestionError: if the question has no such parameter.
        """
        wanted = name.replace("-", "_")
        for parameter in self.parameters:
            if parameter.name == wanted:
                return parameter
        known = ", ".join(parameter.name for parameter in self.parameters) or "none"
        raise QuestionError(
            f"The question {self.name} has no parameter {name!r}. Its parameters are: {known}."
        )

    def bind(self, store: ox.Store, values: dict[str, str]) -> str:
        """Return the query with these values of its parameters.

        :param values: texts by parameter name, as a person writes them.
        :raises QuestionError: if one is missing, unknown or not valid for its type.
        """
        given = {self.parameter(name).name: text for name, text in values.items() if text != ""}
        terms = {parameter.name: self._term(store, parameter, given) for parameter in self.parameters}
        days = {
            parameter.example: terms[parameter.name]
            for parameter in self.parameters
            if parameter.type == "date"
        }
        return bind(_read_as(_as_of(self.sparql, days), terms.get("reading")), terms)

    def sentence(self, number: int, said: Mapping[str, str]) -> str:
        """Return the answer as a sentence; empty if a value for it is missing.

        :param number: the number of rows, which selects between alternatives ``[one|many]``; a choice selects between
            ``{show|both: both of|first: only}``.
        :param said: the values of parameters, and of the only row, in readable form.
        """
        text = _ONE_OR_MANY.sub(lambda found: found["one" if number == 1 else "many"], self.answer)
        text = _BY_CHOICE.sub(lambda found: _words_for(said.get(found["name"], ""), found["words"]), text)
        try:
            return text.format_map({"n": str(number)} | dict(said))
        except KeyError:
            return ""

    def _term(self, store: ox.Store, parameter: Parameter, given: dict[str, str]) -> Term:
        text = given.get(parameter.name, parameter.default)
        if text is None:
            if parameter.required:
                example = f", for example {parameter.option} {parameter.example}" if parameter.example else ""
                raise QuestionError(
                    f"The question {self.name} requires {parameter.option}{example}: {parameter.about}."
                )
            return None
        if parameter.type in THINGS:
            return find(store, text, parameter.type)
        return literal(parameter, text)


def _as_of(sparql: str, days: Mapping[str | None, Term]) -> str:
    """Return a query with the given days in place of the examples in its snapshot IRIs."""

    def replaced(address: re.Match[str]) -> str:
        day_asked = days.get(address["day"])
        return f"{SNAPSHOT_PREFIX}{day_asked.value}" if day_asked else address[0]

    return _SNAPSHOT_DAY.sub(replaced, sparql)


def _read_as(sparql: str, reading: Term) -> str:
    """Return a query over certain bounds as one over the bounds of a reading; None means the certain one."""
    if reading is not None:
        for certain, asked in zip(BOUNDS[CERTAIN], BOUNDS[reading.value], strict=True):
            sparql = sparql.replace(f"co:{certain}", f"co:{asked}")
    return sparql


def snapshots_of(sparql: str) -> list[str]:
    """Return the IRIs of the snapshots that a query names in full, without duplicates."""
    return list(dict.fromkeys(_SNAPSHOT.findall(sparql)))


def literal(parameter: Parameter, text: str) -> ox.Literal:
    """Return the value of a parameter that does not name an entity of the graph.

    :raises QuestionError: if the text is not valid for the type.
    """
    if parameter.type == "date":
        try:
            date = dt.date.today() if text == "today" else day(text)
        except DateError as error:
            raise QuestionError(f"{parameter.option}: {error}") from None
        return ox.Literal(date.isoformat(), datatype=ox.NamedNode(XSD + "date"))
    if parameter.type == "integer":
        if not re.fullmatch(r"-?\d{1,9}", text, re.ASCII):
            raise QuestionError(f"{parameter.option}: {text!r} is not a whole number.")
        return ox.Literal(int(text))
    if parameter.type == "choice" and text not in parameter.choices:
        raise QuestionError(f"{parameter.option}: {text!r} is not one of {', '.join(parameter.choices)}.")
    return ox.Literal(text)


def _parameter(name: str, text: str) -> Parameter:
    form = _PARAMETER.fullmatch(text)
    if form is None or form["type"] not in TYPES:
        raise QuestionError(
            f"The header of the question {name} has a parameter that cannot be read: {text!r}."
        )
    options = dict(option.partition("=")[::2] for option in form["options"].split())
    return Parameter(
        form["name"],
        form["type"],
        form["about"].strip(),
        "required" in options,
        options.get("default"),
        options.get("example"),
        tuple(choice.strip() for choice in (form["choices"] or "").split(",") if choice.strip()),
    )


def read_question(name: str, text: str) -> Question:
    """Parse a question from the text of its file.

    :raises QuestionError: if the header lacks a title or cannot be parsed.
    """
    lines = re.findall(r"^# (\w+): (.+)$", text, re.MULTILINE)
    header = dict(lines)
    if "title" not in header or "description" not in header:
        raise QuestionError(f"The question {name} lacks the lines `# title:` and `# description:`.")
    parameters = tuple(_parameter(name, line) for key, line in lines if key == "param")
    return Question(
        name,
        header["title"],
        header["description"],
        header.get("topic", ""),
        header.get("answer", ""),
        parameters,
        text,
        tuple(header.get("needs", "").split()),
    )


@cache
def questions() -> dict[str, Question]:
    """Return all questions by name."""
    folder = files("comity.queries").joinpath("questions")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".rq"))
    parsed = (
        read_question(name.removesuffix(".rq"), folder.joinpath(name).read_text("utf-8")) for name in names
    )
    return {question.name: question for question in parsed}


def _words_for(choice: str, words: str) -> str:
    """Return the words for a choice in ``both: both of|first: only``; empty for another."""
    return dict(one.split(": ", 1) for one in words.split("|")).get(choice, "")


#: The topics in the order of lists, with their headings.
TOPICS = {
    "recognition": "Recognition",
    "relations": "Diplomatic relations",
    "status": "Claims of status and territory",
    "governments": "Governments",
    "organisations": "Organisations",
    "acts": "Acts and what followed",
    "statements": "Statements and documents",
    "comparisons": "Comparisons",
    "succession": "Succession and names",
    "evidence": "Evidence and coverage",
}
#: The most frequently asked questions, which come first in their topics; the others follow in order of title.
_FIRST = (
    *("who-recognises", "recognised-by", "count-of-recognisers", "withdrawals"),
    *("relations-of", "relations-history", "breaks-of-relations"),
    *("statuses-held", "compare-perspectives"),
    *("timeline", "chronicle", "statements-by", "strength-of-evidence"),
)


def by_topic() -> list[tuple[str, list[Question]]]:
    """Return all questions under the headings of their topics, in the order of lists."""
    rank = {name: position for position, name in enumerate(_FIRST)}
    ordered = sorted(questions().values(), key=lambda asked: (rank.get(asked.name, len(rank)), asked.title))
    topics = [
        (heading, [asked for asked in ordered if asked.topic == topic]) for topic, heading in TOPICS.items()
    ]
    return [(heading, of_topic) for heading, of_topic in topics if of_topic]


def question(name: str) -> Question:
    """Return a question by its name.

    :raises QuestionError: if there is none, with the closest names.
    """
    known = questions()
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=3) or sorted(known)[:5]
    raise QuestionError(
        f"There is no question {name!r}. Did you mean {', '.join(near)}? `comity ask` lists all questions."
    )


def heading(name: str, parties: Mapping[str, str] | None = None) -> str:
    """Return the heading of a column from the name of its variable: ``recognisedOn`` is Recognised on.

    :param parties: the names of the things that parameters have as values, for columns about one of them:
        ``object_2_since`` is Palestine since.
    """
    for parameter in sorted(parties or (), key=len, reverse=True):
        if parties and name.startswith(f"{parameter}_"):
            return f"{parties[parameter]} {heading(name.removeprefix(f'{parameter}_')).lower()}"
    words = "".join(
        f" {letter.lower()}" if letter.isupper() else letter for letter in name.removesuffix("Label")
    )
    words = words.strip().replace("_", " ")
    words = re.sub(r"\bun(?= members?\b)", "UN", words)
    return {"n": "Number", "gap": "Gap in days"}.get(words, words[:1].upper() + words[1:])


Result = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples


def read_query(text: str) -> str:
    """Return the text of a query given on the command line as SPARQL, as a file name, or as ``-`` for standard input.

    :raises QueryError: if the file cannot be read.
    """
    if text == "-":
        return sys.stdin.read()
    if "{" in text:
        return text
    try:
        return Path(text).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise QueryError(f"{text!r} is neither SPARQL nor a file that can be read: {reason}.") from None


def answer(
    store: Store, sparql: str, dataset: Sequence[str] = (), snapshots: Sequence[str] | None = None
) -> Result:
    """Evaluate a query with the project's prefixes; snapshots that it names are built first.

    :param dataset: the IRIs of its FROM and FROM NAMED clauses, if it has any.
    :param snapshots: the IRIs of all snapshots that it names; by default those that its text names in full.
    :raises QueryError: if it is not a SPARQL 1.1 query, or names a graph that is not in the store.
    :raises SnapshotError: if an IRI under ``as-of/`` does not name a snapshot.
    """
    database = store.oxigraph
    snapshots = snapshots_of(sparql) if snapshots is None else snapshots
    make = getattr(database, "make", None)  # a store inside an engine builds its snapshots there
    if make is not None:
        make(snapshots)
    elif snapshots:
        store.snapshots.make(snapshots, parts_for(properties(sparql, PREFIXES)))
        database = store.snapshots.target
    for graph in dataset:
        if not database.contains_named_graph(ox.NamedNode(graph)):
            raise QueryError(f"<{graph}> is not a graph of this store; graphs are never fetched.")
    try:
        return database.query(sparql, prefixes=PREFIXES, base_iri=BASE)
    except SyntaxError as error:
        raise QueryError(_syntax_error(sparql, error)) from None
    except (OSError, ValueError) as error:
        raise QueryError(f"The query cannot be evaluated: {error}.") from None


def _syntax_error(sparql: str, error: SyntaxError) -> str:
    """Return the message for a rejected query, as over HTTP, with the line and a mark under the place."""
    members = syntax_error(sparql, error, "query").members
    lines = [f"{members['detail']} {members['hint']}".strip()]
    if "line" in members:
        line = unescape(sparql).split("\n")[members["line"] - 1].expandtabs(1)
        start = max(members["column"] - 1 - 60, 0)
        lines += ["", f"    {line[start : start + 90]}", f"    {' ' * (members['column'] - 1 - start)}^"]
    return "\n".join(lines)


def counts(store: Store) -> dict[str, int]:
    """Return the number of entities of each kind."""
    kinds = {
        "acts": "{ ?thing co:actor ?actor ; co:earliest ?date }",
        "proposed acts": f"{{ GRAPH <{PROPOSALS.value}> {{ ?thing co:actor ?actor ; co:earliest ?date }} }}",
        "polities": "{ ?thing a co:Polity }",
        "organisations": "{ ?thing a co:InternationalOrganisation }",
        "memberships": "{ ?thing a co:Membership }",
        "status claims": "{ ?thing a co:StatusClaim }",
        "attributed statements": "{ ?thing a co:AttributedStatement }",
        "sources": "{ ?thing a co:Source }",
        "recognition periods": "{ ?thing a co:RecognitionPeriod }",
        "relations periods": "{ ?thing a co:RelationsPeriod }",
    }
    numbers = {}
    for kind, pattern in kinds.items():
        rows = select(store.oxigraph, f"SELECT (COUNT(DISTINCT ?thing) AS ?n) WHERE {pattern}")
        numbers[kind] = int(next(rows)["n"].value)
    return numbers
