"""Keeps secrets out of the record: which header and parameter names hold them. Knows no configuration."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

import msgspec

if TYPE_CHECKING:
    from comparators.answer import RawHeaders

HIDDEN = "***"
_FRAGMENTS = (
    "accesskey",
    "apikey",
    "authorization",
    "bearer",
    "cookie",
    "credential",
    "csrf",
    "jwt",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "secret",
    "session",
    "signature",
    "token",
    "xsrf",
)
_WORDS = frozenset({"auth", "key", "pass", "pwd", "sid", "sig"})
_PARAMETER = re.compile(r"(?<=[?&;#])([^=?&;#]+)=([^&;#\s]*)")
_USER = re.compile(r"(?<=://)[^/?#@\s]*@")
_REMEMBERED = 4096
"""Names, and headers, that are remembered; clients choose them, so there has to be an end."""

_SHORT = 120
"""Characters of JSON up to which a header is remembered."""


def is_secret(name: str) -> bool:
    """Tell whether a header or parameter of this name holds a secret, by the words in it."""
    plain = name.strip().lower().replace("_", "-")
    if plain in _WORDS or "auth" in plain.split("-"):
        return True
    joined = plain.replace("-", "")
    return any(fragment in joined for fragment in _FRAGMENTS)


class _Names(dict[bytes, str]):
    """Header name, as it came, to how it is written, '' when it is secret; filled on first sight."""

    def __missing__(self, name: bytes) -> str:
        text = name.decode("latin-1")
        written = "" if is_secret(text) else text
        if len(self) < _REMEMBERED:
            self[name] = written
        return written


class _Pairs(dict[tuple[bytes, bytes], str]):
    """Header to its JSON, '' when it is secret: most headers were seen before. Begun anew when it is full."""

    def __missing__(self, pair: tuple[bytes, bytes]) -> str:
        name = _names[pair[0]]
        if not name:
            return ""
        value = pair[1].decode("latin-1")
        if "=" in value or "@" in value:
            value = clean_target(value)
        written = _encode((name, value)).decode()
        if len(written) <= _SHORT:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[pair] = written
        return written


_names = _Names()
_pairs = _Pairs()
_encode = msgspec.json.Encoder().encode


def clean_headers(headers: RawHeaders) -> str:
    """Write headers as JSON `[[name, value], …]`: secret ones left out, secrets in URLs hidden."""
    return f"[{','.join(filter(None, map(_pairs.__getitem__, headers)))}]"


def clean_target(target: str) -> str:
    """Hide the values of secret-looking parameters, and the user of an absolute URL."""
    if "@" in target:
        target = _USER.sub(f"{HIDDEN}@", target)
    if "=" not in target:
        return target
    return _PARAMETER.sub(_hide, target)


def _hide(found: re.Match[str]) -> str:
    name = found[1]
    return f"{name}={HIDDEN}" if is_secret(unquote_plus(name)) else found[0]
