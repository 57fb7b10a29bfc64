"""Tries to build every plugin that a configuration names, so that what cannot be built stops the start."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from fallback.confidence.case import needs_of
from shadow.config.asked import Embedding, Judge
from shadow.config.models import CHATS, Model
from shadow.config.problems import Path, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from shadow.config.asked import AnyAsked
    from shadow.config.model import Confidence, Config, Route
    from shadow.config.section import Section

_KEY = re.compile(r"(\w+)(?:\.[^\s.,:\[\]]+|\[\d+\])*(?=[:,] )")
_STEP = re.compile(r"\[\d+\]|[^.\[\]]+")


_SECTIONS: dict[str, type[Section]] = {"models": Model, "judges": Judge, "embeddings": Embedding}


@dataclass(frozen=True, slots=True)
class Makers:
    """How each kind of plugin is built; each raises when it cannot be."""

    comparator: Callable[[Mapping[str, Any]], object]
    estimator: Callable[[Confidence], object]
    adapter: Callable[[str, Model], object]
    asked: Callable[[str, AnyAsked], object]


def installed() -> Makers:
    """Give the makers of this installation: the built-in plugins, and any `package.module:Name`."""
    from comparators.catalog import build_entry
    from fallback.confidence.catalog import build as build_estimator
    from shadow.adapters.catalog import build as build_adapter
    from shadow.asking.build import build_asked
    from shadow.asking.entries import ASKED, asked_entry
    from shadow.plugins import load

    return Makers(
        comparator=lambda spec: asked_entry(spec) if spec["use"] in ASKED else build_entry(spec, load=load),
        estimator=lambda confidence: build_estimator(confidence.use, confidence.options, load=load),
        adapter=lambda name, model: build_adapter(name, model, connect=None),
        asked=lambda name, asked: build_asked(name, asked, connect=None),
    )


def unbuildable(config: Config, makers: Makers) -> Iterator[Problem]:
    """Give a problem for each thing that keeps a plugin from being built."""
    for path, build in _plugins(config, makers):
        yield from _tried(path, build)


def _plugins(config: Config, makers: Makers) -> Iterator[tuple[Path, Callable[[], object]]]:
    for name, model in config.models.items():
        yield ("models", name), partial(makers.adapter, name, model)
    named: Mapping[str, Mapping[str, AnyAsked]] = {"judges": config.judges, "embeddings": config.embeddings}
    for kind, sections in named.items():
        for name, asked in sections.items():
            yield (kind, name), partial(makers.asked, name, asked)
    for name, route in config.routes.items():
        confidence, where = route.confidence, ("routes", name, "confidence")
        inline = confidence.inline.compare if confidence is not None and confidence.inline is not None else ()
        for place, entries in ((("routes", name), route.compare), ((*where, "inline"), inline)):
            for index, entry in enumerate(entries):
                yield (*place, "compare", index), partial(makers.comparator, entry.spec())
        if confidence is not None:
            yield where, partial(_estimator, makers, config, route)


def _estimator(makers: Makers, config: Config, route: Route) -> None:
    """Build a route's estimator; ValueError also when its model cannot be asked as the estimator needs."""
    assert route.confidence is not None
    sampling = needs_of(makers.estimator(route.confidence)).samples
    model = config.models.get(route.model or "")
    if sampling is not None and model is not None and model.adapter not in CHATS:
        raise ValueError(
            f"{route.confidence.use}: asks the model again at a temperature of {sampling.temperature:g}, which is "
            f"set for the adapters {' and '.join(CHATS)} alone; {route.model} has {model.adapter}"
        )


def _tried(path: Path, build: Callable[[], object]) -> Iterator[Problem]:
    try:
        build()
    except Exception as exc:  # noqa: BLE001 - a plugin's constructor may fail in any way
        told = getattr(exc, "problems", None) or [str(exc) or type(exc).__name__]
        yield from (_located(path, str(text)) for text in told)


def _located(path: Path, text: str) -> Problem:
    """Place a builder's sentence about a model at the key below the model that it begins with, if it does."""
    begin, section = _KEY.match(text), _SECTIONS.get(str(path[0]))
    if section is None or begin is None or begin[1] not in section.model_fields:
        return Problem(path, text)
    steps = (int(step[1:-1]) if step[0] == "[" else step for step in _STEP.findall(begin[0]))
    return Problem((*path, *steps), text[begin.end() :].removeprefix(":").lstrip(" ,"))
