"""Builds, from a configuration, how each route's answers are looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comparators.catalog import build_panel
from comparators.divergence import Severity
from shadow.adapters.catalog import reader
from shadow.config.hashes import panel_hash
from shadow.config.model import Price
from shadow.errors import ShadowError
from shadow.plugins import load
from shadow.proxy.build import estimator_of
from shadow.scorer.compare import Lens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from comparators.answer import Answer
    from comparators.panel import Panel
    from shadow.config.model import Config, Route


def panel_of(route: Route) -> Panel:
    """Build a route's panel."""
    specs = [compare.spec() for compare in route.compare]
    return build_panel(specs, tolerance=route.panel.tolerance, load=load)


def reader_of(config: Config, route: str) -> Callable[[Answer], Answer]:
    """Build what reads the raw replies of a route's model; ShadowError when the route has none."""
    model = config.routes[route].model
    if model is None:
        raise ShadowError(f"routes.{route} has no model to read replies as")
    return reader(model, config.models[model])


def lenses_of(config: Config) -> dict[str, Lens]:
    """Build the lens of every route that has a model."""
    lenses = {}
    for name, route in config.routes.items():
        if route.model is None:
            continue
        model = config.models[route.model]
        lenses[name] = Lens(
            panel=panel_of(route),
            read=reader_of(config, name),
            estimator=estimator_of(route.confidence),
            price=model.price if model.price != Price() else None,
            panel_hash=panel_hash(route),
        )
    return lenses


def panels_told(config: Config, route: str | None = None) -> dict[str, tuple[str, ...]]:
    """Say, for each route with a model (or for one), what counts as diverged: a line for each comparator."""
    return {
        name: tuple(_told(panel_of(each)))
        for name, each in config.routes.items()
        if each.model is not None and route in (None, name)
    }


def _told(panel: Panel) -> Iterator[str]:
    for entry in panel.entries:
        above = (
            f"{entry.label}: above {entry.tolerance:g}"
            if entry.tolerance
            else f"{entry.label}: any difference"
        )
        yield above if entry.severity is Severity.MAJOR else f"{above} ({entry.severity}: not by itself)"
    if panel.tolerance < 1:
        yield f"all together: above {panel.tolerance:g}"
