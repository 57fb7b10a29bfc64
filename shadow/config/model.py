"""The whole configuration as a value, and the names of its parts."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from shadow.config.asked import Embedding, Judge
from shadow.config.listen import Admin, Legacy, Listen, Panels, Record, Scorer, Token
from shadow.config.models import AnswerShape as AnswerShape  # noqa: PLC0414 - part of the face
from shadow.config.models import Ask, Breaker, Budget, Message, Model, Price, RateLimit, Rewrite
from shadow.config.routes import (
    Capture,
    Certify,
    Compare,
    Confidence,
    Guard,
    Inline,
    Keep,
    Match,
    Noise,
    Rollout,
    Route,
    Target,
)
from shadow.config.section import Section
from shadow.config.units import Kind
from shadow.config.values import Name

__all__ = [
    "Admin",
    "AnswerShape",
    "Ask",
    "Breaker",
    "Budget",
    "Capture",
    "Certify",
    "Compare",
    "Confidence",
    "Config",
    "Embedding",
    "Guard",
    "Inline",
    "Judge",
    "Keep",
    "Legacy",
    "Listen",
    "Match",
    "Message",
    "Model",
    "Noise",
    "Panels",
    "Price",
    "RateLimit",
    "Record",
    "Rewrite",
    "Rollout",
    "Route",
    "Scorer",
    "Target",
    "Token",
]

SQLITE = "sqlite:///"


def _store(url: str) -> str:
    if url.startswith(("postgresql://", "postgres://")):
        return url
    if not url.startswith(SQLITE) or url in {SQLITE, f"{SQLITE}:memory:"}:
        raise ValueError("must be sqlite:///PATH, a file that every process can open")
    return url


def _salted(routes: dict[str, Route]) -> dict[str, Route]:
    return {name: route.named(name) for name, route in routes.items()}


class Config(Section):
    """A whole configuration file."""

    listen: Listen = Field(default=Listen(), description="where clients connect")
    admin: Admin = Field(default=Admin(), description="where the admin API and the dashboard are")
    store: Annotated[str, AfterValidator(_store), Kind("store URL")] = Field(
        default="sqlite:///shadow.db",
        description="where exchanges are recorded; a path is relative to this file",
    )
    record: Record = Field(default=Record(), description="how exchanges are written")
    scorer: Scorer = Field(default=Scorer(), description="how exchanges are compared")
    panels: Panels = Field(
        default=Panels(), description="how answers are compared while a client waits for the decision"
    )
    legacy: Legacy = Field(description="the trusted side; what no route matches goes there untouched")
    models: dict[Name, Model] = Field(default={}, description="name → model")
    judges: dict[Name, Judge] = Field(
        default={}, description="name → judge: a model that says which of two answers is better"
    )
    embeddings: dict[Name, Embedding] = Field(
        default={}, description="name → embedding: a model that turns a text into a vector"
    )
    routes: Annotated[dict[Name, Route], AfterValidator(_salted)] = Field(
        default={}, description="name → route, tried in this order"
    )
