"""The command ``comity synth``, made-up worlds of any size, and builds inside an engine."""

from pathlib import Path

import click

from comity.server.cli import printing
from comity.server.cli.command import main


@main.command()
@click.option("--acts", type=click.IntRange(1), required=True, help="How many acts the world holds.")
@click.option("--seed", type=int, default=0, show_default=True, help="Equal seeds give equal worlds.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder for the tables; empty or new.",
)
def synth(acts: int, seed: int, out: Path) -> None:
    """Make up a world of acts and write it as tables, which `comity build --facts` builds."""
    from comity.bulk.synthesis import synthesise

    synthesise(acts, seed, out)


def build_in_engine(address: str, facts: Path | None, quiet: bool, force: bool) -> None:
    """Build the store inside a SPARQL engine; a build that broke off goes on."""
    from comity.build import content_hash, facts_folder
    from comity.remote.build import build_remote

    folder = facts or facts_folder()
    with printing.stages(quiet) as progress:
        report = build_remote(address, folder, content_hash(folder), progress, force)
    if not quiet:
        counts = report.meta["counts"]
        done = "Unchanged" if report.unchanged else "Built"
        click.echo(f"{done}: {counts['acts']} acts, {counts['inferred']} inferred triples.")
