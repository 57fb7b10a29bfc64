"""`shadow check` and `shadow schema`."""

from __future__ import annotations

import os
from pathlib import Path  # noqa: TC003 - click reads the annotation's value

import click

from shadow.cli.options import config_file


@click.command()
@config_file
def check(path: Path) -> None:
    """Validate the configuration and print what would run."""
    from shadow.config.describe import describe
    from shadow.config.load import load

    click.echo(describe(load(path, environ=os.environ)))


@click.command()
def schema() -> None:
    """Print the configuration's JSON Schema, for editors."""
    import json

    from shadow.config.schema import json_schema

    click.echo(json.dumps(json_schema(), indent=2))
