"""Which of the client's headers go to a model, and which are added. Knows nothing of bodies or sockets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shadow.upstream.target import Origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from comparators.answer import RawHeaders
    from shadow.config.models import Model
    from shadow.request import Request

_HOP_BY_HOP = frozenset({
    b"connection",
    b"keep-alive",
    b"proxy-connection",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
})  # fmt: skip
_OURS = frozenset({
    b"host",
    b"content-length",
    b"expect",
    b"accept-encoding",
    b"idempotency-key",
    b"shadow-side",
})  # fmt: skip
_NOT_SETTABLE = _HOP_BY_HOP | (_OURS - {b"host"})
_NO_NAMES = frozenset({b"keep-alive", b"close", b""})
_TRACE = frozenset({b"traceparent", b"tracestate"})
_CREDENTIAL = re.compile(
    rb"authorization|cookie|api[-_]?key|token|secret|passw|credential|session|assertion|jwt|client[-_]cert"
    rb"|(?:^|[-_])auth(?:$|[-_])"
)
_REMEMBERED = 1024  # header names; clients choose them, so the memory of them is bounded
_FRAMING = frozenset({b"content-length", b"content-encoding"}) | _HOP_BY_HOP
_OF_THE_RAW_BODY = frozenset({
    b"accept-ranges",
    b"content-digest",
    b"content-md5",
    b"content-range",
    b"content-type",
    b"digest",
    b"etag",
    b"last-modified",
    b"repr-digest",
    b"set-cookie",
})  # fmt: skip


def is_credential(name: bytes) -> bool:
    """Whether a header of this name (lower case) may let its holder in somewhere."""
    return _CREDENTIAL.search(name) is not None


class _Fates(dict[bytes, bool | None]):
    """Whether a header goes along; None for Connection, which stays and names others that do.

    Decided once per spelling of a name, and remembered for a bounded number of them.
    """

    def __init__(self, *, passed: frozenset[bytes], replaced: frozenset[bytes], end_to_end: bool) -> None:
        super().__init__()
        self._passed = passed
        self._replaced = replaced
        self._end_to_end = end_to_end

    def __missing__(self, name: bytes) -> bool | None:
        lower = name.lower()
        fate = None if lower == b"connection" else self._goes(lower)
        if len(self) < _REMEMBERED:
            self[name] = fate
        return fate

    def _goes(self, name: bytes) -> bool:
        if name in _HOP_BY_HOP or name in self._replaced:
            return False
        if name in self._passed or name in _TRACE:
            return True
        return self._end_to_end and not is_credential(name)


class HeaderRules:
    """Makes the headers of a model's request from the client's.

    `end_to_end` passes every end-to-end header that is no credential, as for a request passed on;
    without it only trace headers and the named ones go, as for a request that we wrote ourselves.
    """

    def __init__(
        self, *, added: Iterable[tuple[bytes, bytes]], passed: Iterable[str] = (), end_to_end: bool = True
    ) -> None:
        self._added = tuple(added)
        self._fates = _Fates(
            passed=frozenset(name.lower().encode("latin-1") for name in passed),
            replaced=_OURS | {name.lower() for name, _ in self._added},
            end_to_end=end_to_end,
        )

    def __call__(self, request: Request) -> RawHeaders:
        """Give the headers to send, without any of the message's framing."""
        fates, headers = self._fates, request.headers
        kept = [pair for pair in headers if fates[pair[0]]]
        connection = [value for name, value in headers if fates[name] is None]
        if connection and (named := _listed(connection) - _NO_NAMES):
            kept = [pair for pair in kept if pair[0].lower() not in named]
        if request.exchange:
            kept.append((b"Idempotency-Key", request.exchange.encode("latin-1")))
        return (*self._added, *kept)


def _listed(values: list[bytes]) -> set[bytes]:
    return {word.strip().lower() for value in values for word in value.split(b",")}


def wrong_headers(model: Model) -> Iterator[str]:
    """Name the configured headers that cannot be sent, never quoting a value."""
    for name, value in model.headers.items():
        if name.lower().encode() in _NOT_SETTABLE:
            yield f"headers.{name}: is set by the router itself"
        elif not _is_latin(value.get_secret_value()):
            yield f"headers.{name}: a header holds only characters of ISO 8859-1"
    if model.api_key is not None and not _is_latin(model.api_key.get_secret_value()):
        yield "api_key: a header holds only characters of ISO 8859-1"


def _is_latin(text: str) -> bool:
    return all(ord(sign) < 256 for sign in text)


def added_headers(model: Model, own: Iterable[tuple[bytes, bytes]]) -> RawHeaders:
    """Give what every request to a model carries; the configuration's `headers` win over the adapter's own.

    The reply is asked for uncompressed: it is read here, and what is served must suit every client.
    """
    configured = tuple(
        (name.encode("latin-1"), value.get_secret_value().encode("latin-1"))
        for name, value in model.headers.items()
    )
    taken = {name.lower() for name, _ in configured}
    fixed = ((b"Accept-Encoding", b"identity"), (b"Shadow-Side", b"model"), *own)
    return (*(pair for pair in fixed if pair[0].lower() not in taken), *configured)


def bearer(model: Model) -> RawHeaders:
    """Give the Authorization header that carries a model's key, else the user and password of its URL."""
    if model.api_key is not None:
        return ((b"Authorization", b"Bearer " + model.api_key.get_secret_value().encode("latin-1")),)
    return basic(model)


def basic(model: Model) -> RawHeaders:
    """Give the Authorization header that carries the user and password of a model's URL, if it has any."""
    authorization = Origin.parse(model.url).authorization
    return ((b"Authorization", authorization),) if authorization is not None else ()


def unframed(headers: RawHeaders) -> RawHeaders:
    """Drop what belongs to the connection the answer came by, not to the answer."""
    return tuple(pair for pair in headers if pair[0].lower() not in _FRAMING)


def of_another_body(headers: RawHeaders) -> RawHeaders:
    """Drop what was said of the raw body, so that the headers can go with another one; cookies go too."""
    return tuple(pair for pair in unframed(headers) if pair[0].lower() not in _OF_THE_RAW_BODY)
