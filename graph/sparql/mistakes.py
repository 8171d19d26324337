"""The mistakes that beginners make most, found by the tokens of a query that the engine has refused."""

import re
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from itertools import pairwise
from urllib.parse import urlsplit

from comity.iris import PREFIXES
from comity.sparql.tokens import Token

#: Where a mistake is, what it is, and one sentence of cure.
Mistake = tuple[Token, str, str]
_END = Token("end", "", 0)
_PAIRS = {")": "(", "}": "{", "]": "["}
_AGGREGATES = frozenset({"COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"})
_TERMS = frozenset({"variable", "iri", "name", "string", "number", "blank"})
_BEFORE_VARIABLES = frozenset({"DISTINCT", "REDUCED", "AS", "WHERE", "FROM", "NAMED"})
_MODIFIERS = frozenset({"GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET"})
_COMPARISONS = frozenset({"=", "!", "!=", "<", ">", "<=", ">=", "&&", "||", "+", "-", "*", "/"})
_OTHER_KEYWORDS = """
    A ADD ALL AS ASC ASK BASE BIND BY CLEAR CONSTRUCT COPY CREATE DATA DEFAULT DELETE DESC DESCRIBE DISTINCT DROP EXISTS
    FALSE FILTER FROM GRAPH IN INSERT INTO LATERAL LOAD MINUS MOVE NAMED NOT OPTIONAL PREFIX REDUCED SELECT SEPARATOR
    SERVICE SILENT TO TRUE UNDEF UNION USING VALUES VERSION WHERE WITH"""
_OTHER_FUNCTIONS = """
    ABS ADJUST BNODE BOUND CEIL COALESCE CONCAT CONTAINS DATATYPE DAY ENCODE_FOR_URI FLOOR HASLANG HASLANGDIR HOURS IF
    IRI ISBLANK ISIRI ISLITERAL ISNUMERIC ISTRIPLE ISURI LANG LANGDIR LANGMATCHES LCASE MD5 MINUTES MONTH NOW OBJECT
    PREDICATE RAND REGEX REPLACE ROUND SAMETERM SECONDS SHA1 SHA256 SHA384 SHA512 STR STRAFTER STRBEFORE STRDT STRENDS
    STRLANG STRLANGDIR STRLEN STRSTARTS STRUUID SUBJECT SUBSTR TIMEZONE TRIPLE TZ UCASE URI UUID YEAR"""
_KEYWORDS = _MODIFIERS.union(_OTHER_KEYWORDS.split())
_FUNCTIONS = _AGGREGATES.union(_OTHER_FUNCTIONS.split())
_OF_XSD = frozenset({"DATE", "DATETIME", "INTEGER", "INT", "DECIMAL", "DOUBLE", "FLOAT", "BOOLEAN", "STRING"})
_KINDS = {
    "variable": "v",
    "iri": "i",
    "name": "n",
    "string": "s",
    "number": "d",
    "blank": "b",
    "language": "l",
}
#: Behind the prologue.
_START = "^ (?:PREFIX n i |BASE i )*"
#: What is wrong by the kinds of tokens that follow each other: the token meant is the group; ``{}`` is its text. A
#: variable is ``v``, an IRI ``i``, a name with a prefix ``n``, a text ``s``, a number ``d``, a tag of a language ``l``.
_FORMS: tuple[tuple[re.Pattern[str], str, str], ...] = tuple(
    (re.compile(form), reason, cure)
    for form, reason, cure in (
        (
            f"{_START}(\\$)",
            "the query is empty.",
            "Write, for example, SELECT * WHERE {{ ?s ?p ?o }} LIMIT 10.",
        ),
        (
            r" (l) n i ",
            "{} is of Turtle.",
            "Write PREFIX instead, without @ and without the dot at the end.",
        ),
        (r" PREFIX ([A-Z]\w*) i ", "the prefix {} has no colon.", "Write PREFIX {}: <…>."),
        (r" PREFIX n i ([;.,]) ", "a prefix is declared without {} at the end.", "Leave {} out."),
        (
            _START + "(INSERT|DELETE|LOAD|CLEAR|DROP|CREATE|COPY|MOVE|ADD|WITH) ",
            "{} is of updates, and this is a query.",
            "Send changes as an update: the field update of a form, or the media type application/sparql-update.",
        ),
        (" (TOP) d ", "TOP is of SQL.", "End the query with LIMIT 10."),
        (
            r" SELECT (?:DISTINCT |REDUCED )?(\{|WHERE) ",
            "nothing is selected.",
            "Write SELECT *, or variables, as in SELECT ?a ?b.",
        ),
        (
            f"{_START}SELECT (?:DISTINCT )?(?:v |\\* )+(\\$)",
            "the query has no pattern.",
            "Write WHERE {{ … }} behind it.",
        ),
        (r" WHERE ([^{\s]\S*) ", "the pattern stands in braces.", "Write WHERE {{ … }}."),
        (
            f"{_START}(?:ASK|CONSTRUCT) ([vin(\\[]) ",
            "the pattern stands in braces.",
            "Write {{ before it, and }} at its end.",
        ),
        (
            r" (OPTIONAL|UNION|MINUS|EXISTS) (?!\{)",
            "the pattern behind {} stands in braces.",
            "Write {} {{ … }}.",
        ),
        (
            r" (GRAPH) [vin] (?!\{)",
            "the pattern behind the name of a graph stands in braces.",
            "Write GRAPH ?g {{ … }}.",
        ),
        (r" (GRAPH) \{", "GRAPH needs the name of a graph or a variable.", "Write GRAPH ?g {{ … }}."),
        (" (FROM) (?!NAMED )[A-Z]", "FROM needs the name of a graph.", "Leave FROM out, or write FROM <…>."),
        (" (EXIST) ", "EXIST is not a keyword of SPARQL.", "Write EXISTS."),
        (" (LIKE) ", "LIKE is of SQL.", 'Write CONTAINS(?x, "…") or REGEX(?x, "…").'),
        (" (BETWEEN) ", "BETWEEN is of SQL.", "Write ?x >= … && ?x <= …."),
        (" (IS) (?:NOT )?NULL ", "NULL is of SQL.", "Write BOUND(?x) or !BOUND(?x)."),
        (" (NOT) (?!EXISTS |IN |EXIST )", "NOT stands only in NOT EXISTS and NOT IN.", "Write !(…)."),
        (r" (IN) (?![({])", "IN takes a list in parentheses.", 'Write IN ("…", "…").'),
        (" (=) > ", "=> is not an operator of SPARQL.", "Write >=."),
        (" (=) < ", "=< is not an operator of SPARQL.", "Write <=."),
        (r" (LET) \(", "LET is not of SPARQL.", "Write BIND (… AS ?x)."),
        (r" (IF) (?!\()", "IF is a function.", "Write IF(condition, one, other)."),
        (r" (BIND) (?!\()", "what BIND computes stands in parentheses.", "Write BIND (… AS ?x)."),
        (" (SORT) BY ", "SORT is not of SPARQL.", "Write ORDER BY."),
        (" (ASC|DESC) v ", "{} takes its variable in parentheses.", "Write {}(?x)."),
        (" LIMIT d (,) d ", "LIMIT has one number.", "Write LIMIT 20 OFFSET 10."),
        (
            " (?:LIMIT|OFFSET) d (?:(?:LIMIT|OFFSET) d )?(GROUP|HAVING|ORDER) ",
            "{} stands before LIMIT.",
            "Move LIMIT to the end.",
        ),
        (
            r" ORDER BY (?:[^\s{}]+ )*?(GROUP|HAVING) ",
            "{} stands before ORDER BY.",
            "Move ORDER BY behind it.",
        ),
        (r" VALUES v (?!\{)(\S+)", "the values stand in braces.", "Write VALUES ?x {{ … }}."),
        (r" VALUES (?:v|\( (?:v )*\)) \{ [^}]*?(,) ", "values are not separated by commas.", "Write spaces."),
        (
            r" GROUP_CONCAT \( (?:DISTINCT )?v (,) ",
            "the separator is named.",
            'Write GROUP_CONCAT(?x; SEPARATOR=", ").',
        ),
        (
            r" (?:COUNT|SUM|AVG|MIN|MAX|SAMPLE) \( (?:DISTINCT )?v (v|,) ",
            "an aggregate takes one expression.",
            "Count one variable, or the rows of a query in the query: {{ SELECT DISTINCT ?a ?b {{ … }} }}.",
        ),
        (
            r" (?:COUNT|SUM|AVG|MIN|MAX|SAMPLE) (DISTINCT) \(",
            "DISTINCT stands inside the parentheses.",
            "Write COUNT(DISTINCT ?x).",
        ),
        (r" AS v (,) ", "each expression has parentheses of its own.", "Write (?a AS ?b) (?c AS ?d)."),
        (r" s (\^) [ni] ", "a datatype stands behind ^^.", "Write ^^."),
        (
            r" [ni] (\{) d ",
            "paths have no number of steps.",
            "Write the property once for each step, joined by /, or + or *.",
        ),
        (r" (\.) \. ", "the dot stands here twice.", "Leave one out."),
        (
            " (,) [ni] [vsnid] (?:[.;}])",
            "a comma stands only between values of one property.",
            "Write ; before another property.",
        ),
        (r" (- -|/ /|/ \*) ", "this begins no comment.", "Write # before a comment."),
        (r" \} ([;.,]) \$", "{} belongs to nothing here.", "Leave {} out."),
    )
)


def mistake(listed: Sequence[Token], what: str = "query") -> Mistake | None:
    """Return the first mistake that is known for sure, in the order in which one leads to others; else None.

    :param what: ``query`` or ``update``.
    """
    for find in _FINDERS if what == "query" else _OF_UPDATES:
        if found := next(find(listed), None):
            return found
    return None


def _quotes(listed: Sequence[Token]) -> Iterator[Mistake]:
    for token in listed:
        if token.text in ("'", '"'):
            other = "'" if token.text == '"' else '"'
            cure = (
                f"Close it with {token.text}; a text that has {token.text} in it stands in {other}…{other}."
            )
            yield token, "this text has no end.", cure
        elif token.text in "“”„‘’`":
            yield token, f"{token.text} is not a quotation mark of SPARQL.", "Write \" or '."


def _dates(listed: Sequence[Token]) -> Iterator[Mistake]:
    for token, *rest in zip(listed, listed[1:], listed[2:], listed[3:], listed[4:], strict=False):
        whole = "".join(one.text for one in (token, *rest))
        if token.kind == "number" and re.fullmatch(r"\d{4}-\d\d-\d\d", whole):
            yield token, "a day is a text with a datatype.", f'Write "{whole}"^^xsd:date.'


def _iris(listed: Sequence[Token]) -> Iterator[Mistake]:
    for token in listed:
        try:
            urlsplit(token.text[1:-1] if token.kind == "iri" else "")
        except ValueError:
            yield (
                token,
                "the host of this IRI cannot be read.",
                "Write it whole, as in <https://example.org/a>.",
            )


def _addresses(listed: Sequence[Token]) -> Iterator[Mistake]:
    for former, token, after in zip([_END, *listed], listed, [*listed[1:], _END], strict=False):
        if token.text in ("http:", "https:") and after.text == "/":
            if former.text == "<":
                yield former, "an address has no end.", "Write > at its end."
            yield token, "an address stands in angle brackets.", f"Write <{token.text}//…>."


def _forms(listed: Sequence[Token]) -> Iterator[Mistake]:
    """Find what is wrong by the kinds of tokens that follow each other."""
    coded = " ".join(["", *(_KINDS.get(one.kind, one.text.upper()) for one in listed), "$ "])
    for form, reason, cure in _FORMS:
        if found := form.search(coded):
            place = coded.count(" ", 0, found.start(1)) - 1
            token = listed[place] if place < len(listed) else _end(listed)
            yield token, reason.format(token.text), cure.format(token.text)


def _end(listed: Sequence[Token]) -> Token:
    return Token("end", "", listed[-1].start + len(listed[-1].text) if listed else 0)


def _start(listed: Sequence[Token]) -> Iterator[Mistake]:
    """Find a query that begins with something else."""
    kinds = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
    prologue = 0
    for token in listed:
        if token.keyword in ("PREFIX", "BASE", "VERSION"):
            prologue = 2 if token.keyword == "PREFIX" else 1
        elif prologue:
            prologue -= 1
        else:
            if token.keyword not in (*kinds, *_KEYWORDS):
                near = get_close_matches(token.keyword, kinds, 1)
                cure = f"Write {near[0]}." if near else "Write, for example, SELECT * WHERE { … }."
                yield token, "a query begins with SELECT, ASK, CONSTRUCT or DESCRIBE.", cure
            return


def _brackets(listed: Sequence[Token]) -> Iterator[Mistake]:
    opened: list[Token] = []
    for token in listed:
        if token.kind == "sign" and token.text in _PAIRS.values():
            opened.append(token)
        elif token.kind == "sign" and token.text in _PAIRS:
            if opened and opened[-1].text == _PAIRS[token.text]:
                opened.pop()
            elif opened:
                yield (
                    opened[-1],
                    f"{opened[-1].text} is not closed before a {token.text}.",
                    _close(opened[-1]),
                )
            else:
                yield (
                    token,
                    f"{token.text} closes nothing.",
                    f"Leave it out, or open {_PAIRS[token.text]} before.",
                )
    if opened:
        yield opened[-1], f"{opened[-1].text} is never closed.", _close(opened[-1])


def _close(opening: Token) -> str:
    return f"Write {next(end for end, start in _PAIRS.items() if start == opening.text)} where it ends."


def _heading(listed: Sequence[Token]) -> Iterator[Mistake]:
    """Find what may not stand between SELECT and the pattern."""
    inside, depth, names = False, 0, set[str]()
    for token, after in pairwise([*listed, _END]):
        if token.keyword == "SELECT":
            inside, depth, names = True, 0, set()
        elif token.text == "{" or token.keyword in ("WHERE", "FROM"):
            inside = False
        elif inside:
            depth += (token.text == "(") - (token.text == ")")
            if token.keyword == "AS" and after.text in names:
                yield after, f"{after.text} is selected already.", "Write another name behind AS."
            if depth or token.text == ")":
                continue
            if token.kind == "variable":
                names.add(token.text)
            elif token.text == "-":
                yield token, "the name of a variable has no hyphen.", "Write an underscore, as in ?a_b."
            elif token.text == ",":
                yield token, "variables are not separated by commas.", "Write spaces, as in SELECT ?a ?b."
            elif token.keyword in _AGGREGATES and after.text == "(":
                cure = f"Write ({token.keyword}(?x) AS ?name), in parentheses and with a name of its own."
                yield token, f"{token.keyword} does not stand alone.", cure
            elif token.keyword and after.text == "{" and get_close_matches(token.keyword, ["WHERE"]):
                yield token, f"{token.text} is not a keyword of SPARQL.", "Write WHERE."
            elif token.keyword and token.keyword not in _BEFORE_VARIABLES:
                yield token, f"{token.text} is not a variable.", f"Write ?{token.text}."


def _named(listed: Sequence[Token]) -> Iterator[Mistake]:
    """Find what is computed in a heading or by BIND and has no name."""
    heading, depth, opening, named = False, 0, _END, True
    for former, token, after in zip([_END, *listed], listed, [*listed[1:], _END], strict=False):
        if token.keyword == "SELECT":
            heading = True
        elif token.text == "{" or token.keyword == "WHERE":
            heading = False
        elif token.text == "(":
            if not depth and (heading or former.keyword == "BIND"):
                depth, opening, named = 1, token, False
            elif depth:
                depth += 1
        elif token.text == ")" and depth:
            depth -= 1
            if not depth and not named:
                alone = listed[listed.index(opening) + 1] if former.kind == "variable" else _END
                if alone == former:
                    yield opening, "a variable that is selected has no parentheses.", f"Write {former.text}."
                yield (
                    opening,
                    "what is computed has no name.",
                    "Write AS and a name at its end: (… AS ?name).",
                )
        elif token.keyword == "AS" and depth == 1 and after.kind == "variable":
            named = True


def _signs(listed: Sequence[Token]) -> Iterator[Mistake]:
    depth = 0
    for token, after in pairwise([*listed, _END]):
        joined = after.start == token.start + len(token.text)
        depth += (token.text == "(") - (token.text == ")")
        if token.text == "=" and after.text == "=" and joined:
            yield token, "== is not an operator of SPARQL.", "Write = to compare."
        elif token.text == "<>" and depth:
            yield token, "<> is not an operator of SPARQL.", "Write != for what is not equal."
        elif token.keyword in ("AND", "OR"):
            word = {"AND": ("&&", "a dot between triples"), "OR": ("||", "{ … } UNION { … }")}[token.keyword]
            yield token, f"{token.text} is not a keyword of SPARQL.", f"Write {word[depth < 1]}."
        elif token.keyword == "FILTER" and after.kind in _TERMS - {"iri", "name"}:
            yield after, "what FILTER asks stands in parentheses.", "Write FILTER (…)."
        elif token.keyword == "AS" and after.keyword:
            yield after, f"{after.text} is not a variable.", f"Write ?{after.text}."
        elif token.keyword in ("LIMIT", "OFFSET") and after.kind != "number":
            yield token, f"{token.text} needs a number.", f"Write {token.keyword} 10."
        elif token.keyword in ("GROUP", "ORDER") and after.keyword != "BY":
            yield token, f"{token.text} stands with BY.", f"Write {token.keyword} BY."


def _conditions(listed: Sequence[Token]) -> Iterator[Mistake]:
    """Find a comparison behind FILTER or HAVING that has no parentheses."""
    for place, token in enumerate(listed):
        if token.keyword not in ("FILTER", "HAVING") or place + 2 >= len(listed):
            continue
        first, depth = listed[place + 1], 0
        if first.kind not in ("word", "variable", "name"):
            continue
        for after, behind in zip(listed[place + 2 :], [*listed[place + 3 :], _END], strict=False):
            depth += (after.text == "(") - (after.text == ")")
            if not depth:
                compared = behind if after.text == ")" else after
                if compared.text in _COMPARISONS:
                    what = f"what {token.keyword} asks stands in parentheses."
                    yield first, what, f"Write {token.keyword} (…)."
                break


def _modifiers(listed: Sequence[Token]) -> Iterator[Mistake]:
    """Find what belongs behind the pattern and stands in it."""
    selects = [True]
    for token in listed:
        if token.text == "{":
            selects.append(False)
        elif token.text == "}":
            selects = selects[:-1] or [True]
        elif token.keyword == "SELECT":
            selects[-1] = True
        elif token.keyword in _MODIFIERS and not selects[-1]:
            yield token, f"{token.text} stands behind the pattern.", "Close the pattern before it with }."


def _prefixes(listed: Sequence[Token]) -> Iterator[Mistake]:
    """Find a name whose prefix is not declared."""
    declared = set(PREFIXES)
    for former, token in pairwise([_END, *listed]):
        prefix = token.text.partition(":")[0]
        if token.kind == "name" and former.keyword == "PREFIX":
            declared.add(prefix)
        elif token.kind == "name" and prefix not in declared:
            cure = (
                "Declare it with PREFIX, or use one of those listed at /prefixes, which need no declaration."
            )
            yield token, f"the prefix {prefix}: is not declared.", cure


def _words(listed: Sequence[Token]) -> Iterator[Mistake]:
    """Find words that are no keywords and no functions."""
    for token, after in pairwise([*listed, _END]):
        word = token.keyword
        if not word or word in _KEYWORDS:
            continue
        if after.text == "(":
            if word not in _FUNCTIONS:
                near = get_close_matches(word, _FUNCTIONS, 1, 0.75)
                cure = (
                    f"Write {near[0]}."
                    if near
                    else "Functions of other vocabularies have a prefix: xsd:date(…)."
                )
                if word in _OF_XSD:
                    cure = f"Write xsd:{token.text}(…)."
                yield token, f"{token.text} is not a function of SPARQL.", cure
        elif word in _FUNCTIONS:
            yield token, f"{token.text} is a function.", f"Write {word}(…)."
        else:
            cure = f'Write ?{token.text} for a variable, co:{token.text} for a name, or "{token.text}" for a text.'
            yield token, f"{token.text} is not a keyword of SPARQL.", cure


def _arguments(listed: Sequence[Token]) -> Iterator[Mistake]:
    """Find arguments of a function without a comma between them."""
    called: list[bool] = []
    for former, token, after in zip([_END, *listed], listed, [*listed[1:], _END], strict=False):
        if token.text in ("(", "{"):
            called.append(token.text == "(" and former.keyword in _FUNCTIONS - _AGGREGATES)
        elif token.text in (")", "}"):
            called = called[:-1]
        elif called and called[-1] and token.kind in _TERMS and after.kind in _TERMS:
            yield after, "arguments are separated by commas.", "Write a comma before it."


def _dots(listed: Sequence[Token]) -> Iterator[Mistake]:
    """Find a triple of two terms, or a fourth term where a triple has three."""
    count, depth, joined, values = 0, 0, False, False
    for former, token in pairwise([_END, *listed]):
        values = token.keyword == "VALUES" or (values and token.text != "}")
        if values:
            continue
        depth += (token.text in ("(", "[", "<<")) - (token.text in (")", "]", ">>"))
        if token.kind == "sign" and token.text in ("{", "}", "."):
            if token.text != "{" and (count == 2 or (count == 1 and former.text != ";")):
                yield (
                    token,
                    "this triple has no end.",
                    "Write a subject, a property and a value, as in ?s a co:Polity.",
                )
            count = 0
        elif depth or token.text in (")", "]", ">>"):
            count = -100 if depth else count  # Collections, paths and expressions are not counted.
        elif token.text in (";", ","):
            count = min(count, 1 if token.text == ";" else 2)
        elif token.text in ("/", "|", "^^"):
            joined = True
        elif token.kind in _TERMS or token.text in ("a", "true", "false"):
            count, joined = count + (not joined), False
            if count == 4:
                yield token, "a new triple begins here, and the former has no end.", "Write a dot before it."
        elif token.keyword:
            count = -100


def _groups(listed: Sequence[Token]) -> Iterator[Mistake]:
    """Find a variable beside an aggregate that the rows are not grouped by."""
    words = [token.keyword for token in listed]
    if words.count("SELECT") != 1 or not _AGGREGATES.intersection(words):
        return
    grouped = listed[words.index("GROUP") :] if "GROUP" in words else ()
    names = {token.text for token in grouped if token.kind == "variable"}
    depth = 0
    for token in listed[words.index("SELECT") + 1 :]:
        depth += (token.text == "(") - (token.text == ")")
        if token.text == "{" or token.keyword in ("WHERE", "FROM"):
            return
        if token.kind == "variable" and not depth and token.text not in names:
            cure = (
                f"Add {token.text} to GROUP BY." if grouped else f"End the query with GROUP BY {token.text}."
            )
            yield token, f"{token.text} stands beside an aggregate, and rows are not grouped by it.", cure


_FINDERS: tuple[Callable[[Sequence[Token]], Iterator[Mistake]], ...] = (
    _quotes,
    _dates,
    _iris,
    _addresses,
    _forms,
    _start,
    _heading,
    _signs,
    _brackets,
    _named,
    _conditions,
    _modifiers,
    _prefixes,
    _words,
    _arguments,
    _dots,
    _groups,
)
#: Those that hold in updates too.
_OF_UPDATES = tuple(
    find for find in _FINDERS if find not in (_dates, _forms, _start, _heading, _dots, _groups)
)
