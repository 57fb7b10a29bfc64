"""`shadow calibrate`: find the threshold that labels prove safe, show what it rests on, put it in force."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shadow.cli.options import config_file, maybe_who_and_why
from shadow.errors import ShadowError

if TYPE_CHECKING:
    from fallback.certify.terms import Terms
    from shadow.calibrate.findings import Findings
    from shadow.config.model import Certify, Config
    from shadow.record.store import Store
    from shadow.replay.figures import Loss

_LOSSES = ("divergence", "regret", "wrong")
_FORMATS = ("text", "json", "html", "png")
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("--route", help="A route of the configuration, with the labels of its record.")
@click.option(
    "--from",
    "file",
    type=_FILE,
    help='Labelled exchanges as JSON lines, {"confidence": 0.93, "loss": 0}; needs no store.',
)
@click.option("--loss", type=click.Choice(_LOSSES), help="What a loss is; default: the route's, or wrong.")
@click.option("--at-most", type=float, help="Share of losses allowed; default: the route's, or 0.05.")
@click.option("--probability", type=float, help="How sure the promise is; default: the route's, or 0.95.")
@click.option(
    "--fit",
    type=_FILE,
    help="Fit the route's estimator `combined` to its record, or to the rows of --from, and write the fit here.",
)
@click.option("--cohort", help="Certify each value of a cohort, too, with its part of the doubt.")
@click.option("--apply", is_flag=True, help="Put the route's certificate in force, and keep it up to date.")
@click.option("--format", "form", type=click.Choice(_FORMATS), default="text", show_default=True)
@click.option("-o", "--output", type=_FILE, help="A file; without it, standard output.")
@maybe_who_and_why
@config_file
def calibrate(route: str | None, file: Path | None, **asked: Any) -> None:
    """Certify the threshold from which on the model may be served."""
    fit: Path | None = asked.pop("fit")
    if fit is not None:
        _fit(route, file, fit, asked)
        return
    if (file is None) == (route is None):
        raise ShadowError("give either --route ROUTE or --from FILE")
    if route is not None:
        _of_route(route, asked)
    elif asked["apply"]:
        raise ShadowError("--apply needs --route: a file belongs to no route")
    elif file is not None:
        _of_file(file, asked)


def _fit(route: str | None, rows: Path | None, output: Path, asked: dict[str, Any]) -> None:
    from shadow.cli.fit import write_fit
    from shadow.clock import SystemClock
    from shadow.config.load import load

    if route is None or asked["apply"]:
        raise ShadowError("--fit needs --route, and puts nothing in force by itself")
    config = load(asked["path"], environ=os.environ)
    _check(config, route, asked["cohort"])
    loss: Loss = asked["loss"] or "wrong"
    write_fit(config, route, output, loss=loss, until=SystemClock().now(), rows=rows)


def _of_file(file: Path, asked: dict[str, Any]) -> None:
    from shadow.calibrate.findings import find
    from shadow.calibrate.rows import read_rows

    _write(find(read_rows(file), _terms(asked), cohort=asked["cohort"]), str(file), asked)


def _of_route(name: str, asked: dict[str, Any]) -> None:
    from shadow.clock import SystemClock
    from shadow.config.load import load
    from shadow.record.store import open_store

    config = load(asked["path"], environ=os.environ)
    _check(config, name, asked["cohort"])
    store = open_store(config.store)
    try:
        _in_record(store, config, name, asked, SystemClock().now())
    finally:
        store.close()


def _in_record(store: Store, config: Config, name: str, asked: dict[str, Any], now: int) -> None:
    from shadow.calibrate.learn import put_in_force
    from shadow.calibrate.route import find_in_record, ready
    from shadow.record.certificates import Move

    confidence = config.routes[name].confidence
    terms = _terms(asked, confidence.certify if confidence is not None else None)
    learner = ready(store, config, name, terms, now) if asked["apply"] else None
    _write(
        find_in_record(store, config, name, terms, cohort=asked["cohort"], now=now), f"route {name}", asked
    )
    if learner is not None:
        ident = put_in_force(store, learner, Move(name, now, asked["by"], asked["why"]))
        click.echo("in force already" if ident is None else f"in force: certificate {ident}", err=True)


def _check(config: Config, name: str, cohort: str | None) -> None:
    if name not in config.routes:
        raise ShadowError(f'no route named "{name}"; there is: {", ".join(config.routes) or "none"}')
    route = config.routes[name]
    if route.model is None:
        raise ShadowError(f"routes.{name} has no model: there is nothing to certify")
    if cohort is not None and cohort not in route.cohorts:
        raise ShadowError(f'no cohort named "{cohort}"; there is: {", ".join(route.cohorts) or "none"}')


def _terms(asked: dict[str, Any], certify: Certify | None = None) -> Terms:
    """Give the promise that is asked for; what is not said is as the file has it."""
    from fallback.certify.terms import Loss, Terms

    words: dict[str, Any] = {"loss": "wrong", "at_most": 0.05, "probability": 0.95}
    words |= {} if certify is None else certify.model_dump(include=set(words))
    words |= {name: asked[name] for name in words if asked[name] is not None}
    try:
        return Terms(Loss(words["loss"]), words["at_most"], words["probability"])
    except ValueError as exc:
        raise ShadowError(f"--{str(exc).replace('at_most', 'at-most')}") from exc


def _write(found: Findings, subject: str, asked: dict[str, Any]) -> None:
    from shadow.calibrate.render import render

    output: Path | None = asked["output"]
    if asked["form"] == "png":
        _draw(found, subject, output)
        return
    terminal = output is None and sys.stdout.isatty()
    width = shutil.get_terminal_size((100, 24)).columns
    text = render(found, asked["form"], subject, terminal=terminal, width=width)
    if output is None:
        click.echo(text, nl=False)
        return
    _save(output, text.encode())


def _draw(found: Findings, subject: str, output: Path | None) -> None:
    from shadow.calibrate.picture import png

    if output is None:
        raise ShadowError("--format png needs -o FILE")
    _save(output, png(found, subject))


def _save(output: Path, data: bytes) -> None:
    try:
        output.write_bytes(data)
    except OSError as exc:
        raise ShadowError(f"cannot write {output}: {exc.strerror}") from exc
    click.echo(f"wrote {output}", err=True)
