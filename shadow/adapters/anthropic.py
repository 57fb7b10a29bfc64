"""Anthropic's messages. Knows the format, not the connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fallback.confidence.tokens import reply_from_anthropic, reply_from_anthropic_stream
from shadow.adapters.chat import Dialect
from shadow.adapters.headers import basic

if TYPE_CHECKING:
    from collections.abc import Mapping

    from comparators.answer import RawHeaders
    from shadow.adapters.ask import Asked
    from shadow.config.models import Model

VERSION = b"2023-06-01"
MAX_TOKENS = 1024
ROLES = ("user", "assistant")


def target(model: Model) -> bytes:
    """Give where below the model's URL messages are asked for; the URL may end in `/v1` or leave it out."""
    return b"/messages" if model.url.rstrip("/").endswith("/v1") else b"/v1/messages"


def headers(model: Model) -> RawHeaders:
    """Give the key's header, the API's version and the media type."""
    fixed = ((b"anthropic-version", VERSION), (b"Content-Type", b"application/json"))
    if model.api_key is None:
        return (*basic(model), *fixed)
    return ((b"x-api-key", model.api_key.get_secret_value().encode("latin-1")), *fixed)


def _compose(asked: Asked) -> dict[str, Any]:
    system = {"system": asked.system} if asked.system else {}
    return {**system, "messages": asked.messages}


def _defaults(_params: Mapping[str, Any]) -> dict[str, Any]:
    """Bound the reply, since the API refuses a request that does not."""
    return {"max_tokens": MAX_TOKENS}


DIALECT = Dialect(_compose, _defaults, reply_from_anthropic, reply_from_anthropic_stream)
