"""`shadow rescore`: stored answers against the comparators as they are now."""

from __future__ import annotations

import os
from pathlib import Path  # noqa: TC003 - click reads the annotation's value
from typing import TYPE_CHECKING

import click

from shadow.cli.options import (
    config_file,
    jobs,
    known_route,
    maybe_who_and_why,
    output_file,
    since_of,
    writing,
)

if TYPE_CHECKING:
    from shadow.rescore.progress import Standing


@click.command()
@config_file
@click.option("--route", required=True, help="The route whose stored answers are scored anew.")
@click.option("--since", metavar="DURATION", help="How far back, such as 24h; without it, everything.")
@click.option(
    "--apply", is_flag=True, help="Rewrite scores, verdicts and roll-ups; else only tell what would change."
)
@click.option("--restart", is_flag=True, help="Begin anew, even if an earlier one was stopped midway.")
@click.option("--ask", is_flag=True, help="Ask judges and embeddings what is not kept; it may cost.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@output_file
@jobs
@maybe_who_and_why
def rescore(  # noqa: PLR0913, PLR0917 - each is an option of the command
    path: Path,
    route: str,
    since: str | None,
    apply: bool,
    restart: bool,
    ask: bool,
    form: str,
    output: Path | None,
    jobs: int,
    by: str,
    why: str,
) -> None:
    """Score stored answers by the route's comparators as they are now, and tell what changes.

    One that was stopped goes on where it was, as long as the comparators are the same.
    """
    from shadow.cli.progress import progress
    from shadow.clock import SystemClock
    from shadow.config.load import load
    from shadow.record.store import open_store
    from shadow.rescore.run import Order, Rescoring, plan_of

    config = load(path, environ=os.environ)
    known_route(config, route)
    now = SystemClock().now()
    plan = plan_of(config, route, apply=apply, span=since or "", ask=ask)
    order = Order(plan, since_of(since, now) or 0, by, why, now, jobs, restart, ask)
    with writing(output) as write:
        open_store(config.store, readonly=True).close()  # told, rather than made, when there is none
        store = open_store(config.store)
        try:
            rescoring = Rescoring(store, config, order)
            rescoring.run(path, os.environ, progress)
        finally:
            store.close()
        write([_written(rescoring.standing, form)])


def _written(standing: Standing, form: str) -> str:
    from shadow.rescore.told import to_json, to_text

    return to_json(standing) if form == "json" else to_text(standing)
