"""Reads a key from a request (a header, a query parameter, a cookie, a JSON value, the client's address)."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING

import msgspec

from comparators.pointer import MISSING, resolve

if TYPE_CHECKING:
    from shadow.config.sources import Source
    from shadow.request import Request

LONGEST = 256
"""Characters of a key or cohort value that are kept; a longer one is cut, alike on every request."""


def read_key(source: Source, request: Request, peer: str) -> str | None:
    """Give the request's value for a source, or None when it carries none."""
    match source.kind:
        case "header":
            value = request.header(source.name)
        case "query":
            value = request.query.get(source.name)
        case "cookie":
            value = _cookie(request, source.name)
        case "json":
            value = _json(request, source.name)
        case _:
            value = peer or None
    return value[:LONGEST] if value is not None else None


def _cookie(request: Request, name: str) -> str | None:
    try:
        cookies = SimpleCookie(request.header("cookie") or "")
    except CookieError:
        return None
    return cookies[name].value if name in cookies else None


def _json(request: Request, pointer: str) -> str | None:
    try:
        value = resolve(request.json, pointer)
    except (ValueError, LookupError):
        return None
    if value is MISSING or value is None or isinstance(value, (dict, list)):
        return None
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
