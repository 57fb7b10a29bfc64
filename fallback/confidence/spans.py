"""Where the values of a JSON text stand in it, and which tokens made them. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from comparators.extract import find_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from comparators.answer import Reply, Token

_LEXEME = re.compile(r'"(?:[^"\\]|\\.)*+"|[{}\[\],:]|[^\s{}\[\],:"]++')


@dataclass(frozen=True, slots=True)
class Span:
    """A leaf of a JSON text: its path, and the characters [start, end) that say what it is.

    Of a string that is what stands between the quotes; of an empty one the closing quote, for whose token it was
    to write nothing. `discrete` is True of what is right or wrong as a whole: numbers, true, false, null, and
    strings without a space (codes, labels).
    """

    path: tuple[str, ...]
    start: int
    end: int
    discrete: bool


def leaves(text: str, start: int, end: int) -> Iterator[Span]:
    """Give every leaf of the valid JSON document that stands at [start, end) of a text."""
    path: list[str | int] = []
    key: str | None = None
    for lexeme in _LEXEME.finditer(text, start, end):
        sign = lexeme.group()
        if sign == "{":
            path.append("")
            key = None
        elif sign == "[":
            path.append(0)
        elif sign in "}]":
            path.pop()
        elif sign == ",":
            last = path[-1]
            path[-1] = last + 1 if isinstance(last, int) else ""
            key = None
        elif sign == ":":
            path[-1] = key or ""
        elif sign[0] == '"' and path and path[-1] == "" and key is None and _is_key(text, lexeme.end()):
            key = msgspec.json.decode(sign)
        else:
            yield _leaf(tuple(map(str, path)), lexeme.start(), lexeme.end(), sign)


def _is_key(text: str, behind: int) -> bool:
    return text[behind:].lstrip(" \t\r\n")[:1] == ":" if behind < len(text) else False


def _leaf(path: tuple[str, ...], start: int, end: int, sign: str) -> Span:
    if sign[0] != '"':
        return Span(path, start, end, discrete=True)
    if len(sign) == 2:
        return Span(path, end - 1, end, discrete=True)
    return Span(path, start + 1, end - 1, discrete=" " not in sign)


@dataclass(frozen=True, slots=True)
class Located:
    """A reply's tokens with the place of each in the reply's text, in bytes, and the JSON the text holds."""

    text: str
    tokens: tuple[Token, ...]
    edges: tuple[int, ...]
    spans: tuple[Span, ...]

    def within(self, span: Span) -> list[Token]:
        """Give the tokens that wrote any byte of a span."""
        first, last = self.bytes_of(span)
        return [
            token
            for token, (start, end) in zip(self.tokens, pairwise(self.edges), strict=True)
            if start < last and end > first
        ]

    def bytes_of(self, span: Span) -> tuple[int, int]:
        """Give a span in bytes of the text's UTF-8."""
        first = len(self.text[: span.start].encode())
        return first, first + len(self.text[span.start : span.end].encode())

    def start_of(self, token: Token) -> int:
        """Give the byte at which a token begins."""
        return next(edge for known, edge in zip(self.tokens, self.edges, strict=False) if known is token)


def locate(reply: Reply) -> Located | None:
    """Put a reply's tokens in their places; None when they do not add up to its text.

    Places are counted in bytes, since a token may hold a part of a character. Tokens may begin before the text
    and end after it (a space that the server took off, an end mark), but must hold all of it.
    """
    text = reply.text.encode()
    parts = [token.raw if token.raw is not None else token.text.encode() for token in reply.tokens]
    offset = b"".join(parts).find(text)
    if offset < 0 or not text:
        return None
    found = find_json(reply.text)
    spans = tuple(leaves(reply.text, found.start, found.end)) if found is not None else ()
    return Located(reply.text, reply.tokens, _edges(parts, offset), spans)


def _edges(parts: Sequence[bytes], offset: int) -> tuple[int, ...]:
    edges = [-offset]
    for part in parts:
        edges.append(edges[-1] + len(part))
    return tuple(edges)
