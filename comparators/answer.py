"""What one side said: the value every comparator and estimator reads. Knows nothing of how it came."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

RawHeaders = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Token:
    """One generated token: its text, natural-log probability (≤ 0) and the likeliest alternatives.

    `raw` holds the token's own bytes where the server gives them; a token may be part of a character,
    so its text alone cannot always be joined back into the reply.
    """

    text: str
    logprob: float
    raw: bytes | None = None
    top: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What a language model said, apart from the answer made of it.

    `finish` is the server's own word for why it stopped (`stop`, `length`, …). Token counts are None when
    the server did not tell them.
    """

    text: str
    tokens: tuple[Token, ...] = ()
    finish: str | None = None
    refused: bool = False
    tokens_in: int | None = None
    tokens_out: int | None = None


class Answer(msgspec.Struct, frozen=True, array_like=True, dict=True):
    """One side's answer: status, headers as they came, the whole body, and a model's reply behind it.

    `problem` says why the answer must not be served although it arrived (no JSON found, schema broken,
    truncated); None means nothing speaks against it. A msgspec structure and not a dataclass: two are built for
    every exchange, at a tenth of the cost.
    """

    status: int = 200
    headers: RawHeaders = ()
    body: bytes = b""
    reply: Reply | None = None
    problem: str | None = None

    @classmethod
    def of(
        cls,
        *,
        text: str | None = None,
        json: Any = msgspec.UNSET,
        body: bytes = b"",
        status: int = 200,
        headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
        reply: Reply | None = None,
    ) -> Answer:
        """Build an answer anywhere, from text, from a JSON document, or from raw bytes.

        Raises TypeError when more than one of `text`, `json` and `body` is given.
        """
        given = (text is not None) + (json is not msgspec.UNSET) + bool(body)
        if given > 1:
            raise TypeError("an answer is made of one of text, json and body")
        pairs = headers.items() if hasattr(headers, "items") else headers
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs]
        if text is not None:
            body = text.encode()
        elif json is not msgspec.UNSET:
            body = msgspec.json.encode(json)
            if not any(name.lower() == b"content-type" for name, _ in raw):
                raw.append((b"Content-Type", b"application/json"))
        return cls(status=status, headers=tuple(raw), body=body, reply=reply)

    @cached_property
    def json(self) -> Any:
        """The body as a JSON document, parsed once; ValueError when it is none."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
            raise ValueError(f"the body is not JSON: {exc}") from exc

    @cached_property
    def media_type(self) -> str:
        """The Content-Type in lower case, parameters and all, read once; "" when there is none."""
        return (self.header("Content-Type") or "").lower()

    @property
    def text(self) -> str:
        """The body as UTF-8 text; bytes that are none become U+FFFD."""
        return self.body.decode("utf-8", "replace")

    def header(self, name: str) -> str | None:
        """Give the first header of that name, in any case, or None."""
        wanted = name.lower().encode("latin-1")
        for key, value in self.headers:
            if key.lower() == wanted:
                return value.decode("latin-1")
        return None
