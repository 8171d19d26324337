"""Shell completion: questions, their parameters, and the ids of parties in the store."""

from pathlib import Path

import click
import pyoxigraph as ox
from click.shell_completion import CompletionItem

from comity.errors import ComityError
from comity.iris import PREFIXES, identifier
from comity.questions.spelling import fold
from comity.store.database import current, default_path, open_store

_NAMED = "SELECT ?party ?name WHERE { ?party a co:%s ; rdfs:label ?name }"
_CLASSES = {"party": "Party", "polity": "Polity", "organisation": "Organisation"}


def question_names(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Return the questions whose names begin with the text typed so far."""
    from comity.questions.questions import questions

    return [
        CompletionItem(name, help=asked.title)
        for name, asked in questions().items()
        if name.startswith(begun)
    ]


def party_ids(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Return the ids of parties with a word in the id or name that begins with the text typed."""
    return _ids(context, "party", begun)


class QuestionCommand(click.Command):
    """The command that asks a question, whose parameters are options of the command."""

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the options of the command and of the named question, or values for the preceding option."""
        from comity.questions.questions import question

        found = super().shell_complete(ctx, incomplete)
        try:
            parameters = {one.option: one for one in question(ctx.params.get("name") or "").parameters}
        except ComityError:
            return found
        if ctx.args and (before := parameters.get(ctx.args[-1])):
            offered = [CompletionItem(one) for one in before.choices if one.startswith(incomplete)]
            return offered or _ids(ctx, before.type, incomplete)
        return found + [
            CompletionItem(option, help=one.about)
            for option, one in parameters.items()
            if option.startswith(incomplete) and option not in ctx.args
        ]


def _ids(context: click.Context, kind: str, begun: str) -> list[CompletionItem]:
    store = context.params.get("store") or default_path()
    if kind not in _CLASSES or not isinstance(store, Path) or current(store) is None:
        return []
    wanted = fold(begun)
    named = open_store(store).oxigraph.query(_NAMED % _CLASSES[kind], prefixes=PREFIXES)
    assert isinstance(named, ox.QuerySolutions)
    found = []
    for party, name in ((identifier(str(row["party"].value)), str(row["name"].value)) for row in named):
        if party.startswith(begun) or f" {wanted}" in f" {fold(name)}":
            found.append(CompletionItem(party, help=name))
    return sorted(found, key=lambda item: (not item.value.startswith(begun), item.value))
