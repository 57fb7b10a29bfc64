"""The keys under models: how a model is reached, asked and understood, and what protects it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from shadow.config.section import Section
from shadow.config.units import Duration, Kind, Size, Timeout, written
from shadow.config.urls import MaybeUrl
from shadow.config.values import (
    Count,
    HeaderName,
    HeaderValue,
    Json,
    Number,
    PemFile,
    Pointer,
    Secret,
    Text,
    Word,
)

CHATS = ("openai", "anthropic")
"""Adapters whose model is asked by a conversation with parameters, a temperature among them."""


def _schema(value: object) -> object:
    if isinstance(value, dict | bool) or value is None:
        return value
    raise ValueError("must be a JSON Schema, or the path of a file that holds one")


JsonSchema = Annotated[
    dict[str, Any] | bool,
    BeforeValidator(_schema),
    WithJsonSchema({"type": ["string", "object", "boolean"]}),
    Kind("path, or JSON Schema"),
]
"""A JSON Schema; loading has put the file's content in the place of its path."""


class RateLimit(Section):
    """How often the model may be called."""

    calls: Count = Field(description="calls allowed in each period")
    period: Timeout = Field(default=written("1s"), description="the period they are counted over")
    wait: Duration = Field(
        default=written("0s"), description="how long a call may wait for its turn before it is throttled"
    )


class Budget(Section):
    """How much the model may cost."""

    per_day: Number = Field(description="cost per UTC day, in the price's currency")


class Price(Section):
    """What the model costs, in any one currency."""

    input_per_million: Number = Field(default=0, description="price of a million input tokens")
    output_per_million: Number = Field(default=0, description="price of a million output tokens")
    per_call: Number = Field(default=0, description="price of a call, whatever its tokens")


class Breaker(Section):
    """When to stop calling a model that keeps failing."""

    failures: Count = Field(default=5, description="failures that open the breaker")
    within: Timeout = Field(default=written("10s"), description="the time they must fall into")
    cool_down: Timeout = Field(
        default=written("30s"), description="how long it stays open before one call is tried"
    )


class Message(Section):
    """One message of a conversation."""

    role: Literal["system", "user", "assistant"] = Field(description="who speaks")
    content: Text = Field(description="template of what is said")


class Ask(Section):
    """The model's request, made of the client's by Jinja2 templates."""

    system: Text = Field(default="", description="template of the system prompt")
    user: Text = Field(default="", description="template of the user's message")
    messages: tuple[Message, ...] = Field(
        default=(), description="messages between `system` and `user`: examples"
    )
    params: dict[str, Json] = Field(
        default={}, description="sent upstream as they are: temperature, max_tokens, …"
    )


class AnswerShape(Section):
    """The model's reply in the legacy system's shape."""

    from_: Literal["json", "text", "passthrough"] = Field(
        default="json",
        alias="from",
        description="`json` found in the reply's text, the `text` itself, or the upstream's body as it came",
    )
    body: Json = Field(
        default=None, description="the answer: JSON whose texts are templates that see `reply`"
    )
    json_schema: JsonSchema | None = Field(
        default=None,
        description="an answer that breaks it has no confidence; a path is relative to this file",
    )
    content_type: Word | None = Field(
        default=None, description="the answer's Content-Type; default by its shape"
    )


class Rewrite(Section):
    """Changes to the client's request before a passthrough model gets it."""

    path: Text | None = Field(default=None, description="the path sent upstream, in place of the client's")
    set: dict[Pointer, Json] = Field(default={}, description="JSON Pointer → value put into the body")
    remove: tuple[Pointer, ...] = Field(default=(), description="JSON Pointers taken out of the body")
    rename: dict[Pointer, Pointer] = Field(default={}, description="JSON Pointer → where the value moves to")


class Model(Section):
    """One foundation model."""

    adapter: Word = Field(description="`passthrough`, `openai`, `anthropic` or `package.module:Name`")
    url: MaybeUrl = Field(default="", description="where the model is; the built-in adapters need it")
    model: Text = Field(default="", description="the model's name as it is sent upstream")
    version: Text = Field(
        default="", description="recorded with every answer, beside a hash of everything here"
    )
    api_key: Secret | None = Field(
        default=None, description="the upstream's key; take it from the environment"
    )
    ca: PemFile = Field(
        default=None,
        exclude=True,
        description="authorities that its certificate may come from; none: the system's",
    )
    cert: PemFile = Field(
        default=None, exclude=True, description="certificate chain shown to it; needs `key`"
    )
    key: PemFile = Field(default=None, exclude=True, description="private key of `cert`")
    timeout: Timeout = Field(
        default=written("30s"), description="how long the model may take for a whole answer"
    )
    max_in_flight: Count = Field(
        default=64, description="calls at once per worker; more are shed, not queued"
    )
    max_lookups: Count = Field(
        default=4,
        exclude=True,
        description="lookups of its name at once per worker, where one hangs; the next ones wait for those",
    )
    reply_limit: Size = Field(
        default=written("512KiB"), description="a larger reply of the model is given up, as `too_large`"
    )
    rate_limit: RateLimit | None = Field(
        default=None, description="how often it may be called; none: no limit"
    )
    budget: Budget | None = Field(default=None, description="how much it may cost (a later release)")
    price: Price = Field(default=Price(), description="what it costs; recorded with every answer")
    breaker: Breaker = Field(default=Breaker(), description="when to stop calling it")
    ask: Ask | None = Field(
        default=None, description="how the client's request becomes the model's; none: as it is"
    )
    answer: AnswerShape | None = Field(
        default=None, description="how the reply becomes an answer; none: as it is"
    )
    pass_headers: tuple[HeaderName, ...] = Field(
        default=(),
        description="client headers to pass on that are held back otherwise, such as Authorization",
    )
    headers: dict[HeaderName, HeaderValue] = Field(default={}, description="headers set on every call")
    rewrite: Rewrite | None = Field(
        default=None, description="changes to the request; only with `passthrough`"
    )
    options: dict[str, Json] = Field(
        default={}, description="keyword arguments of a `package.module:Name` adapter"
    )
