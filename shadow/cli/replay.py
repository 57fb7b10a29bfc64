"""`shadow replay`: recorded requests, sent to another model, prompt or version, and a diff of the diffs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shadow.cli.options import config_file
from shadow.errors import ShadowError

if TYPE_CHECKING:
    from shadow.config.model import Config
    from shadow.replay.ledger import Replay
    from shadow.replay.run import Ending

_SAYS = {
    "limit": "stopped at --limit; run it again to go on",
    "over_budget": "stopped at --budget; run it again with a higher one to go on",
    "breaker_open": "stopped: the model keeps failing; run it again to go on",
    "stopped": "stopped; run it again to go on",
}


@click.command()
@config_file
@click.option("--route", required=True, help="The route whose recorded requests are sent.")
@click.option("--model", required=True, help="The model of the configuration that they are sent to.")
@click.option("--since", metavar="DURATION", help="How far back, such as 24h; without it, everything.")
@click.option("--limit", type=click.IntRange(1), help="Requests sent in this run, at most.")
@click.option("--budget", type=click.FloatRange(0, min_open=True), help="What the whole replay may cost.")
@click.option(
    "--at-once",
    type=click.IntRange(1, 256),
    default=4,
    show_default=True,
    help="Requests under way at once, within the model's max_in_flight.",
)
@click.option("--new", "anew", is_flag=True, help="Begin anew, instead of going on where the last run ended.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--export",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a row of confidence and loss for each answer, as `shadow calibrate --from` reads them.",
)
@click.option(
    "--loss",
    type=click.Choice(["divergence", "wrong", "regret"]),
    default="divergence",
    show_default=True,
    help="The loss of the certificate and of --export; wrong and regret need reviews.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A file for the report."
)
def replay(path: Path, **options: Any) -> None:
    """Send recorded requests to another model and compare both against legacy; live figures do not change."""
    from shadow.clock import SystemClock
    from shadow.config.load import load
    from shadow.lifecycle import runner
    from shadow.logs import set_up

    set_up()
    config = load(path, environ=os.environ)
    _check(config, options)
    now = SystemClock().now()
    with runner() as each:
        ending, begun, since = each.run(_run(config, options, now))
    if ending in _SAYS:
        click.echo(_SAYS[ending], err=True)
    _tell(config, begun, since, options)
    if ending == "breaker_open":
        raise click.exceptions.Exit(1)


def _check(config: Config, options: dict[str, Any]) -> None:
    route, model = options["route"], options["model"]
    if route not in config.routes:
        raise ShadowError(f'no route named "{route}"; there is: {", ".join(config.routes) or "none"}')
    if model not in config.models:
        raise ShadowError(f'no model named "{model}"; there is: {", ".join(config.models) or "none"}')
    price = config.models[model].price
    if options["budget"] is not None and not any(price.model_dump().values()):
        raise ShadowError(f"--budget: models.{model}.price says nothing, so nobody knows what a call costs")


async def _run(config: Config, options: dict[str, Any], now: int) -> tuple[Ending, Replay, int | None]:
    from shadow.cli.progress import progress
    from shadow.lifecycle import told_to_stop
    from shadow.record.store import open_store
    from shadow.replay.build import measure_of, model_of
    from shadow.replay.ledger import open_replay
    from shadow.replay.recorded import Selection, count
    from shadow.replay.run import Bounds, Run

    route, model, since = options["route"], options["model"], _since(options["since"], now)
    keys = config.models[model]
    at_once = min(options["at_once"], keys.max_in_flight)
    measure = measure_of(config, config.routes[route], model)
    store = open_store(config.store)
    try:
        begun = open_replay(store, config, route, model, now=now, anew=options["anew"])
        pending, _ = count(store.db.conn, Selection(route, since, begun.id))
    finally:
        store.close()
    bounds = Bounds(at_once, options["limit"], options["budget"])
    told = told_to_stop()
    total = pending if options["limit"] is None else min(pending, options["limit"])
    async with model_of(model, keys, measure, at_once) as asked:
        run = Run(lambda: open_store(config.store), begun, asked, measure, since=since, bounds=bounds)
        with progress(f"replaying {route} to {model}", total) as advance:
            ending = await run.run(told, lambda each: advance(1, failed=each.failure is not None))
    return ending, begun, since


def _since(text: str | None, now: int) -> int | None:
    from shadow.config.units import seconds

    try:
        return None if text is None else now - round(seconds(text) * 1e6)
    except ValueError as exc:
        raise ShadowError(f"--since: {exc}") from exc


def _tell(config: Config, begun: Replay, since: int | None, options: dict[str, Any]) -> None:
    import json

    import msgspec

    from fallback.confidence.combined import fitted_until
    from shadow.proxy.build import estimator_of
    from shadow.record.store import open_store
    from shadow.replay.certify import certified, terms_of
    from shadow.replay.figures import labelled, told
    from shadow.replay.ledger import rows
    from shadow.replay.recorded import Selection, count
    from shadow.replay.text import text

    store = open_store(config.store, readonly=True)
    try:
        pending, not_kept = count(store.db.conn, Selection(begun.route, since, begun.id))
        found = told(begun, rows(store, begun.id, since), pending=pending, not_kept=not_kept)
        route = config.routes[begun.route]
        fitted = fitted_until(estimator_of(route.confidence))
        labels = [*labelled(rows(store, begun.id, since), options["loss"], since=fitted)]
    finally:
        store.close()
    found["certificate"] = certified(labels, terms_of(route, options["loss"]))
    if options["export"] is not None:
        _write(options["export"], "".join(f"{json.dumps(row)}\n" for row in labels))
    report = (
        text(found)
        if options["form"] == "text"
        else msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n"
    )
    if options["output"] is None:
        click.echo(report, nl=False)
    else:
        _write(options["output"], report)


def _write(file: Path, content: str) -> None:
    try:
        file.write_text(content, encoding="utf-8")
    except OSError as exc:
        raise ShadowError(f"cannot write {file}: {exc.strerror}") from exc
    click.echo(f"wrote {file}", err=True)
