"""Reads a language model's reply and its token probabilities out of an answer. Knows formats, not connections.

OpenAI's chat and legacy completions (as vLLM and llama.cpp speak them too), its responses, and Anthropic's messages,
whole or as a captured event stream. What is no such reply raises ValueError; a part that is missing stays missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from comparators.answer import Reply, Token
from comparators.chat import listed, member
from comparators.event_stream import documents
from fallback.confidence.responses import reply_from_response, reply_from_response_stream
from fallback.confidence.said import REFUSED, TRUNCATED, Said, alternatives, counted, logprob, token_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from comparators.answer import Answer

__all__ = [
    "REFUSED",
    "TRUNCATED",
    "reply_from_anthropic",
    "reply_from_anthropic_stream",
    "reply_from_openai",
    "reply_from_openai_stream",
    "reply_of",
]

_BYTES = "bytes:"  # so a legacy completion writes a token that is no whole character: bytes:\xe2\x80


def reply_of(answer: Answer) -> Reply | None:
    """Give the reply behind an answer: its own, or the one that its body is; None when there is none.

    The body is read when the answer brings no reply with tokens. A stream without its end is no reply.
    """
    if answer.reply is not None and answer.reply.tokens:
        return answer.reply
    try:
        found = _read_stream(answer.body) if _is_stream(answer) else _read_document(answer.json)
    except ValueError:
        return answer.reply
    return found if found.tokens or answer.reply is None else answer.reply


def reply_from_openai(document: Any) -> Reply:
    """Read a chat completion or a legacy completion; of several choices the first.

    Raises ValueError when it is neither.
    """
    said = Said()
    _hear(said, document, "message")
    return said.reply()


def reply_from_openai_stream(body: bytes) -> Reply:
    """Read a captured stream of chat or legacy completion chunks; `finish` is None when its end is missing.

    Raises ValueError when it is none, or when the server reports an error in it.
    """
    said = Said()
    for chunk in documents(body):
        _hear(said, chunk, "delta")
    return said.reply()


def reply_from_anthropic(document: Any) -> Reply:
    """Read a message; its text blocks are joined, and it has no tokens. Raises ValueError when it is none."""
    blocks = member(document, "content")
    said = Said(known=isinstance(blocks, list))
    for block in blocks if said.known else ():
        said.add_text(member(block, "text") if member(block, "type") == "text" else None)
    said.stop(member(document, "stop_reason"))
    _count_anthropic(said, member(document, "usage"))
    return said.reply()


def reply_from_anthropic_stream(body: bytes) -> Reply:
    """Read a message's captured events; `finish` is None when the end is missing.

    Raises ValueError when it is none, or when the server reports an error in it.
    """
    said = Said()
    for event in documents(body):
        kind = member(event, "type")
        if kind == "error":
            raise ValueError("the stream reports an error")
        if kind == "message_start":
            said.known = True
            _count_anthropic(said, member(member(event, "message"), "usage"))
        elif kind == "content_block_start":
            said.add_text(member(member(event, "content_block"), "text"))
        elif kind == "content_block_delta":
            said.add_text(member(member(event, "delta"), "text"))
        elif kind == "message_delta":
            said.stop(member(member(event, "delta"), "stop_reason"))
            _count_anthropic(said, member(event, "usage"))
    return said.reply()


def _is_stream(answer: Answer) -> bool:
    return answer.body[:6].startswith((b"data:", b"event:", b"id:", b":"))


def _read_document(document: Any) -> Reply:
    if member(document, "choices") is not None:
        return reply_from_openai(document)
    if member(document, "type") == "message":
        return reply_from_anthropic(document)
    return reply_from_response(document)


def _read_stream(body: bytes) -> Reply:
    for read in (reply_from_openai_stream, reply_from_anthropic_stream, reply_from_response_stream):
        try:
            reply = read(body)
        except ValueError:
            continue
        if reply.finish is None:
            raise ValueError("the stream has no end")
        return reply
    raise ValueError("no completion and no message")


# --- OpenAI


def _hear(said: Said, document: Any, part: str) -> None:
    """Take in one completion, or one chunk of it; `part` is where a chat keeps what was said."""
    choices = member(document, "choices")
    if not isinstance(choices, list):
        if member(document, "error") is not None:
            raise ValueError("the server reports an error")
        return
    said.count(member(document, "usage"), "prompt_tokens", "completion_tokens")
    for choice in choices:
        if member(choice, "index") in (None, 0):
            _hear_choice(said, choice, part)
            return


def _hear_choice(said: Said, choice: Any, part: str) -> None:
    message, text = member(choice, part), member(choice, "text")
    if not isinstance(message, dict) and not isinstance(text, str):
        return
    said.known = True
    said.add_text(text if message is None else member(message, "content"))
    said.refused = said.refused or bool(member(message, "refusal"))
    said.tokens.extend(_tokens(member(choice, "logprobs")))
    said.stop(member(choice, "finish_reason"))


def _tokens(logprobs: Any) -> Iterator[Token]:
    """Give the tokens of a `logprobs` object; a chat's stand under `content`, a legacy completion's in columns."""
    entries = member(logprobs, "content")
    if isinstance(entries, list):
        yield from map(token_of, entries)
        return
    texts, numbers, tops = (listed(logprobs, key) for key in ("tokens", "token_logprobs", "top_logprobs"))
    for index, text in enumerate(texts):
        top = tops[index] if index < len(tops) else None
        pairs = top.items() if isinstance(top, dict) else ()
        number = numbers[index] if index < len(numbers) else None
        said = text if isinstance(text, str) else ""
        yield Token(said, logprob(number), _spelled(said), alternatives(pairs))


def _spelled(text: str) -> bytes | None:
    """Give the bytes that a legacy completion spells out in place of a token's text."""
    if not text.startswith(_BYTES + "\\x"):
        return None
    try:
        return bytes.fromhex(text.removeprefix(_BYTES).replace("\\x", ""))
    except ValueError:
        return None


def _count_anthropic(said: Said, usage: Any) -> None:
    """Take in a message's usage; what went through the prompt cache was read as well."""
    cached = sum(counted(usage, f"cache_{how}_input_tokens", 0) or 0 for how in ("creation", "read"))
    fresh = counted(usage, "input_tokens", None)
    said.tokens_in = said.tokens_in if fresh is None else fresh + cached
    said.tokens_out = counted(usage, "output_tokens", said.tokens_out)
