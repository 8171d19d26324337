"""Expressions of SPARQL, evaluated by the engine for one solution at a time."""

import re

from pyoxigraph import BlankNode, QueryBoolean, QuerySolutions, Store, Variable

from comity.closure.axioms import Term

Binding = dict[Variable, Term]
_VARIABLE = re.compile(r"[?$](\w+)")
_AGGREGATE = re.compile(r"\b(COUNT|SUM|MIN|MAX|AVG|SAMPLE|GROUP_CONCAT)\s*\(", re.IGNORECASE)


class Engine:
    """Evaluates expressions as they are written in a rule."""

    def __init__(self, store: Store, prologue: str) -> None:
        """Evaluate over this store, where an expression looks into it; the prologue declares the prefixes."""
        self._store, self._prologue = store, prologue

    def holds(self, expression: str, binding: Binding) -> bool:
        """Tell whether an expression is true under a binding; an error is not."""
        values = _inline(terms_of(expression, binding))
        return bool(self._ask(f"ASK {{ {values} FILTER ({expression}) }}"))

    def value(self, expression: str, rows: list[Binding]) -> Term | None:
        """Give the value of an expression, or of an aggregate over several rows; None for an error."""
        names = list(dict.fromkeys(_VARIABLE.findall(expression)))
        lines = [" ".join(str(row.get(Variable(name), "UNDEF")) for name in names) for row in rows]
        header, body = " ".join(f"?{name}" for name in names), " ".join(f"({line})" for line in lines)
        values = f"VALUES ({header}) {{ {body} }}" if names else ""
        query = f"SELECT ({expression} AS ?the_result) WHERE {{ {values} }}"
        solutions = self._store.query(self._prologue + query)
        assert isinstance(solutions, QuerySolutions)
        solution = next(solutions, None)
        return solution["the_result"] if solution is not None else None

    def _ask(self, query: str) -> QueryBoolean:
        answer = self._store.query(self._prologue + query)
        assert isinstance(answer, QueryBoolean)
        return answer


def is_aggregate(expression: str) -> bool:
    """Tell whether an expression counts, sums or picks from several solutions."""
    return _AGGREGATE.search(expression) is not None


def is_bound(expression: str, binding: Binding) -> bool:
    """Tell whether all variables of an expression are bound."""
    return all(Variable(name) in binding for name in _VARIABLE.findall(expression))


def terms_of(expression: str, binding: Binding) -> tuple[tuple[str, Term], ...]:
    """Give what the variables of an expression stand for, by name."""
    names = dict.fromkeys(_VARIABLE.findall(expression))
    terms = ((name, binding.get(Variable(name))) for name in names)
    return tuple((name, term) for name, term in terms if term is not None and not isinstance(term, BlankNode))


def _inline(terms: tuple[tuple[str, Term], ...]) -> str:
    header = " ".join(f"?{name}" for name, _ in terms)
    return f"VALUES ({header}) {{ ({' '.join(str(term) for _, term in terms)}) }}" if terms else ""
