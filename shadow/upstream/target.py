"""Where an upstream is: its URL, taken apart once. Opens nothing."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote_to_bytes, urlsplit

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Origin:
    """One upstream: where to connect, and what every request to it begins with.

    `base_path` goes in front of each request's target, without a slash at its end. `authorization` is the
    Basic credentials of the URL's user and password, for requests that bring none of their own.
    """

    scheme: Literal["http", "https"]
    host: str
    port: int
    base_path: bytes = b""
    host_header: bytes = b""
    authorization: bytes | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str) -> Origin:
        """Take an http or https URL apart; ValueError, which never quotes the URL, when it is none."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise ValueError("an upstream's URL needs a valid host and port") from None
        if parts.scheme not in _PORTS:
            raise ValueError("an upstream's URL begins with http:// or https://")
        if not host or not url.isprintable() or " " in url:
            raise ValueError("an upstream's URL needs a host, like http://127.0.0.1:9001")
        if "?" in url or "#" in url:
            raise ValueError("an upstream's URL has no query and no fragment")
        scheme: Literal["http", "https"] = "https" if parts.scheme == "https" else "http"
        if port is None:
            port = _PORTS[scheme]
        return cls(
            scheme=scheme,
            host=host,
            port=port,
            base_path=parts.path.rstrip("/").encode(),
            host_header=_host_header(host, port, scheme),
            authorization=_basic(parts.username, parts.password),
        )

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def below(base: bytes, target: bytes) -> bytes:
    """Put a base path in front of a target's own path, wherever that begins; `*` has none."""
    if target.startswith(b"/"):
        return base + target
    scheme, mark, rest = target.partition(b"://")
    host_ends = next((at for at, sign in enumerate(rest) if sign in b"/?"), len(rest))
    return scheme + mark + rest[:host_ends] + base + rest[host_ends:] if mark else target


def _host_header(host: str, port: int, scheme: str) -> bytes:
    name = f"[{host}]" if ":" in host else host
    if port != _PORTS[scheme]:
        name = f"{name}:{port}"
    return name.encode("ascii" if name.isascii() else "idna")


def _basic(user: str | None, password: str | None) -> bytes | None:
    if user is None:
        return None
    pair = unquote_to_bytes(user) + b":" + unquote_to_bytes(password or "")
    return b"Basic " + b64encode(pair)
