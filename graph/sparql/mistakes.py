"""Common beginners' mistakes, recognised by the tokens of a query that the engine has refused."""

import re
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from itertools import pairwise
from urllib.parse import urlsplit

from pyoxigraph import Literal

from comity.iris import PREFIXES
from comity.sparql.tokens import Token

#: The place of a mistake, what it is, and how to fix it.
Mistake = tuple[Token, str, str]
_END = Token("end", "", 0)
_OPENING_OF = {")": "(", "}": "{", "]": "["}
_AGGREGATES = frozenset({"COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"})
_TERMS = frozenset({"variable", "iri", "name", "string", "number", "blank"})
_BEFORE_VARIABLES = frozenset({"DISTINCT", "REDUCED", "AS", "WHERE", "FROM", "NAMED"})
_BEFORE_BRACES = frozenset({"UNION", "OPTIONAL", "MINUS", "EXISTS", "WHERE"})
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
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\U0000[dD][89a-fA-F][0-9a-fA-F]{2}")
_KINDS = {
    "variable": "v",
    "iri": "i",
    "name": "n",
    "string": "s",
    "number": "d",
    "blank": "b",
    "language": "l",
}
#: The start of a pattern that follows the prologue.
_START = "^ (?:PREFIX n i |BASE i )*"
#: Mistakes by sequences of kinds of tokens: the group is the offending token; ``{}`` is its text. A variable is ``v``,
#: an IRI ``i``, a name with a prefix ``n``, a string ``s``, a number ``d``, a language tag ``l``.
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
            "{} is Turtle syntax.",
            "Write PREFIX instead, without @ and without the dot at the end.",
        ),
        (r" PREFIX ([A-Z]\w*) i ", "the prefix {} has no colon.", "Write PREFIX {}: <…>."),
        (r" PREFIX n i ([;.,]) ", "a prefix declaration does not end with {}.", "Remove {}."),
        (
            _START + "(INSERT|DELETE|LOAD|CLEAR|DROP|CREATE|COPY|MOVE|ADD|WITH) ",
            "{} belongs in an update, but this is a query.",
            "Send changes as an update, in the form field update or with the media type application/sparql-update.",
        ),
        (" (TOP) d ", "TOP is SQL, not SPARQL.", "End the query with LIMIT 10."),
        (
            r" SELECT (?:DISTINCT |REDUCED )?(\{|WHERE) ",
            "no variables are selected.",
            "Write SELECT *, or list variables, as in SELECT ?a ?b.",
        ),
        (
            f"{_START}SELECT (?:DISTINCT )?(?:v |\\* )+(\\$)",
            "the query has no pattern.",
            "Add WHERE {{ … }} after it.",
        ),
        (
            f"{_START}(?:ASK|DESCRIBE) (\\$)",
            "the query ends here.",
            "Add what is asked, such as {{ ?s ?p ?o }} or an IRI.",
        ),
        (
            f"{_START}SELECT [^{{}}]*\\{{ [^{{}}]*\\}} (WHERE) ",
            "the query has a second pattern.",
            "Write everything in one pair of braces.",
        ),
        (r" WHERE ([^{\s]\S*) ", "the pattern must be in braces.", "Write WHERE {{ … }}."),
        (r" SELECT (?:DISTINCT )?(?:v )*v (AS) v ", "a new name needs parentheses.", "Write (?a AS ?b)."),
        (r" BY (\$)", "what to sort or group by is missing.", "Write, for example, ORDER BY ?a."),
        (r" (HAVING) v \$", "HAVING takes a condition in parentheses.", "Write HAVING (…)."),
        (
            f"{_START}(?:ASK|CONSTRUCT) ([vin(\\[]) ",
            "the pattern must be in braces.",
            "Write {{ before it, and }} at its end.",
        ),
        (
            r" (OPTIONAL|UNION|MINUS|EXISTS) (?!\{)",
            "the pattern after {} must be in braces.",
            "Write {} {{ … }}.",
        ),
        (
            r" (GRAPH) [vin] (?!\{)",
            "the pattern after the name of a graph must be in braces.",
            "Write GRAPH ?g {{ … }}.",
        ),
        (r" (GRAPH) \{", "GRAPH needs the name of a graph or a variable.", "Write GRAPH ?g {{ … }}."),
        (" (FROM) (?!NAMED )[A-Z]", "FROM needs the name of a graph.", "Remove FROM, or write FROM <…>."),
        (" (EXIST) ", "EXIST is not a keyword of SPARQL.", "Write EXISTS."),
        (" (LIKE) ", "LIKE is SQL, not SPARQL.", 'Write CONTAINS(?x, "…") or REGEX(?x, "…").'),
        (" (BETWEEN) ", "BETWEEN is SQL, not SPARQL.", "Write ?x >= … && ?x <= …."),
        (" (IS) (?:NOT )?NULL ", "NULL is SQL, not SPARQL.", "Write BOUND(?x) or !BOUND(?x)."),
        (" (NOT) (?!EXISTS |IN |EXIST )", "NOT is allowed only in NOT EXISTS and NOT IN.", "Write !(…)."),
        (r" (IN) (?![({])", "IN takes a list in parentheses.", 'Write IN ("…", "…").'),
        (" (=) > ", "=> is not an operator of SPARQL.", "Write >=."),
        (" (=) < ", "=< is not an operator of SPARQL.", "Write <=."),
        (r" (LET) \(", "LET is not a keyword of SPARQL.", "Write BIND (… AS ?x)."),
        (r" (IF) (?!\()", "IF is a function.", "Write IF(condition, one, other)."),
        (r" (BIND) (?!\()", "BIND takes an expression in parentheses.", "Write BIND (… AS ?x)."),
        (" (SORT) BY ", "SORT is not a keyword of SPARQL.", "Write ORDER BY."),
        (" (ASC|DESC) v ", "{} takes its variable in parentheses.", "Write {}(?x)."),
        (r" BY (?:[^\s{}]+ )*?v (ASC|DESC) (?!\()", "{} comes before its variable.", "Write {}(?x)."),
        (" LIMIT d (,) d ", "LIMIT takes a single number.", "Write LIMIT 20 OFFSET 10."),
        (
            " (?:LIMIT|OFFSET) d (?:(?:LIMIT|OFFSET) d )?(GROUP|HAVING|ORDER) ",
            "{} must come before LIMIT.",
            "Move LIMIT to the end.",
        ),
        (
            r" ORDER BY (?:[^\s{}]+ )*?(GROUP|HAVING) ",
            "{} must come before ORDER BY.",
            "Move ORDER BY after it.",
        ),
        (r" VALUES v (?!\{)(\S+)", "the values must be in braces.", "Write VALUES ?x {{ … }}."),
        (r" VALUES (?:v|\( (?:v )*\)) \{ [^}]*?(,) ", "values are not separated by commas.", "Use spaces."),
        (
            r" GROUP_CONCAT \( (?:DISTINCT )?v (,) ",
            "the separator must be named.",
            'Write GROUP_CONCAT(?x; SEPARATOR=", ").',
        ),
        (
            r" (?:COUNT|SUM|AVG|MIN|MAX|SAMPLE) \( (?:DISTINCT )?v (v|,) ",
            "an aggregate takes a single expression.",
            "Count one variable, or the rows of a subquery: {{ SELECT DISTINCT ?a ?b {{ … }} }}.",
        ),
        (
            r" (?:COUNT|SUM|AVG|MIN|MAX|SAMPLE) (DISTINCT) \(",
            "DISTINCT goes inside the parentheses.",
            "Write COUNT(DISTINCT ?x).",
        ),
        (r" AS v (,) ", "each expression needs its own parentheses.", "Write (?a AS ?b) (?c AS ?d)."),
        (r" s (\^) [ni] ", "a datatype follows ^^.", "Write ^^."),
        (
            r" [ni] (\{) d ",
            "SPARQL paths cannot give a number of steps.",
            "Repeat the property for each step, joined by /, or use + or *.",
        ),
        (r" (\.) \. ", "there are two dots here.", "Remove one."),
        (
            " (,) [ni] [vsnid] (?:[.;}])",
            "a comma may only separate values of the same property.",
            "Write ; before another property.",
        ),
        (r" (- -|/ /|/ \*) ", "this does not start a comment.", "Start comments with #."),
        (r" \} ([;.,]) \$", "{} is not expected here.", "Remove it."),
    )
)


def mistake(tokens: Sequence[Token], what: str = "query") -> Mistake | None:
    """Return the first mistake of which there is no doubt, or None; causes are sought before their consequences.

    :param what: ``query`` or ``update``.
    """
    for find in _FINDERS if what == "query" else _OF_UPDATES:
        if found := next(find(tokens), None):
            return found
    return None


def _quotes(tokens: Sequence[Token]) -> Iterator[Mistake]:
    for token in tokens:
        if token.text in ("'", '"'):
            other = "'" if token.text == '"' else '"'
            cure = (
                f"Close it with {token.text}; if the text contains {token.text}, write it in {other}…{other}."
            )
            yield token, "this text is not closed.", cure
        elif token.text in "“”„‘’`":
            yield token, f"{token.text} is not a quotation mark of SPARQL.", "Write \" or '."


def _literals(tokens: Sequence[Token]) -> Iterator[Mistake]:
    """Find halves of characters in texts, and language tags that are none."""
    for token in tokens:
        if token.kind == "string" and (found := _SURROGATE.search(token.text)):
            yield token, f"{found[0]} is only half of a character.", "Write the character itself."
        elif token.kind == "language":
            try:
                Literal("", language=token.text[1:])
            except ValueError:
                yield token, f"{token.text} is not a language tag.", "Write one such as @en or @pt-BR."


def _dates(tokens: Sequence[Token]) -> Iterator[Mistake]:
    for token, *rest in zip(tokens, tokens[1:], tokens[2:], tokens[3:], tokens[4:], strict=False):
        whole = "".join(one.text for one in (token, *rest))
        if token.kind == "number" and re.fullmatch(r"\d{4}-\d\d-\d\d", whole):
            yield token, "a date is written as a text with a datatype.", f'Write "{whole}"^^xsd:date.'


def _iris(tokens: Sequence[Token]) -> Iterator[Mistake]:
    for token in tokens:
        try:
            urlsplit(token.text[1:-1] if token.kind == "iri" else "")
        except ValueError:
            yield (
                token,
                "the host of this IRI cannot be read.",
                "Write the full IRI, as in <https://example.org/a>.",
            )


def _addresses(tokens: Sequence[Token]) -> Iterator[Mistake]:
    for former, token, after in zip([_END, *tokens], tokens, [*tokens[1:], _END], strict=False):
        if token.text in ("http:", "https:") and after.text == "/":
            if former.text == "<":
                yield former, "an IRI is not closed.", "Add > at its end."
            yield token, "an IRI must be in angle brackets.", f"Write <{token.text}//…>."


def _forms(tokens: Sequence[Token]) -> Iterator[Mistake]:
    """Find mistakes by sequences of kinds of tokens."""
    coded = " ".join(["", *(_KINDS.get(one.kind, one.text.upper()) for one in tokens), "$ "])
    for form, reason, cure in _FORMS:
        if found := form.search(coded):
            place = coded.count(" ", 0, found.start(1)) - 1
            token = tokens[place] if place < len(tokens) else _end(tokens)
            yield token, reason.format(token.text), cure.format(token.text)


def _end(tokens: Sequence[Token]) -> Token:
    return Token("end", "", tokens[-1].start + len(tokens[-1].text) if tokens else 0)


def _start(tokens: Sequence[Token]) -> Iterator[Mistake]:
    """Find a query that does not begin with a query form."""
    kinds = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
    prologue = 0
    for token in tokens:
        if token.keyword in ("PREFIX", "BASE", "VERSION"):
            prologue = 2 if token.keyword == "PREFIX" else 1
        elif prologue:
            prologue -= 1
        else:
            if token.keyword not in (*kinds, *_KEYWORDS):
                near = get_close_matches(token.keyword, kinds, 1)
                cure = f"Write {near[0]}." if near else "Write, for example, SELECT * WHERE { … }."
                yield token, "a query must begin with SELECT, ASK, CONSTRUCT or DESCRIBE.", cure
            return


def _brackets(tokens: Sequence[Token]) -> Iterator[Mistake]:
    opened: list[Token] = []
    for token in tokens:
        if token.kind == "sign" and token.text in _OPENING_OF.values():
            opened.append(token)
        elif token.kind == "sign" and token.text in _OPENING_OF:
            if opened and opened[-1].text == _OPENING_OF[token.text]:
                opened.pop()
            elif opened:
                yield (
                    opened[-1],
                    f"{opened[-1].text} is not closed before {token.text}.",
                    _close(opened[-1]),
                )
            else:
                yield (
                    token,
                    f"{token.text} has no matching bracket.",
                    f"Remove it, or add {_OPENING_OF[token.text]} before it.",
                )
    if opened:
        yield opened[-1], f"{opened[-1].text} is never closed.", _close(opened[-1])


def _close(opening: Token) -> str:
    return f"Write {next(end for end, start in _OPENING_OF.items() if start == opening.text)} where it ends."


def _heading(tokens: Sequence[Token]) -> Iterator[Mistake]:
    """Find tokens that are not allowed between SELECT and the pattern."""
    inside, depth, names = False, 0, set[str]()
    for token, after in pairwise([*tokens, _END]):
        if token.keyword == "SELECT":
            inside, depth, names = True, 0, set()
        elif token.text == "{" or token.keyword in ("WHERE", "FROM"):
            inside = False
        elif inside:
            depth += (token.text == "(") - (token.text == ")")
            if token.keyword == "AS" and after.text in names:
                yield after, f"{after.text} is already selected.", "Write another name after AS."
            if depth or token.text == ")":
                continue
            if token.kind == "variable":
                names.add(token.text)
            elif token.text == "-":
                yield token, "variable names cannot contain hyphens.", "Use an underscore, as in ?a_b."
            elif token.text == ",":
                yield token, "variables are not separated by commas.", "Use spaces, as in SELECT ?a ?b."
            elif token.keyword in _AGGREGATES and after.text == "(":
                cure = f"Write ({token.keyword}(?x) AS ?name), in parentheses and with a name."
                yield token, f"{token.keyword} needs parentheses and a name.", cure
            elif token.keyword and after.text == "{" and get_close_matches(token.keyword, ["WHERE"]):
                yield token, f"{token.text} is not a keyword of SPARQL.", "Write WHERE."
            elif token.keyword in _MODIFIERS:
                yield token, f"{token.text} must come after the pattern.", "Move it behind the last }."
            elif token.kind in ("iri", "name", "string") and after.text != "(":
                yield token, "the pattern must be in braces.", "Write WHERE { … }."
            elif token.keyword and token.keyword not in _BEFORE_VARIABLES:
                yield token, f"{token.text} is not a variable.", f"Write ?{token.text}."


def _named(tokens: Sequence[Token]) -> Iterator[Mistake]:
    """Find unnamed expressions in SELECT or BIND."""
    heading, depth, opening, named = False, 0, _END, True
    for former, token, after in zip([_END, *tokens], tokens, [*tokens[1:], _END], strict=False):
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
                alone = tokens[tokens.index(opening) + 1] if former.kind == "variable" else _END
                if alone == former:
                    yield opening, "a selected variable takes no parentheses.", f"Write {former.text}."
                yield (
                    opening,
                    "the expression has no name.",
                    "Add AS and a name at its end: (… AS ?name).",
                )
        elif token.keyword == "AS" and depth == 1 and after.kind == "variable":
            named = True


def _signs(tokens: Sequence[Token]) -> Iterator[Mistake]:
    depth = 0
    for token, after in pairwise([*tokens, _END]):
        joined = after.start == token.start + len(token.text)
        depth += (token.text == "(") - (token.text == ")")
        if token.text == "=" and after.text == "=" and joined:
            yield token, "== is not an operator of SPARQL.", "Write = to compare."
        elif token.text == "<>" and depth:
            yield token, "<> is not an operator of SPARQL.", "Write != for inequality."
        elif token.keyword in ("AND", "OR"):
            word = {"AND": ("&&", "a dot between triples"), "OR": ("||", "{ … } UNION { … }")}[token.keyword]
            yield token, f"{token.text} is not a keyword of SPARQL.", f"Write {word[depth < 1]}."
        elif token.keyword == "FILTER" and after.kind in _TERMS - {"iri", "name"}:
            yield after, "FILTER takes a condition in parentheses.", "Write FILTER (…)."
        elif token.keyword == "AS" and after.keyword:
            yield after, f"{after.text} is not a variable.", f"Write ?{after.text}."
        elif token.keyword in ("LIMIT", "OFFSET") and after.kind != "number":
            yield token, f"{token.text} needs a number.", f"Write {token.keyword} 10."
        elif token.keyword in ("GROUP", "ORDER") and after.keyword != "BY":
            yield token, f"{token.text} must be followed by BY.", f"Write {token.keyword} BY."


def _conditions(tokens: Sequence[Token]) -> Iterator[Mistake]:
    """Find a comparison after FILTER or HAVING without parentheses."""
    for place, token in enumerate(tokens):
        if token.keyword not in ("FILTER", "HAVING") or place + 2 >= len(tokens):
            continue
        first, depth = tokens[place + 1], 0
        if first.kind not in ("word", "variable", "name"):
            continue
        for after, behind in zip(tokens[place + 2 :], [*tokens[place + 3 :], _END], strict=False):
            depth += (after.text == "(") - (after.text == ")")
            if not depth:
                compared = behind if after.text == ")" else after
                if compared.text in _COMPARISONS:
                    what = f"{token.keyword} takes a condition in parentheses."
                    yield first, what, f"Write {token.keyword} (…)."
                break


def _comparisons(tokens: Sequence[Token]) -> Iterator[Mistake]:
    """Find a comparison in place of a triple."""
    depth = 0
    for token in tokens:
        depth += (token.text == "(") - (token.text == ")")
        if token.text in ("=", ">", ">=", "<=", "!=") and depth < 1:
            yield (
                token,
                "a comparison is allowed only in parentheses, as in FILTER.",
                f"Write FILTER (?a {token.text} ?b).",
            )


def _modifiers(tokens: Sequence[Token]) -> Iterator[Mistake]:
    """Find clauses inside the pattern that belong after it."""
    selects = [True]
    for token in tokens:
        if token.text == "{":
            selects.append(False)
        elif token.text == "}":
            selects = selects[:-1] or [True]
        elif token.keyword == "SELECT":
            selects[-1] = True
        elif token.keyword in _MODIFIERS and not selects[-1]:
            yield token, f"{token.text} must come after the pattern.", "Close the pattern before it with }."


def _prefixes(tokens: Sequence[Token]) -> Iterator[Mistake]:
    """Find a name with an undeclared prefix."""
    declared = set(PREFIXES)
    for former, token in pairwise([_END, *tokens]):
        prefix = token.text.partition(":")[0]
        if token.kind == "name" and former.keyword == "PREFIX":
            declared.add(prefix)
        elif token.kind == "name" and prefix not in declared:
            cure = "Declare it with PREFIX, or use one of the predeclared prefixes listed at /prefixes."
            yield token, f"the prefix {prefix}: is not declared.", cure


def _words(tokens: Sequence[Token]) -> Iterator[Mistake]:
    """Find words that are neither keywords nor functions."""
    for token, after in pairwise([*tokens, _END]):
        word = token.keyword
        if not word or word in _KEYWORDS:
            continue
        if after.text == "(":
            if word not in _FUNCTIONS:
                near = get_close_matches(word, _FUNCTIONS, 1, 0.75)
                cure = (
                    f"Write {near[0]}."
                    if near
                    else "Functions from other vocabularies need a prefix: xsd:date(…)."
                )
                if word in _OF_XSD:
                    cure = f"Write xsd:{token.text}(…)."
                yield token, f"{token.text} is not a function of SPARQL.", cure
        elif word in _FUNCTIONS:
            yield token, f"{token.text} is a function.", f"Write {word}(…)."
        elif after.text == "{" and (near := get_close_matches(word, _BEFORE_BRACES, 1, 0.75)):
            yield token, f"{token.text} is not a keyword of SPARQL.", f"Write {near[0]}."
        else:
            cure = f'Write ?{token.text} for a variable, co:{token.text} for a name, or "{token.text}" for a text.'
            yield token, f"{token.text} is not a keyword of SPARQL.", cure


def _arguments(tokens: Sequence[Token]) -> Iterator[Mistake]:
    """Find function arguments that are not separated by a comma."""
    called: list[bool] = []
    for former, token, after in zip([_END, *tokens], tokens, [*tokens[1:], _END], strict=False):
        if token.text in ("(", "{"):
            called.append(token.text == "(" and former.keyword in _FUNCTIONS - _AGGREGATES)
        elif token.text in (")", "}"):
            called = called[:-1]
        elif called and called[-1] and token.kind in _TERMS and after.kind in _TERMS:
            yield after, "arguments must be separated by commas.", "Add a comma before it."


def _rows(tokens: Sequence[Token]) -> Iterator[Mistake]:
    """Find rows of VALUES that have another number of values than there are variables."""
    starts = (place for place, token in enumerate(tokens) if token.keyword == "VALUES")
    for start in starts:
        number = opening = counted = 0
        for place, token in enumerate(tokens[start + 1 :], start + 1):
            if token.text == "(":
                opening, counted = place, 0
            elif token.text == ")" and not number:
                number = counted
            elif token.text == ")" and counted != number:
                values, variables = _number(counted, "value"), _number(number, "variable")
                yield (
                    tokens[opening],
                    f"this row has {values} for {variables}.",
                    "Write UNDEF for a value that is missing.",
                )
            elif token.text == "}" or (token.text == "{" and not number):
                break
            elif token.kind != "language" and token.text != "^^" and tokens[place - 1].text != "^^":
                counted += token.text != "{"


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _subqueries(tokens: Sequence[Token]) -> Iterator[Mistake]:
    """Find a subquery in the same braces as other patterns."""
    for place, token in enumerate(tokens):
        if token.keyword != "SELECT" or not place or tokens[place - 1].text != "{":
            continue
        depth, closed = 0, False
        for after in tokens[place + 1 :]:
            if (
                depth == 0
                and closed
                and (after.kind in _TERMS or after.keyword in ("OPTIONAL", "FILTER", "BIND"))
            ):
                yield token, "a subquery needs braces of its own.", "Write { SELECT … }."
                break
            depth += (after.text == "{") - (after.text == "}")
            closed = closed or after.text == "}"
            if depth < 0 or (closed and after.keyword in _MODIFIERS):
                break


def _dots(tokens: Sequence[Token]) -> Iterator[Mistake]:
    """Find triples with two or four terms."""
    count, depth, joined, values = 0, 0, False, False
    for former, token in pairwise([_END, *tokens]):
        values = token.keyword == "VALUES" or (values and token.text != "}")
        if values:
            continue
        depth += (token.text in ("(", "[", "<<")) - (token.text in (")", "]", ">>"))
        if token.kind == "sign" and token.text in ("{", "}", "."):
            if token.text != "{" and (count == 2 or (count == 1 and former.text != ";")):
                yield (
                    token,
                    "this triple is incomplete.",
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
                yield (
                    token,
                    "a new triple begins here, but the previous one is not ended.",
                    "Add a dot before it.",
                )
        elif token.keyword:
            count = -100


def _groups(tokens: Sequence[Token]) -> Iterator[Mistake]:
    """Find a variable selected beside an aggregate that is not in GROUP BY."""
    words = [token.keyword for token in tokens]
    if words.count("SELECT") != 1 or not _AGGREGATES.intersection(words):
        return
    grouped = tokens[words.index("GROUP") :] if "GROUP" in words else ()
    names = {token.text for token in grouped if token.kind == "variable"}
    depth = 0
    for token in tokens[words.index("SELECT") + 1 :]:
        depth += (token.text == "(") - (token.text == ")")
        if token.text == "{" or token.keyword in ("WHERE", "FROM"):
            return
        if token.kind == "variable" and not depth and token.text not in names:
            cure = (
                f"Add {token.text} to GROUP BY." if grouped else f"End the query with GROUP BY {token.text}."
            )
            yield token, f"{token.text} is selected beside an aggregate but is not in GROUP BY.", cure


_FINDERS: tuple[Callable[[Sequence[Token]], Iterator[Mistake]], ...] = (
    _quotes,
    _literals,
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
    _comparisons,
    _modifiers,
    _prefixes,
    _words,
    _arguments,
    _rows,
    _subqueries,
    _dots,
    _groups,
)
#: The mistakes that also apply to updates.
_OF_UPDATES = tuple(
    find for find in _FINDERS if find not in (_dates, _forms, _start, _heading, _dots, _groups)
)
