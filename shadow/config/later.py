"""What the configuration already describes but this release cannot do: refused in words, never ignored."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from shadow.config.problems import Path, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shadow.config.model import Config, Route


def not_yet(config: Config) -> Iterator[Problem]:
    """Give a problem for every setting that needs a later release."""
    if not config.store.startswith("sqlite:"):
        yield _later(("store",), "PostgreSQL comes", "use sqlite:///PATH for now")
    if config.admin.tokens is not None:
        yield _later(("admin", "tokens"), "tokens come", "leave them out and keep admin on loopback for now")
    if not _loopback(config.admin.host):
        yield _later(
            ("admin", "host"),
            "an admin API beyond loopback needs tokens, which come",
            "use 127.0.0.1 for now",
        )
    for name, model in config.models.items():
        if model.budget is not None:
            yield _later(("models", name, "budget"), "budgets come", "leave it out for now")
    for name, route in config.routes.items():
        yield from _of_route(("routes", name), route)


def _of_route(path: Path, route: Route) -> Iterator[Problem]:
    if route.guards:
        yield _later((*path, "guards"), "guards come", "leave them out for now")
    if route.rollout.advance == "auto":
        yield _later((*path, "rollout", "advance"), "automatic promotion comes", "use manual for now")
    if route.mask:
        hint = "leave it out and say keep: {bodies: hashed} or {bodies: none} if bodies must not be stored"
        yield _later((*path, "mask"), "masking comes", hint)


def _later(path: Path, what: str, hint: str) -> Problem:
    return Problem(path, f"{what} with a later release; {hint}")


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
