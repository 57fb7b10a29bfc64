"""What a configuration would do, in words: the output of `shadow check`. Never a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comparators.divergence import Severity
from fallback.words import Phase
from shadow.config.hashes import asked_hash, config_hash, model_hash
from shadow.record.secrets import is_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shadow.config.asked import Embedding, Judge
    from shadow.config.model import Certify, Compare, Confidence, Config, Legacy, Model, Rollout, Route
    from shadow.config.section import Section


SAFE = frozenset({"GET", "HEAD", "OPTIONS", "QUERY", "TRACE"})
"""Methods that ask for nothing to be changed (RFC 9110, 9.2.1)."""


def describe(config: Config) -> str:
    """Tell what would run: where it listens, each route with its model, and what is worth knowing."""
    return "\n".join(_lines(config))


def _lines(config: Config) -> Iterator[str]:
    listen, admin = config.listen, config.admin
    scheme = "https" if listen.cert else "http"
    yield f"configuration {config_hash(config)} is valid"
    yield ""
    asking = ", clients show a certificate" if listen.client_ca else ""
    yield f"listen  {scheme}://{listen.shown('host')}:{listen.shown('port')}{asking}"
    yield f"admin   http://{admin.shown('host')}:{admin.shown('port')}"
    yield f"legacy  {config.legacy.shown('url')}, timeout {_time(config.legacy, 'timeout')}{_told(config.legacy)}"
    yield f"store   {config.shown('store')}, audit {config.record.shown('audit')}"
    for kind, sections in (("judge", config.judges), ("embed", config.embeddings)):
        yield from (f"{kind:7} {_asked(name, each)}" for name, each in sections.items())
    for name, route in config.routes.items():
        yield ""
        yield f"route {name}: {_match(route)}"
        yield from (f"  {line}" for line in _route(route, config))
    yield from ("", "notes:", *(f"  - {note}" for note in _notes(config)))


def _told(legacy: Legacy) -> str:
    """Say what legacy gets besides the client's own headers; nothing by default."""
    said = ", the Host of its url" if legacy.host == "upstream" else ""
    if legacy.forwarded != "none":
        said += f", told of clients by {legacy.forwarded} ({legacy.client_forwarded} theirs)"
    return said + (f", via {legacy.shown('via')}" if legacy.via is not None else "")


def _match(route: Route) -> str:
    methods = "any method" if not route.match.methods else " ".join(route.match.methods)
    return f"{methods} {route.match.shown('path')}"


def _route(route: Route, config: Config) -> Iterator[str]:
    rollout = route.rollout
    sample, exposure = _share(rollout, "sample"), _share(rollout, "exposure")
    by = rollout.shown("key")
    yield f"phase       {rollout.shown('phase')}, sample {sample}, exposure {exposure} by {by}"
    for target in rollout.targets:
        when = ", ".join(str(source) for source in target.when)
        yield f"target      phase {target.shown('phase')} by {when}"
    if route.model is not None:
        yield f"model       {_model(route.shown('model'), config.models[route.model])}"
    compared = ", ".join(_compared(entry) for entry in route.compare)
    together = f"; all together ≤ {route.panel.tolerance:g}" if route.panel.tolerance < 1 else ""
    yield f"compare     {compared or 'nothing'}{together}"
    yield f"confidence  {_confidence(route)}"
    yield f"patience    {_time(rollout, 'patience')}; when legacy fails: {rollout.shown('on_legacy_failure')}"
    yield f"keeps       {_keeps(route)}"
    if route.noise.legacy or route.noise.model:
        yield f"noise       {_noise(route)}"


def _compared(entry: Compare) -> str:
    severity = "" if entry.severity is Severity.MAJOR else f" ({entry.severity})"
    return f"{entry.shown('label' if entry.label else 'use')} ≤ {entry.tolerance:g}{severity}"


def _model(name: str, model: Model) -> str:
    version = f" version {model.shown('version')}" if model.version else ""
    sent = f", model {model.shown('model')}" if model.model else ""
    where = f" at {model.shown('url')}" if model.url else ""
    adapter, timeout = model.shown("adapter"), _time(model, "timeout")
    return f"{name}{version} ({model_hash(model)}): {adapter}{where}{sent}, timeout {timeout}"


def _asked(name: str, asked: Judge | Embedding) -> str:
    where = f" at {asked.shown('url')}" if asked.url else ""
    budget = f"{asked.budget.shown('per_day')} a day" if asked.budget is not None else "none"
    adapter, timeout = asked.shown("adapter"), _time(asked, "timeout")
    return f"{name} ({asked_hash(asked)}): {adapter}{where}, timeout {timeout}, budget {budget}"


def _confidence(route: Route) -> str:
    if route.confidence is None:
        return "none: no model answer can be served"
    threshold = _threshold(route.confidence, route.promise)
    inline = route.confidence.inline
    checked = "" if inline is None else f", served only within {_share(inline, 'at_most')} of legacy"
    return f"{route.confidence.shown('use')}, threshold {threshold}{checked}"


def _threshold(confidence: Confidence, promise: Certify | None) -> str:
    if promise is not None:
        each = f" for each of {', '.join(promise.values)}" if promise.by is not None else ""
        risk, sure = _share(promise, "at_most"), _share(promise, "probability")
        return f"certified{each}: {promise.loss} at most {risk} with probability {sure}"
    return _share(confidence, "threshold") if confidence.threshold is not None else "none"


def _keeps(route: Route) -> str:
    what = {"masked": "bodies", "hashed": "hashes of bodies", "none": "no bodies"}[route.keep.bodies]
    return f"{what} for {route.keep.shown('days')} days, up to {_size(route.capture.body_limit)} each"


def _noise(route: Route) -> str:
    noise = route.noise
    legacy, model = _share(noise, "legacy"), _share(noise, "model")
    return f"asks again: legacy {legacy}, model {model}, of {' '.join(noise.methods)} requests"


def _unasked(config: Config) -> Iterator[str]:
    for kind, there in (("judge", config.judges), ("embedding", config.embeddings)):
        asked = {entry.options.get(kind) for route in config.routes.values() for entry in route.compare}
        yield from (f"{kind} {name} is used by no route" for name in sorted(set(there) - asked))


def _notes(config: Config) -> Iterator[str]:
    if not config.routes:
        yield "no routes: every request goes to legacy, and nothing is compared"
    for name, route in config.routes.items():
        rollout = route.rollout
        phases = {rollout.phase, *(target.phase for target in rollout.targets)}
        if route.keep.bodies == "masked" and not route.mask and phases != {Phase.OFF}:
            yield f"{name}: bodies are stored unmasked; keep: {{bodies: hashed}} stores their hashes only"
        if route.noise.legacy and (unsafe := [each for each in route.noise.methods if each not in SAFE]):
            yield f"{name}: legacy is asked again by {' '.join(unsafe)}, which must do no harm"
        yield from (
            f"{name}: {each} holds secrets, so it is not recorded nor compared" for each in _secret(route)
        )
        yield from (f"{name}: {each}" for each in _without_effect(rollout))
    yield from _unasked(config)
    for name in sorted(set(config.models) - {route.model for route in config.routes.values()}):
        yield f"model {name} is used by no route"
    if config.record.audit == "relaxed":
        yield "audit relaxed: up to a flush of exchanges is lost if a worker is killed"


def _without_effect(rollout: Rollout) -> Iterator[str]:
    """Tell what a rollout does less of than its keys might seem to say."""
    if rollout.phase is Phase.OFF:
        yield "phase off, so the model is not called"
    if rollout.phase is Phase.CANARY and not rollout.exposure:
        yield "exposure 0, so the model serves nobody"
    if rollout.phase is not Phase.CANARY and rollout.exposure:
        yield "exposure has an effect in phase canary only"
    if rollout.on_legacy_failure == "model" and not rollout.patience:
        yield "patience 0, so the model stands in only if it has answered when legacy fails"


def _secret(route: Route) -> list[str]:
    """Name the headers that a route would compare and that are never recorded."""
    named = (each.options.get("headers") for each in route.compare if each.use == "status")
    return [name for names in named if isinstance(names, list) for name in names if is_secret(str(name))]


def _share(section: Section, name: str) -> str:
    return section.shown(name) if section.from_environment(name) else f"{getattr(section, name):g}"


def _time(section: Section, name: str) -> str:
    return section.shown(name) if section.from_environment(name) else f"{getattr(section, name):g}s"


def _size(size: int) -> str:
    for power, unit in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if size % (1 << power) == 0:
            return f"{size >> power}{unit}"
    return f"{size}B"
