"""Short, stable fingerprints of what an exchange was decided by. Secrets are no part of them."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from shadow.config.urls import without_userinfo

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shadow.config.asked import Asked
    from shadow.config.model import Confidence, Config, Model, Route

LENGTH = 16
"""Hexadecimal digits kept: 64 bits."""


def config_hash(config: Config) -> str:
    """Give the fingerprint of the legacy side, the models and the routes.

    Where the router listens and stores is left out: it changes no answer. So are secrets, set headers'
    values and the userinfo of URLs, so that a rotated key is no new configuration.
    """
    return _fingerprint(
        {
            "legacy": config.legacy.model_dump(),
            "models": {name: model.model_dump() for name, model in config.models.items()},
            "routes": [[name, route.model_dump()] for name, route in config.routes.items()],
        }
    )


def model_hash(model: Model) -> str:
    """Give the fingerprint of everything below a model, prompt and schema included, secrets excluded."""
    return _fingerprint(model.model_dump())


def panel_hash(config: Config, name: str) -> str:
    """Give the fingerprint of how a route's answers are compared, and of the release of legacy that gives them."""
    return _fingerprint([config.legacy.version, [entry.spec() for entry in config.routes[name].compare]])


def basis_hash(config: Config, name: str) -> str:
    """Give the fingerprint of all that a route's labels are made with: a change makes its certificates void.

    The model with its prompt and version, the panel, the estimator, and the release of the legacy system.
    """
    route = config.routes[name]
    confidence = route.confidence
    return _fingerprint(
        {
            "model": route.model and model_hash(config.models[route.model]),
            "compare": [entry.spec() for entry in route.compare if entry.use != "judge"],
            "asked": embedding_hashes(config, route),
            "panel": route.panel.model_dump(),
            "confidence": confidence and [confidence.use, confidence.options],
            "inline": confidence and confidence.inline and confidence.inline.at_most,
            "legacy": config.legacy.version,
            **({"unexposed": "weighed"} if confidence is not None and _asks_again(confidence) else {}),
        }
    )


def _asks_again(confidence: Confidence) -> bool:
    """Tell whether a confidence takes further answers: of unexposed requests there were none in earlier releases."""
    found: list[Any] = [{"use": confidence.use}, confidence.options]
    while found:
        each = found.pop()
        if isinstance(each, dict):
            if each.get("use") == "samples":
                return True
            found += each.values()
    return False


def terms_hash(route: Route) -> str:
    """Give the fingerprint of what a route's certificates promise; empty where its threshold is not certified."""
    promise = route.promise
    return "" if promise is None else _fingerprint(promise.model_dump())


def standing(config: Config, name: str) -> str:
    """Give what a certificate of a route has to stand on to be in force."""
    return f"{basis_hash(config, name)}/{terms_hash(config.routes[name])}"


_SAYING = ("adapter", "url", "model", "version", "options", "rubric", "ask", "folder")


def asked_hash(asked: Asked) -> str:
    """Give the fingerprint of what the answers of a judge or an embedding depend on: no limits, no prices."""
    return _fingerprint({key: value for key, value in asked.model_dump().items() if key in _SAYING})


def embedding_hashes(config: Config, route: Route) -> list[str]:
    """Give the fingerprints of the embeddings that a route's comparators ask."""
    named = (entry.options["embedding"] for entry in route.compare if entry.use == "embedding")
    return [asked_hash(config.embeddings[name]) for name in named]


def judge_hashes(config: Config, route: Route) -> list[str]:
    """Give the fingerprints of the judges that a route's comparators ask."""
    named = (entry.options["judge"] for entry in route.compare if entry.use == "judge")
    return [asked_hash(config.judges[name]) for name in named]


def comparing_hash(route: Route, asked: Iterable[str] = ()) -> str:
    """Give the fingerprint of a route's comparators and of what holds for all, and of those asked, by their hashes."""
    return _fingerprint([route.panel.model_dump(), *(each.model_dump() for each in route.compare), *asked])


def _fingerprint(document: Any) -> str:
    text = json.dumps(_told(document), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:LENGTH]


def _told(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _told(below) for key, below in value.items()}
    if isinstance(value, list | tuple):
        return [_told(below) for below in value]
    if isinstance(value, SecretStr):
        return "secret"
    return without_userinfo(value) if isinstance(value, str) else value
