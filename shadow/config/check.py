"""What must fit together across a configuration, beyond the shape of each value."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from comparators.divergence import Severity
from fallback.words import Phase
from shadow.config.build import Makers, installed, unbuildable
from shadow.config.later import not_yet
from shadow.config.models import Price
from shadow.config.problems import Path, Problem, one_of, suggestion
from shadow.config.tls import tls_problems

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from shadow.config.asked import AnyAsked
    from shadow.config.model import Compare, Config, Match, Route

_SERVING = (Phase.CANARY, Phase.LIVE)


def problems(config: Config, makers: Makers | None = None) -> list[Problem]:
    """Give all that keeps a well-shaped configuration from running: plugins that cannot be built, too."""
    return [*_fitting(config), *unbuildable(config, makers or installed())]


def _fitting(config: Config) -> Iterator[Problem]:
    yield from not_yet(config)
    yield from tls_problems(config)
    for name, route in config.routes.items():
        yield from _route(("routes", name), route, config)
        yield from _asked(("routes", name, "compare"), route, config)
    yield from _budgets(config)
    yield from _unreachable(config)


def _route(path: Path, route: Route, config: Config) -> Iterator[Problem]:
    if route.model is not None and route.model not in config.models:
        near = suggestion(route.model, config.models)
        there = f"there is: {one_of(config.models)}{near}"
        yield Problem((*path, "model"), f'no model named "{route.model}"; {there}')
    for where, entries in _panels(path, route):
        if entries and all(entry.severity is Severity.INFO for entry in entries):
            yield Problem(where, "every comparator is of severity info: there would never be a verdict")
    if route.model is None and (route.noise.legacy or route.noise.model):
        yield Problem((*path, "noise"), "needs a model: what legacy's noise hides is the model's difference")
    for where, phase in _phases(path, route):
        if phase is not Phase.OFF and route.model is None:
            yield Problem((*path, "model"), f"is missing: phase {phase} needs a model")
        if phase in _SERVING and (route.confidence is None or route.confidence.threshold is None):
            need = "needs a confidence with use and threshold: without them no model answer may be served"
            yield Problem(where, f"{phase} {need}")
    yield from _certifying(path, route)


def _certifying(path: Path, route: Route) -> Iterator[Problem]:
    """Find what keeps a certified threshold from ever being found."""
    certify = route.confidence.certify if route.confidence is not None else None
    where = (*path, "confidence", "certify")
    if certify is not None and (certify.by is None) != (not certify.values):
        yield Problem(
            (*where, "by"), "by and values belong together: a cohort, and those of its values to certify"
        )
    if certify is not None and certify.by is not None and certify.by not in route.cohorts:
        near = f"there is: {one_of(route.cohorts)}{suggestion(certify.by, route.cohorts)}"
        yield Problem((*where, "by"), f'no cohort named "{certify.by}"; {near}')
    inline = route.confidence.inline if route.confidence is not None else None
    if route.promise is not None and inline is not None and inline.compare:
        need = "a certified threshold needs the route's own panel here: what another one stops, the record cannot tell"
        yield Problem((*path, "confidence", "inline", "compare"), need)
    if route.promise is not None and route.keep.bodies == "none":
        need = "certified thresholds need to tell retries apart: keep bodies masked or hashed"
        yield Problem((*path, "keep", "bodies"), need)


def _panels(path: Path, route: Route) -> Iterator[tuple[Path, tuple[Compare, ...]]]:
    yield (*path, "compare"), route.compare
    if route.confidence is not None and route.confidence.inline is not None:
        yield (*path, "confidence", "inline", "compare"), route.confidence.inline.compare


def _asked(path: Path, route: Route, config: Config) -> Iterator[Problem]:
    """Find comparators that ask somebody who is not there, and panels that could never come to a verdict."""
    if route.compare and all(compare.use == "judge" for compare in route.compare):
        yield Problem(path, "has judges only, and no verdict follows from a judge: add a comparator")
    there: dict[str, Mapping[str, object]] = {"judge": config.judges, "embedding": config.embeddings}
    inline = route.confidence.inline.compare if route.confidence and route.confidence.inline else ()
    for index, compare in enumerate(inline):
        if compare.use in there:
            where = (*path[:-1], "confidence", "inline", "compare", index, "use")
            yield Problem(where, f"a client waits here: no {compare.use} can be asked")
    for index, compare in enumerate(route.compare):
        named = compare.options.get(compare.use)
        if compare.use in there and isinstance(named, str) and named not in there[compare.use]:
            near = suggestion(named, there[compare.use])
            told = f'no {compare.use} named "{named}"; there is: {one_of(there[compare.use]) or "none"}{near}'
            yield Problem((*path, index, compare.use), told)


def _budgets(config: Config) -> Iterator[Problem]:
    named: Mapping[str, Mapping[str, AnyAsked]] = {"judges": config.judges, "embeddings": config.embeddings}
    for kind, sections in named.items():
        for name, asked in sections.items():
            if asked.budget is not None and asked.price == Price():
                yield Problem((kind, name, "budget"), "needs a price: without one nothing is ever spent")


def _phases(path: Path, route: Route) -> Iterator[tuple[Path, Phase]]:
    yield (*path, "rollout", "phase"), route.rollout.phase
    for index, target in enumerate(route.rollout.targets):
        yield (*path, "rollout", "targets", index, "phase"), target.phase


def _unreachable(config: Config) -> Iterator[Problem]:
    """Find routes that can never match, since an earlier one of the same path takes all their methods."""
    earlier: dict[str, list[tuple[str, Match]]] = defaultdict(list)
    for name, route in config.routes.items():
        same = earlier[re.sub(r"\{\w+\}", "{}", route.match.path)]
        for other, match in same:
            if not match.methods or (route.match.methods and set(route.match.methods) <= set(match.methods)):
                yield Problem(
                    ("routes", name, "match"), f'never matches: route "{other}" takes the same requests'
                )
                break
        same.append((name, route.match))
