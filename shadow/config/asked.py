"""The keys under judges and embeddings: whom the scorer asks about two answers, and what bounds it."""

from __future__ import annotations

from pydantic import Field

from shadow.config.models import Ask, Breaker, Budget, Price, RateLimit
from shadow.config.section import Section
from shadow.config.units import Size, Timeout, written
from shadow.config.urls import MaybeUrl
from shadow.config.values import Count, HeaderName, HeaderValue, Json, PemFile, Secret, Text, Word

RUBRIC = (
    "Prefer an answer only if it serves the person who sent the request better: it is more correct, or it lacks "
    "nothing that the other one has and that was asked for. Wording, order and format alone are no reason. "
    "If both serve equally well, or equally badly, it is a tie."
)


class Asked(Section):
    """One upstream that the scorer asks."""

    url: MaybeUrl = Field(default="", description="where it is, such as `https://host/v1`")
    model: Text = Field(default="", description="the model's name as it is sent upstream")
    version: Text = Field(
        default="", description="part of what its answers are kept by, beside a hash of its keys"
    )
    api_key: Secret | None = Field(default=None, description="its key; take it from the environment")
    headers: dict[HeaderName, HeaderValue] = Field(default={}, description="headers set on every call")
    ca: PemFile = Field(
        default=None,
        exclude=True,
        description="authorities that its certificate may come from; none: the system's",
    )
    cert: PemFile = Field(
        default=None, exclude=True, description="certificate chain shown to it; needs `key`"
    )
    key: PemFile = Field(default=None, exclude=True, description="private key of `cert`")
    timeout: Timeout = Field(default=written("30s"), description="how long one call may take")
    wait: Timeout = Field(
        default=written("2m"),
        description="how long an exchange may wait for all its calls; then it is scored without",
    )
    max_in_flight: Count = Field(default=4, description="calls at once")
    queue: Count = Field(
        default=256, description="exchanges that may wait for it; more are scored without it, as `shed`"
    )
    max_lookups: Count = Field(
        default=4,
        exclude=True,
        description="lookups of its name at once, where one hangs; the next ones wait for those",
    )
    reply_limit: Size = Field(default=written("512KiB"), description="a larger reply is given up")
    rate_limit: RateLimit | None = Field(
        default=None, description="how often it may be called; none: no limit"
    )
    budget: Budget | None = Field(default=None, description="what it may cost a day; none: no limit")
    price: Price = Field(default=Price(), description="what it costs; booked apart from the models' cost")
    breaker: Breaker = Field(default=Breaker(), description="when to stop calling it")
    options: dict[str, Json] = Field(
        default={}, description="keyword arguments of a `package.module:Name` adapter"
    )


class Judge(Asked):
    """One language model that says which of two answers is better."""

    adapter: Word = Field(description="`openai`, `anthropic` or `package.module:Name`")
    rubric: Text = Field(default=RUBRIC, description="what makes an answer better")
    ask: Ask | None = Field(
        default=None,
        description="prompt and parameters of your own; `request.json` has rubric, request, first and second",
    )


class Embedding(Asked):
    """One model that turns a text into a vector."""

    adapter: Word = Field(
        description="`openai` (any `/embeddings` endpoint), `model2vec` or `package.module:Name`"
    )
    folder: Word | None = Field(
        default=None,
        description="of `model2vec`: the model's folder, relative to this file; nothing is downloaded",
    )


AnyAsked = Judge | Embedding
