"""OpenAI's chat completions, as many servers speak them. Knows the format, not the connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fallback.confidence.tokens import reply_from_openai, reply_from_openai_stream
from shadow.adapters.chat import Dialect
from shadow.adapters.headers import bearer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from comparators.answer import RawHeaders
    from shadow.adapters.ask import Asked
    from shadow.config.models import Model

ROLES = ("system", "user", "assistant")


def target(_model: Model) -> bytes:
    """Give where below the model's URL completions are asked for; that URL ends in the version, `…/v1`."""
    return b"/chat/completions"


def headers(model: Model) -> RawHeaders:
    """Give the key's header and the media type."""
    return (*bearer(model), (b"Content-Type", b"application/json"))


def _compose(asked: Asked) -> dict[str, Any]:
    system = [{"role": "system", "content": asked.system}] if asked.system else []
    return {"messages": [*system, *asked.messages]}


def _defaults(params: Mapping[str, Any]) -> dict[str, Any]:
    """Ask a stream for its token counts, which it does not tell unasked."""
    return {"stream_options": {"include_usage": True}} if params.get("stream") else {}


DIALECT = Dialect(_compose, _defaults, reply_from_openai, reply_from_openai_stream)
