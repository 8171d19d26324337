"""The group of commands ``comity`` and what its commands share: the store, errors as sentences, quietness."""

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from comity.errors import ComityError
from comity.server.cli import printing
from comity.store.database import Store, default_path, open_store


class StorePlace(click.Path):
    """A folder, or the address of an engine: ``sparql+http://…``."""

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> Any:
        """Leave addresses as they are."""
        return value if str(value).startswith("sparql+") else super().convert(value, param, context)


STORE = click.option(
    "--store",
    type=StorePlace(path_type=Path, file_okay=False),
    envvar="COMITY_STORE",
    default=default_path,
    show_default="the user's data directory",
    help="Folder of the store, or sparql+http://… for a store inside a SPARQL engine.",
)
QUIET = click.option("--quiet", is_flag=True, help="Say nothing but the answer and errors.")


class Command(click.Group):
    """The group of commands, whose errors are sentences on standard error and never a traceback."""

    def invoke(self, context: click.Context) -> Any:
        """Run a command; exit with 1 when it failed for a reason that the user can mend."""
        try:
            return super().invoke(context)
        except ComityError as error:
            printing.complain(error)
            sys.exit(1)
        except BrokenPipeError:
            sys.stderr.close()
            sys.exit(0)


@click.group(cls=Command, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="comity", message="comity %(version)s")
def main() -> None:
    """Who recognises whom, since when, and who says so."""


def with_store(command: Callable[..., None]) -> Callable[..., None]:
    """Hand the command an open store; the first use on a machine builds it."""

    @wraps(command)
    def opened(store: Path | str, quiet: bool, **options: Any) -> None:
        command(store=ready(store, quiet), **options)

    return STORE(QUIET(opened))


def ready(path: Path | str, quiet: bool) -> Store:
    """Open the store of the shipped facts, building it when there is none yet; an engine's is never built unasked."""
    if isinstance(path, str):
        from comity.remote.store import open_remote

        return open_remote(path)
    from comity.store.database import current

    if current(path) is None:
        from comity.build import build

        with printing.stages(quiet) as progress:
            build(path, progress=progress)
    return open_store(path)
