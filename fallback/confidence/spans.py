"""Where the values of a JSON text stand in it, and which tokens made them. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import msgspec

from comparators.extract import find_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from comparators.answer import Reply, Token

_COLON = re.compile(r"[ \t\r\n]*+:")
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
    return _COLON.match(text, behind) is not None


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
    offsets: Sequence[int]

    def within(self, span: Span) -> range:
        """Give the indices of the tokens that wrote any byte of a span."""
        first, last = self.bytes_of(span)
        return range(
            bisect_right(self.edges, first) - 1, min(bisect_left(self.edges, last), len(self.tokens))
        )

    def bytes_of(self, span: Span) -> tuple[int, int]:
        """Give a span in bytes of the text's UTF-8."""
        return self.offsets[span.start], self.offsets[span.end]


def locate(reply: Reply) -> Located | None:
    """Put a reply's tokens in their places; None when they do not add up to its text.

    Places are counted in bytes, since a token may hold a part of a character. Tokens may begin before the text
    and end after it (thoughts that are no part of it, an end mark), but must hold all of it, in one place: a word
    that was also thought is looked for at the end. A server that gives no `bytes` gives a part of a character as
    nothing, or as U+FFFD: the place of such tokens is what the others leave.
    """
    text = reply.text.encode("utf-8", "surrogatepass")
    parts = [_bytes(token) for token in reply.tokens]
    edges = _together(parts, text) if text else None
    if edges is None and any(map(_unspelled, reply.tokens)):
        edges = _around_gaps(reply.tokens, parts, text)
    if edges is None:
        return None
    return Located(reply.text, reply.tokens, edges, _spans(reply.text), _offsets(reply.text))


def _together(parts: Sequence[bytes], text: bytes) -> tuple[int, ...] | None:
    """Give the places of tokens that, one after another, hold the text; None when they do not, or hold it twice."""
    written = b"".join(parts)
    offset = len(written) - len(text) if written.endswith(text) else written.find(text)
    if offset < 0 or written.rfind(text) != offset:
        return None
    return tuple(accumulate(map(len, parts), initial=-offset))


def _unspelled(token: Token) -> bool:
    """Whether a server without `bytes` may have lost what the token wrote: a part of a character is no text."""
    return token.raw is None and token.text.strip("\ufffd") == ""


def _around_gaps(tokens: Sequence[Token], parts: Sequence[bytes], text: bytes) -> tuple[int, ...] | None:
    """Give the places of tokens of which some wrote a part of a character, and so nothing that can be read.

    What lies between two readable tokens, and is no ASCII, was written by the unreadable ones between them: at
    least a byte each. None when that does not come out even.
    """
    edges, waiting = [0], 0
    for token, part in zip(tokens, parts, strict=True):
        if _unspelled(token):
            waiting += 1
        elif _fill(edges, text, text.find(part, edges[-1] + waiting), waiting) or (
            text.startswith(part, edges[-1]) and _fill(edges, text, edges[-1], waiting)
        ):
            edges.append(edges[-1] + len(part))
            waiting = 0
        else:
            return None
    return tuple(edges) if _fill(edges, text, len(text), waiting) else None


def _fill(edges: list[int], text: bytes, end: int, tokens: int) -> bool:
    """Share what lies before `end` out among the tokens that wrote it; False when they cannot have.

    Tokens may all have written nothing: an end mark is such a one.
    """
    begin = edges[-1]
    size = end - begin
    if size < 0 or 0 < size < tokens or (size and not tokens) or any(byte < 0x80 for byte in text[begin:end]):
        return False
    edges.extend(end if index + 1 == tokens else min(begin + index + 1, end) for index in range(tokens))
    return True


def _spans(text: str) -> tuple[Span, ...]:
    """Give the leaves of the JSON in a text; none where a name stands twice, as only one of the two is read."""
    found = find_json(text)
    if found is None:
        return ()
    spans = tuple(leaves(text, found.start, found.end))
    return spans if len(spans) == _count(found.document) else ()


def _count(document: Any) -> int:
    """Count the leaves of a parsed document."""
    count, waiting = 0, [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict | list):
            waiting.extend(value.values() if isinstance(value, dict) else value)
        else:
            count += 1
    return count


def _bytes(token: Token) -> bytes:
    return token.raw if token.raw is not None else token.text.encode("utf-8", "surrogatepass")


def _offsets(text: str) -> Sequence[int]:
    """Give the byte at which each character begins, and the end."""
    if text.isascii():
        return range(len(text) + 1)
    return (0, *accumulate(1 + (c > "\x7f") + (c > "\u07ff") + (c > "\uffff") for c in text))
