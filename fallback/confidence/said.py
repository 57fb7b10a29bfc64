"""A model's reply while it is put together from the parts of a server's document, whatever its format."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import nan
from typing import TYPE_CHECKING, Any

from comparators.answer import Reply, Token
from comparators.chat import listed, member

if TYPE_CHECKING:
    from collections.abc import Iterable

REFUSED = frozenset({"content_filter", "refusal"})
"""What a server says when the model, or a filter behind it, declined to answer."""

TRUNCATED = frozenset({"length", "max_tokens", "max_output_tokens", "model_context_window_exceeded"})
"""What a server says when the reply was cut short."""


@dataclass(slots=True)
class Said:
    """What was heard of a reply so far; `known` once something was that only a reply holds."""

    known: bool = False
    texts: list[str] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)
    finish: str | None = None
    refused: bool = False
    tokens_in: int | None = None
    tokens_out: int | None = None

    def add_text(self, text: Any) -> None:
        """Take a part of the text, if it is one."""
        if isinstance(text, str):
            self.texts.append(text)

    def stop(self, why: Any) -> None:
        """Take the server's word for why the reply ended, if it is one."""
        if isinstance(why, str):
            self.finish = why
            self.refused = self.refused or why in REFUSED

    def count(self, usage: Any, tokens_in: str, tokens_out: str) -> None:
        """Take the token counts, by the names the format has for them."""
        self.tokens_in = counted(usage, tokens_in, self.tokens_in)
        self.tokens_out = counted(usage, tokens_out, self.tokens_out)

    def reply(self) -> Reply:
        """Give the reply; ValueError when there was none."""
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


def counted(usage: Any, key: str, before: int | None) -> int | None:
    """Give a count of tokens, or what it was before when there is none."""
    found = member(usage, key)
    return found if type(found) is int and found >= 0 else before


def token_of(entry: Any) -> Token:
    """Read one token as chats and responses tell it: text, log-probability, bytes, alternatives."""
    text = member(entry, "token")
    pairs = [(member(each, "token"), member(each, "logprob")) for each in listed(entry, "top_logprobs")]
    return Token(
        text if isinstance(text, str) else "",
        logprob(member(entry, "logprob")),
        _raw(member(entry, "bytes")),
        alternatives(pairs),
    )


def alternatives(pairs: Iterable[tuple[Any, Any]]) -> tuple[tuple[str, float], ...]:
    """Give the alternatives to a token that have a text."""
    return tuple((text, logprob(number)) for text, number in pairs if isinstance(text, str))


def logprob(value: Any) -> float:
    """Give a log-probability; what is missing is NaN, which no estimator takes for one."""
    return float(value) if type(value) in (int, float) and abs(value) < 1e300 else nan


def _raw(numbers: Any) -> bytes | None:
    try:
        return bytes(numbers) if isinstance(numbers, list) else None
    except (ValueError, TypeError):
        return None
