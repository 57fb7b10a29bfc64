"""The http and https URLs of the configuration: what one must look like, and how it may be told."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, WithJsonSchema

from shadow.config.units import Kind

_USERINFO = re.compile(r"(?<=://)[^/?#\s]*@")


def checked_url(url: str) -> str:
    """Give the URL back when a side can be reached by it; ValueError, never quoting it, when not."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("must be a URL with a valid host and port") from None
    if parts.scheme not in {"http", "https"}:
        raise ValueError("must be a URL that begins with http:// or https://")
    if not host or any(not sign.isprintable() or sign.isspace() for sign in url):
        raise ValueError("must be a URL with a host, like http://127.0.0.1:9001")
    if "?" in url or "#" in url:
        raise ValueError("must have no query (?) and no fragment (#): the client's own are passed on")
    return url


def without_userinfo(text: str, instead: str = "") -> str:
    """Take `user:password@` out of every URL in a text."""
    return _USERINFO.sub(instead, text) if "@" in text else text


def _checked_if_given(url: str) -> str:
    return url and checked_url(url)


_SCHEMA = WithJsonSchema({"type": "string", "format": "uri", "pattern": "^https?://[^?#]+$"})

Url = Annotated[str, AfterValidator(checked_url), _SCHEMA, Kind("URL")]
"""An http or https URL with a host and without query and fragment."""

MaybeUrl = Annotated[str, AfterValidator(_checked_if_given), _SCHEMA, Kind("URL")]
"""The same, or "" when there is none."""
