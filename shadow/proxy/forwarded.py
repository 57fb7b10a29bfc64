"""What legacy is told besides the client's own words: Host, Forwarded, X-Forwarded-… and Via, as configured.

Knows headers and who is on the other end; reads no body and opens nothing. Without a policy it does not exist.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from comparators.answer import RawHeaders
    from shadow.config.listen import Legacy

    Headers = list[tuple[bytes, bytes]]

_FOR, _PROTO, _HOST = b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host"


class Asked(Protocol):
    """What is read of the client's request."""

    @property
    def remote(self) -> str | None:
        """The client's address."""
        ...

    @property
    def version(self) -> tuple[int, int]:
        """The version of HTTP it spoke."""
        ...


def policy(
    legacy: Legacy, *, host: bytes, encrypted: bool
) -> Callable[[RawHeaders, Asked], RawHeaders] | None:
    """Give what makes legacy's headers of the client's, or None when they go as they are.

    `host` is legacy's own, `encrypted` whether clients come by TLS.
    """
    if (legacy.host, legacy.forwarded, legacy.via) == ("keep", "none", None):
        return None
    return Policy(legacy, host=host, encrypted=encrypted)


class Policy:
    """Adds to the end-to-end headers of a client's request what the configuration says."""

    __slots__ = ("_appends", "_host", "_proto", "_tells", "_via", "_writes_forwarded", "_writes_x")

    def __init__(self, legacy: Legacy, *, host: bytes, encrypted: bool) -> None:
        self._host = host if legacy.host == "upstream" else None
        self._tells = legacy.forwarded != "none"
        self._writes_x = legacy.forwarded in {"x-forwarded", "both"}
        self._writes_forwarded = legacy.forwarded in {"forwarded", "both"}
        self._appends = legacy.client_forwarded == "append"
        self._proto = b"https" if encrypted else b"http"
        self._via = legacy.via.encode("ascii") if legacy.via is not None else None

    def __call__(self, headers: RawHeaders, request: Asked) -> RawHeaders:
        """Give the headers that legacy gets."""
        sent = (
            list(headers) if self._appends or not self._tells else [each for each in headers if _is_own(each)]
        )
        if self._tells:
            self._tell(sent, _address(request.remote), _first(headers, b"host"))
        if self._via is not None:
            sent.append((b"Via", b"%d.%d %b" % (*request.version, self._via)))
        if self._host is not None:
            sent = [(name, self._host if name.lower() == b"host" else value) for name, value in sent]
        return tuple(sent)

    def _tell(self, sent: Headers, address: str, host: bytes | None) -> None:
        """Tell of the client; what one of our own proxies told before us about its scheme and host stays."""
        if self._writes_x:
            _extend(sent, b"X-Forwarded-For", address.encode("ascii", "replace"))
            if _first(sent, _PROTO) is None:
                sent.append((b"X-Forwarded-Proto", self._proto))
            if host is not None and _first(sent, _HOST) is None:
                sent.append((b"X-Forwarded-Host", host))
        if self._writes_forwarded:
            _extend(sent, b"Forwarded", _element(address.encode("ascii", "replace"), host, self._proto))


def _is_own(header: tuple[bytes, bytes]) -> bool:
    """Whether a header is the client's own to send, and no word of a proxy's about it.

    With `_` for `-` too: by the rules of CGI, and so to WSGI, the two are one name.
    """
    name = header[0].lower().replace(b"_", b"-")
    return name != b"forwarded" and not name.startswith(b"x-forwarded-")


def _address(remote: str | None) -> str:
    """Give an address without its zone, and one of IPv4 as such also where it came by an IPv6 socket."""
    address = (remote or "unknown").partition("%")[0]
    return address.removeprefix("::ffff:") if "." in address else address


def _element(address: bytes, host: bytes | None, proto: bytes) -> bytes:
    """Write one element of Forwarded (RFC 7239, 4): an IPv6 address and a host need quotes."""
    who = b'"[%b]"' % address if b":" in address else address
    if host is None:
        return b"for=%b;proto=%b" % (who, proto)
    return b'for=%b;host="%b";proto=%b' % (who, host.replace(b"\\", b"\\\\").replace(b'"', b'\\"'), proto)


def _first(headers: RawHeaders | Headers, wanted: bytes) -> bytes | None:
    for name, value in headers:
        if len(name) == len(wanted) and name.lower() == wanted:
            return value
    return None


def _extend(sent: Headers, name: bytes, element: bytes) -> None:
    """Put an element at the end of a list header: into its last line, or into one of its own."""
    wanted = name.lower()
    for at in range(len(sent) - 1, -1, -1):
        there, value = sent[at]
        if there.lower() == wanted:
            sent[at] = there, b"%b, %b" % (value, element) if value else element
            return
    sent.append((name, element))
