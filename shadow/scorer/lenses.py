"""Builds, from a configuration, how each route's answers are looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comparators.catalog import build_entry
from comparators.divergence import Severity
from comparators.panel import Panel
from shadow.adapters.catalog import reader
from shadow.asking.entries import ASKED, AskedComparator, asked_entry
from shadow.config.hashes import panel_hash
from shadow.config.model import Price
from shadow.errors import ShadowError
from shadow.plugins import load
from shadow.proxy.build import estimator_of
from shadow.scorer.compare import Lens, is_advice, like

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from comparators.answer import Answer
    from comparators.panel import Entry
    from shadow.config.model import Config, Route


def whole_panel_of(route: Route) -> Panel:
    """Build a route's panel with a place for everybody who is asked."""
    specs = [compare.spec() for compare in route.compare]
    entries = [asked_entry(spec) if spec["use"] in ASKED else build_entry(spec, load=load) for spec in specs]
    return Panel(entries, tolerance=route.panel.tolerance)


def panel_of(route: Route) -> Panel:
    """Build the part of a route's panel that needs nobody's word: what can be compared anywhere."""
    whole = whole_panel_of(route)
    return like(whole, (entry for entry in whole.entries if not _is_asked(entry)))


def asked_labels(whole: Panel) -> tuple[str, ...]:
    """Name the entries of a panel that have to ask somebody."""
    return tuple(entry.label for entry in whole.entries if _is_asked(entry))


def _is_asked(entry: Entry) -> bool:
    return isinstance(entry.comparator, AskedComparator)


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
            panel_hash=panel_hash(config, name),
            asked=tuple(filter(_is_asked, whole_panel_of(route).entries)),
        )
    return lenses


def files_lens_of(config: Config, route: str, *, raw: bool) -> Lens:
    """Build how answers in files are looked at; `raw` tells that the model's are its own replies."""
    whole = whole_panel_of(config.routes[route])
    read = reader_of(config, route) if raw else _as_it_is
    return Lens(panel_of(config.routes[route]), read, asked=tuple(filter(_is_asked, whole.entries)))


def _as_it_is(answer: Answer) -> Answer:
    return answer


def rescoring_lenses(config: Config, route: str) -> dict[str, Lens]:
    """Build how a route's stored answers are looked at, by their model: without confidence and price."""
    panel = panel_of(config.routes[route])
    asked = tuple(filter(_is_asked, whole_panel_of(config.routes[route]).entries))
    return {name: Lens(panel, reader(name, model), asked=asked) for name, model in config.models.items()}


def panels_told(config: Config, route: str | None = None) -> dict[str, tuple[str, ...]]:
    """Say, for each route with a model (or for one), what counts as diverged: a line for each comparator."""
    return {
        name: tuple(_told(whole_panel_of(each)))
        for name, each in config.routes.items()
        if each.model is not None and route in (None, name)
    }


def _told(whole: Panel) -> Iterator[str]:
    for entry in whole.entries:
        above = (
            f"{entry.label}: above {entry.tolerance:g}"
            if entry.tolerance
            else f"{entry.label}: any difference"
        )
        if is_advice(entry):
            yield f"{above} (a judge: no part of the verdict)"
        else:
            yield above if entry.severity is Severity.MAJOR else f"{above} ({entry.severity}: not by itself)"
    if whole.tolerance < 1:
        yield f"all together: above {whole.tolerance:g}"
