"""The commands that keep a store safe: copies of it, the way back, and who may write to it."""

from pathlib import Path

import click

from comity.server.cli import printing
from comity.server.cli.group import QUIET, STORE, main


@main.command()
@STORE
@QUIET
@click.argument("folder", type=click.Path(path_type=Path))
def backup(store: Path, quiet: bool, folder: Path) -> None:
    """Copy the store, with its history and tokens, to FOLDER; it may be served and written meanwhile."""
    from comity.store.backup import backup as copy

    found = copy(store, folder)
    if not quiet:
        click.echo(f"{found.path}: generation {found.generation}, {found.changes:,} records of history.")


@main.command()
@STORE
@QUIET
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
def restore(store: Path, quiet: bool, folder: Path) -> None:
    """Put the backup in FOLDER in the place of the store; a running server turns to it."""
    from comity.store.backup import restore as put_back

    found = put_back(store, folder)
    if not quiet:
        click.echo(
            f"{store} is at generation {found.generation} again, {found.changes:,} records of history."
        )


@main.group()
def token() -> None:
    """Tokens with which clients write over HTTP."""


@token.command("add")
@STORE
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(["reader", "contributor", "editor", "admin"]),
    default="editor",
    show_default=True,
    help="A contributor proposes, an editor changes and decides, an admin restores.",
)
def token_add(store: Path, name: str, role: str) -> None:
    """Make a token for NAME and print it, this once."""
    from comity.store.tokens import Tokens

    click.echo(Tokens(store).add(name, role))
    click.echo("This is the only time that it is shown. Send it as: Authorization: Bearer TOKEN", err=True)


@token.command("list")
@STORE
def token_list(store: Path) -> None:
    """List who has a token, and for what."""
    from comity.store.tokens import Tokens

    holders = Tokens(store).holders()
    printing.table(["name", "role", "made"], [[one.name, one.role, one.made[:19]] for one in holders])


@token.command("revoke")
@STORE
@click.argument("name")
def token_revoke(store: Path, name: str) -> None:
    """Take the token of NAME back; it stops working at once."""
    from comity.store.tokens import Tokens

    Tokens(store).revoke(name)
    click.echo(f"The token of {name} is revoked.")
