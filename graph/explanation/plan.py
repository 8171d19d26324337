"""The order in which the elements of a rule are solved, when it is run backwards from a triple."""

from functools import cache

from pyoxigraph import Variable

from comity.explanation.expressions import Binding, is_bound
from comity.explanation.patterns import (
    Alternatives,
    Bind,
    Element,
    Filter,
    Group,
    InGraph,
    Optional,
    Path,
    Pattern,
    Select,
    Values,
)


def cost(element: Element, binding: Binding) -> float:
    """Rate how soon an element should be solved: what binds much from little comes first, what forbids last."""
    match element:
        case Values():
            return 0
        case Filter(expression):
            return 0.5 if is_bound(expression, binding) else 90
        case Bind(expression):
            return 0.6 if is_bound(expression, binding) else 85
        case Pattern(subject, predicate, value):
            if isinstance(predicate, Variable) and predicate not in binding:
                return 70
            ends = [not isinstance(node, Variable) or node in binding for node in (subject, value)]
            found = 1.0 if all(ends) else 2.0 if ends[0] else 3.0 if isinstance(value, Variable) else 10.0
            return (found if any(ends) else 20.0) + isinstance(predicate, Path) / 2
        case InGraph(_, group):
            return min((cost(inner, binding) for inner in group.elements), default=0) + 0.1
        case Alternatives(groups):
            inner = [min((cost(e, binding) for e in group.elements), default=0) for group in groups]
            return max(inner, default=0) + 1
        case Select():
            return 6
        case Optional():
            return 80
    return 95


@cache
def required(group: Group) -> frozenset[Variable]:
    """Give the variables that a group binds in each of its solutions, or may bind outside an OPTIONAL."""
    found: set[Variable] = set()
    for element in group.elements:
        match element:
            case Pattern(subject, predicate, value):
                found |= {node for node in (subject, predicate, value) if isinstance(node, Variable)}
            case Values(names):
                found |= set(names)
            case Bind(_, name):
                found.add(name)
            case Alternatives(groups):
                found = found.union(*map(required, groups))
            case InGraph(_, inner):
                found |= required(inner)
            case Select(names, expressions):
                found |= {*names, *(computed.name for computed in expressions)}
    return frozenset(found)
