"""The command group ``comity`` and what its commands share: the option of the store, and how errors are reported."""

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from comity.errors import ComityError
from comity.server.cli import printing
from comity.store.database import Store, current, default_path, open_store


class StorePlace(click.Path):
    """A parameter type: a folder, or the address of a SPARQL engine (``sparql+http://…``)."""

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> Any:
        """Return the path of a folder; the address of an engine stays text."""
        return value if str(value).startswith("sparql+") else super().convert(value, param, context)


STORE = click.option(
    "--store",
    type=StorePlace(path_type=Path, file_okay=False),
    envvar="COMITY_STORE",
    default=default_path,
    show_default="the user's data directory",
    help="Folder of the store, or sparql+http://… for a store inside a SPARQL engine.",
)
QUIET = click.option("--quiet", is_flag=True, help="Print only the answer and errors.")


class Command(click.Group):
    """A command group that prints the errors a user can mend as a message on standard error, without a traceback."""

    def invoke(self, context: click.Context) -> Any:
        """Run a command; exit with status 1 if it fails for a reason that the user can mend."""
        try:
            return super().invoke(context)
        except ComityError as error:
            printing.error(error)
            sys.exit(1)
        except BrokenPipeError:
            sys.stderr.close()
            sys.exit(0)


@click.group(cls=Command, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="comity", message="comity %(version)s")
def main() -> None:
    """Who recognises whom, since when, and who says so."""


def with_store(command: Callable[..., None]) -> Callable[..., None]:
    """Pass the command an open store as ``store``; the first use on a machine builds it."""

    @wraps(command)
    def opened(store: Path | str, quiet: bool, **options: Any) -> None:
        command(store=open_or_build(store, quiet), **options)

    return STORE(QUIET(opened))


def open_or_build(path: Path | str, quiet: bool) -> Store:
    """Return the open store; if there is none in the folder, build it from the shipped facts (never in an engine)."""
    if isinstance(path, str):
        from comity.remote.store import open_remote

        return open_remote(path)
    if current(path) is None:
        from comity.build import build

        with printing.stages(quiet) as progress:
            build(path, progress=progress)
    return open_store(path)
