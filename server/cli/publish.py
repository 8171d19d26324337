"""The command that writes the site as static files and checks it for dead links."""

import re
import sys
import time
from pathlib import Path

import click

from comity.server.cli import console
from comity.server.cli.console import FOLDER, QUIET, main, open_or_build
from comity.server.cli.export import AS_OF

#: Faults beyond this number are counted but not listed.
_MOST = 50


def _read_address(context: click.Context, parameter: click.Parameter, text: str) -> str:
    if text and not re.fullmatch(r"https?://[^\s?#\"'<>]+", text):
        raise click.BadParameter(f"{text!r} is not a URL. Write one such as https://example.org/comity.")
    return text.rstrip("/")


@main.command()
@FOLDER
@QUIET
@AS_OF
@click.option(
    "--address",
    default="",
    callback=_read_address,
    metavar="URL",
    help="Where the files will be served; if given, the redirects for w3id are written too.",
)
@click.option(
    "--server",
    default="",
    callback=_read_address,
    metavar="URL",
    help="A server for what files cannot do; default: the setting public_url.",
)
@click.option(
    "--jobs",
    type=click.IntRange(0, 256),
    default=0,
    show_default="the number of processors",
    help="Processes that render pages.",
)
@click.option("--check", is_flag=True, help="Only check the site published to DIR for dead links.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
def publish(
    store: Path,
    quiet: bool,
    as_of: str,
    address: str,
    server: str,
    jobs: int,
    check: bool,
    folder: Path,
) -> None:
    """Write the whole site to DIR as static files: pages as of a day, maps, tables, RDF; then check for dead links.

    The exit code is 1 if a page could not be rendered or a link is dead.
    """
    from comity.server.publishing import Site, check_target, dead_links
    from comity.server.publishing import publish as write
    from comity.server.settings import Settings

    if check:
        faults = dead_links(folder)
    else:
        check_target(folder)
        settings = Settings.read()
        open_or_build(store, quiet)
        site = Site(as_of, address, server or settings.public_url)
        began = time.monotonic()
        with console.stages(quiet) as progress:
            done = write(store, folder, site, settings, jobs, progress)
        faults = done.faults
        if not quiet:
            taken = f"written and checked in {time.monotonic() - began:,.0f} s"
            click.echo(f"{done.files:,} files as of {as_of} are in {folder}, {taken}.", err=True)
    for fault in faults[:_MOST]:
        click.echo(fault, err=True)
    if len(faults) > _MOST:
        click.echo(f"… and {len(faults) - _MOST:,} more.", err=True)
    if faults:
        sys.exit(1)
    if check:
        click.echo("Every link leads to a file.")
