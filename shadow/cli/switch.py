"""`shadow switch show|set`, `shadow kill`, `shadow revive`: the rollout's run-time settings."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path  # noqa: TC003 - click reads the annotation's value
from typing import TYPE_CHECKING, Any

import click

from shadow.cli.options import config_file, maybe_who_and_why, who_and_why
from shadow.errors import ShadowError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shadow.config.model import Config
    from shadow.record.store import Store


def _open(path: Path, *, readonly: bool = False) -> tuple[Config, Store]:
    from shadow.config.load import load
    from shadow.record.store import open_store

    config = load(path, environ=os.environ)
    return config, open_store(config.store, readonly=readonly)


def _known(routes: Iterable[str], route: str) -> str:
    if route not in routes:
        raise ShadowError(f'no route named "{route}"; there is: {", ".join(routes) or "none"}')
    return route


@click.group()
def switch() -> None:
    """Show or set what is in force above the configuration file."""


@switch.command()
@click.argument("route", required=False)
@config_file
def show(route: str | None, path: Path) -> None:
    """Print the settings in force of every route, or of one."""
    from shadow.admin.status import switches
    from shadow.clock import SystemClock

    config, store = _open(path, readonly=True)
    try:
        found = switches(store, config, SystemClock().now())
    finally:
        store.close()
    for name in [_known(config.routes, route)] if route is not None else found:
        click.echo(f"{name}: {_settings(found[name])}")
        for each in found[name]["overrides"]:
            click.echo(
                f"  {each['key']}={each['value']} by {each['by']}{_until(each['until'])}: {each['why']}"
            )


def _settings(switch: dict[str, Any]) -> str:
    killed = "killed, " if switch["killed"] else ""
    shown = [f"{key}={switch[key]}" for key in ("phase", "sample", "exposure", "threshold")]
    return f"{killed}{' '.join(shown)} patience={switch['patience'] * 1000:g}ms{_backed(switch)}"


def _backed(switch: dict[str, Any]) -> str:
    """Say what a certified threshold rests on."""
    if "certified" not in switch:
        return ""
    if switch["certificate"] is None:
        return ", no certificate in force: legacy answers"
    by_value = ", ".join(f"{value} from {least}" for value, least in switch["slices"].items())
    return f", certificate {switch['certificate']}{f' ({by_value})' if by_value else ''}"


def _until(until: int | None) -> str:
    if until is None:
        return ""
    return f" until {datetime.fromtimestamp(until / 1e6, UTC):%Y-%m-%d %H:%M:%S} UTC"


@switch.command("set")
@click.argument("route")
@click.argument("settings", nargs=-1, required=True, metavar="KEY=VALUE…")
@click.option(
    "--for",
    "lasting",
    metavar="DURATION",
    help="How long it holds, such as 2h; without it, until it is set anew.",
)
@who_and_why
@config_file
def set_(route: str, settings: tuple[str, ...], lasting: str | None, by: str, why: str, path: Path) -> None:
    """Set phase, sample, exposure, threshold or patience of a route, in force within 250 ms on every worker."""
    from shadow.admin.status import switches
    from shadow.clock import SystemClock
    from shadow.record.switches import Override, set_overrides

    now = SystemClock().now()
    values, span = _read(settings, lasting)
    until = now + round(span * 1e6) if span is not None else None
    config, store = _open(path)
    try:
        threshold = switches(store, config, now)[_known(config.routes, route)]["threshold"]
        _servable(config, route, {"threshold": threshold, **values})
        set_overrides(
            store, [Override(route, key, value, by, why, now, until) for key, value in values.items()]
        )
    finally:
        store.close()
    click.echo(f"{route}: {' '.join(f'{key}={value}' for key, value in values.items())}{_until(until)}")


def _read(settings: tuple[str, ...], lasting: str | None) -> tuple[dict[str, Any], float | None]:
    """Read the settings and how long they hold, in seconds; ShadowError tells all problems at once."""
    from fallback.switch import parse_settings
    from shadow.config.units import seconds

    values: dict[str, Any] = {}
    span, problems = None, []
    try:
        values = parse_settings(settings)
    except ValueError as exc:
        problems.append(str(exc))
    try:
        span = seconds(lasting) if lasting is not None else None
    except ValueError as exc:
        problems.append(f"--for: {exc}")
    if problems:
        raise ShadowError("; ".join(problems))
    return values, span


def _servable(config: Config, route: str, values: dict[str, Any]) -> None:
    """Refuse a phase that the route is not configured for."""
    configured, phase, threshold = config.routes[route], values.get("phase"), values["threshold"]
    if phase in ("shadow", "canary", "live") and configured.model is None:
        raise ShadowError(f"routes.{route} has no model: its phase can only be off")
    served = threshold is not None or configured.promise is not None
    if phase in ("canary", "live") and (configured.confidence is None or not served):
        raise ShadowError(
            f"routes.{route} has no confidence and threshold: its phase can only be off or shadow"
        )


@click.command()
@click.argument("route", required=False)
@maybe_who_and_why
@config_file
def kill(route: str | None, by: str, why: str, path: Path) -> None:
    """Stop calling and serving the model, on one route or everywhere; it holds until revived.

    A configuration that cannot be used does not stand in the way, as long as its store can be found.
    """
    from shadow.cli.rescue import store_and_routes
    from shadow.clock import SystemClock
    from shadow.record import switches
    from shadow.record.store import open_store

    url, routes, trouble = store_and_routes(path, os.environ)
    if trouble:
        click.echo(f"warning: {trouble}", err=True)
    name = "*" if route is None else _known(routes, route)
    store = open_store(url)
    try:
        switches.kill(store, name, by=by, why=why, at=SystemClock().now())
    finally:
        store.close()
    click.echo(f"killed: {route or 'every route'}")


@click.command()
@click.argument("route", required=False)
@maybe_who_and_why
@config_file
def revive(route: str | None, by: str, why: str, path: Path) -> None:
    """Take a kill back."""
    from shadow.clock import SystemClock
    from shadow.record import switches

    config, store = _open(path)
    try:
        name = "*" if route is None else _known(config.routes, route)
        lifted = switches.revive(store, name, by=by, why=why, at=SystemClock().now())
    finally:
        store.close()
    if not lifted:
        raise ShadowError(
            f"{route or 'every route'}: nothing was killed under that name; see `shadow switch show`"
        )
    click.echo(f"revived: {route or 'every route'}")
