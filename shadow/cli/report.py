"""`shadow report`: what the record says, in the format of your choice."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

import click

from shadow.cli.options import config_file, known_route, output_file, since_of
from shadow.errors import ShadowError
from shadow.report import FORMATS

if TYPE_CHECKING:
    from pathlib import Path

    from shadow.config.model import Config


@click.command()
@config_file
@click.option("--route", help="One route only.")
@click.option("--since", metavar="DURATION", help="How far back, such as 24h; without it, everything.")
@click.option("--by", metavar="COHORT", help="Break down by a cohort of the configuration.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@output_file
def report(
    path: Path, route: str | None, since: str | None, by: str | None, form: str, output: Path | None
) -> None:
    """Report traffic, reasons, latency, divergence and agreement, per route."""
    from shadow.clock import SystemClock
    from shadow.config.load import load
    from shadow.record.store import open_store
    from shadow.report import render
    from shadow.report.gather import gather
    from shadow.scorer.lenses import panels_told

    config = load(path, environ=os.environ)
    _check(config, route, by)
    now = SystemClock().now()
    start = since_of(since, now)
    store = open_store(config.store, readonly=True)
    try:
        found = gather(store.db, route=route, since=start, by=by, panels=panels_told(config, route), now=now)
    finally:
        store.close()
    terminal = output is None and sys.stdout.isatty()
    text = render(found, form, terminal=terminal, width=shutil.get_terminal_size((100, 24)).columns)
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as exc:
        raise ShadowError(f"cannot write {output}: {exc.strerror}") from exc
    click.echo(f"wrote {output}", err=True)


def _check(config: Config, route: str | None, by: str | None) -> None:
    if route is not None:
        known_route(config, route)
    cohorts = sorted({name for each in config.routes.values() for name in each.cohorts})
    if by is not None and by not in cohorts:
        raise ShadowError(f'no cohort named "{by}"; there is: {", ".join(cohorts) or "none"}')
