"""The command ``comity synth``: synthetic tables of facts of any size."""

from pathlib import Path

import click

from comity.server.cli.group import main


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
