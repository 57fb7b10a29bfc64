"""Tells requests apart by what they ask: a retry has the fingerprint of the first try. Pure."""

from __future__ import annotations

import hashlib

LENGTH = 32
"""Hexadecimal digits: 128 bits."""


def fingerprint(method: str, target: str, body: bytes) -> str:
    """Give a request's fingerprint: the SHA-256 of method, target and the body's SHA-256, a line each."""
    return of_digest(method, target, hashlib.sha256(body).hexdigest())


def of_digest(method: str, target: str, digest: str) -> str:
    """Give the fingerprint of a request of whose body only the SHA-256 was kept."""
    return hashlib.sha256(f"{method}\n{target}\n{digest}".encode("utf-8", "surrogatepass")).hexdigest()[
        :LENGTH
    ]


def of_row(method: str, path: str, target: str | None, body: bytes | None, kept: str | None) -> str | None:
    """Give the fingerprint of a recorded request; None when its body was not kept in any form.

    `kept` is the fingerprint that stands in the place of target and body where these are hashed.
    """
    return fingerprint(method, target or path, body) if body is not None else kept
