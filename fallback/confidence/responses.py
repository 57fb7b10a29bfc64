"""Reads OpenAI's Responses, whole or as a captured event stream. Knows the format, not the connection.

Their tokens have log-probabilities when the request asked for them by `include: ["message.output_text.logprobs"]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from comparators.chat import listed, member
from comparators.event_stream import documents
from fallback.confidence.said import Said, token_of

if TYPE_CHECKING:
    from comparators.answer import Reply

_ENDS = ("response.completed", "response.incomplete")


def reply_from_response(document: Any) -> Reply:
    """Read a response; its texts are joined. Raises ValueError when it is none, or failed."""
    said = Said()
    _hear(said, document)
    return said.reply()


def reply_from_response_stream(body: bytes) -> Reply:
    """Read a response's captured events; `finish` is None when the end is missing.

    Raises ValueError when it is none, or when the server reports an error in it.
    """
    said, last = Said(), Said()
    for event in documents(body):
        kind = member(event, "type")
        if kind in ("error", "response.failed"):
            raise ValueError("the stream reports an error")
        if kind == "response.output_text.delta":
            said.known = True
            said.add_text(member(event, "delta"))
            said.tokens.extend(map(token_of, listed(event, "logprobs")))
        elif kind == "response.refusal.delta":
            said.known = said.refused = True
        elif kind in _ENDS:
            _hear(last, member(event, "response"))
    if not last.known:
        return said.reply()
    if not last.tokens:  # told with the parts alone
        last.tokens = said.tokens
    last.refused = last.refused or said.refused
    return last.reply()


def _hear(said: Said, document: Any) -> None:
    output = member(document, "output")
    if not isinstance(output, list) or member(document, "status") not in ("completed", "incomplete"):
        return
    said.known = True
    for item in output:
        if member(item, "type") != "message":
            continue  # thoughts, and calls of tools
        for part in listed(item, "content"):
            said.refused = said.refused or member(part, "type") == "refusal"
            if member(part, "type") == "output_text":
                said.add_text(member(part, "text"))
                said.tokens.extend(map(token_of, listed(part, "logprobs")))
    if member(document, "status") == "completed":
        said.stop("stop")
    said.stop(member(member(document, "incomplete_details"), "reason"))
    said.count(member(document, "usage"), "input_tokens", "output_tokens")
