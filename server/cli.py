"""The command ``comity``."""

import click


@click.group()
def main() -> None:
    """Who recognises whom, since when, and who says so."""
