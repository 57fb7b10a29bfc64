"""Reads a language model's reply and its token probabilities out of an answer. Knows formats, not connections.

OpenAI's chat and legacy completions (as vLLM and llama.cpp speak them too) and Anthropic's messages, whole
or as a captured event stream. What is no such reply raises ValueError; a part that is missing stays missing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import nan
from typing import TYPE_CHECKING, Any

from comparators.answer import Reply, Token
from comparators.event_stream import documents

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from comparators.answer import Answer

REFUSED = frozenset({"content_filter", "refusal"})
"""What a server says when the model, or a filter behind it, declined to answer."""

TRUNCATED = frozenset({"length", "max_tokens", "model_context_window_exceeded"})
"""What a server says when the reply was cut short."""

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
    said = _Said()
    _hear(said, document, "message")
    return said.reply()


def reply_from_openai_stream(body: bytes) -> Reply:
    """Read a captured stream of chat or legacy completion chunks; `finish` is None when its end is missing.

    Raises ValueError when it is none, or when the server reports an error in it.
    """
    said = _Said()
    for chunk in documents(body):
        _hear(said, chunk, "delta")
    return said.reply()


def reply_from_anthropic(document: Any) -> Reply:
    """Read a message; its text blocks are joined, and it has no tokens. Raises ValueError when it is none."""
    blocks = _member(document, "content")
    said = _Said(known=isinstance(blocks, list))
    for block in blocks if said.known else ():
        said.add_text(_member(block, "text") if _member(block, "type") == "text" else None)
    said.stop(_member(document, "stop_reason"))
    _count_anthropic(said, _member(document, "usage"))
    return said.reply()


def reply_from_anthropic_stream(body: bytes) -> Reply:
    """Read a message's captured events; `finish` is None when the end is missing.

    Raises ValueError when it is none, or when the server reports an error in it.
    """
    said = _Said()
    for event in documents(body):
        kind = _member(event, "type")
        if kind == "error":
            raise ValueError("the stream reports an error")
        if kind == "message_start":
            said.known = True
            _count_anthropic(said, _member(_member(event, "message"), "usage"))
        elif kind == "content_block_start":
            said.add_text(_member(_member(event, "content_block"), "text"))
        elif kind == "content_block_delta":
            said.add_text(_member(_member(event, "delta"), "text"))
        elif kind == "message_delta":
            said.stop(_member(_member(event, "delta"), "stop_reason"))
            _count_anthropic(said, _member(event, "usage"))
    return said.reply()


@dataclass(slots=True)
class _Said:
    """A reply while it is put together."""

    known: bool = False
    texts: list[str] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)
    finish: str | None = None
    refused: bool = False
    tokens_in: int | None = None
    tokens_out: int | None = None

    def add_text(self, text: Any) -> None:
        if isinstance(text, str):
            self.texts.append(text)

    def stop(self, why: Any) -> None:
        if isinstance(why, str):
            self.finish = why
            self.refused = self.refused or why in REFUSED

    def reply(self) -> Reply:
        if not self.known:
            raise ValueError("no completion and no message")
        return Reply(
            "".join(self.texts),
            tuple(self.tokens),
            self.finish,
            self.refused,
            self.tokens_in,
            self.tokens_out,
        )


def _is_stream(answer: Answer) -> bool:
    return answer.body[:6].startswith((b"data:", b"event:", b"id:", b":"))


def _read_document(document: Any) -> Reply:
    if _member(document, "choices") is not None:
        return reply_from_openai(document)
    if _member(document, "type") == "message":
        return reply_from_anthropic(document)
    raise ValueError("no completion and no message")


def _read_stream(body: bytes) -> Reply:
    try:
        reply = reply_from_openai_stream(body)
    except ValueError:
        reply = reply_from_anthropic_stream(body)
    if reply.finish is None:
        raise ValueError("the stream has no end")
    return reply


# --- OpenAI


def _hear(said: _Said, document: Any, part: str) -> None:
    """Take in one completion, or one chunk of it; `part` is where a chat keeps what was said."""
    choices = _member(document, "choices")
    if not isinstance(choices, list):
        if _member(document, "error") is not None:
            raise ValueError("the server reports an error")
        return
    usage = _member(document, "usage")
    said.tokens_in = _count(usage, "prompt_tokens", said.tokens_in)
    said.tokens_out = _count(usage, "completion_tokens", said.tokens_out)
    for choice in choices:
        if _member(choice, "index") in (None, 0):
            _hear_choice(said, choice, part)
            return


def _hear_choice(said: _Said, choice: Any, part: str) -> None:
    message, text = _member(choice, part), _member(choice, "text")
    if not isinstance(message, dict) and not isinstance(text, str):
        return
    said.known = True
    said.add_text(text if message is None else _member(message, "content"))
    said.refused = said.refused or bool(_member(message, "refusal"))
    said.tokens.extend(_tokens(_member(choice, "logprobs")))
    said.stop(_member(choice, "finish_reason"))


def _tokens(logprobs: Any) -> Iterator[Token]:
    """Give the tokens of a `logprobs` object; a chat's stand under `content`, a legacy completion's in columns."""
    entries = _member(logprobs, "content")
    if isinstance(entries, list):
        yield from map(_chat_token, entries)
        return
    texts, numbers, tops = (_column(logprobs, key) for key in ("tokens", "token_logprobs", "top_logprobs"))
    for index, text in enumerate(texts):
        top = tops[index] if index < len(tops) else None
        pairs = top.items() if isinstance(top, dict) else ()
        number = numbers[index] if index < len(numbers) else None
        said = text if isinstance(text, str) else ""
        yield Token(said, _number(number), _spelled(said), _alternatives(pairs))


def _chat_token(entry: Any) -> Token:
    text, top = _member(entry, "token"), _member(entry, "top_logprobs")
    pairs = (
        [(_member(each, "token"), _member(each, "logprob")) for each in top or ()]
        if isinstance(top, list)
        else ()
    )
    return Token(
        text if isinstance(text, str) else "",
        _number(_member(entry, "logprob")),
        _raw(_member(entry, "bytes")),
        _alternatives(pairs),
    )


def _alternatives(pairs: Iterable[tuple[Any, Any]]) -> tuple[tuple[str, float], ...]:
    return tuple((text, _number(number)) for text, number in pairs if isinstance(text, str))


def _spelled(text: str) -> bytes | None:
    """Give the bytes that a legacy completion spells out in place of a token's text."""
    if not text.startswith(_BYTES + "\\x"):
        return None
    try:
        return bytes.fromhex(text.removeprefix(_BYTES).replace("\\x", ""))
    except ValueError:
        return None


def _raw(numbers: Any) -> bytes | None:
    try:
        return bytes(numbers) if isinstance(numbers, list) else None
    except (ValueError, TypeError):
        return None


def _number(value: Any) -> float:
    """Give a log-probability; what is missing is NaN, which no estimator takes for one."""
    return float(value) if type(value) in (int, float) and abs(value) < 1e300 else nan


def _column(logprobs: Any, key: str) -> list[Any]:
    found = _member(logprobs, key)
    return found if isinstance(found, list) else []


# --- both


def _member(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, dict) else None


def _count(usage: Any, key: str, before: int | None) -> int | None:
    found = _member(usage, key)
    return found if type(found) is int and found >= 0 else before


def _count_anthropic(said: _Said, usage: Any) -> None:
    """Take in a message's usage; what went through the prompt cache was read as well."""
    cached = sum(_count(usage, f"cache_{how}_input_tokens", 0) or 0 for how in ("creation", "read"))
    fresh = _count(usage, "input_tokens", None)
    said.tokens_in = said.tokens_in if fresh is None else fresh + cached
    said.tokens_out = _count(usage, "output_tokens", said.tokens_out)
