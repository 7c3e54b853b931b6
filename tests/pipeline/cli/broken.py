"""A command with a fault."""

from __future__ import annotations

import click

from pipeline.cli.parts import opened


@click.command()
def broken() -> None:
    with opened():
        print(1 / 0)
