"""The root of every error this package raises on purpose."""

from __future__ import annotations


class ShadowError(Exception):
    """Anything the router refuses to do, told in one message a person can act on."""


class ConfigError(ShadowError):
    """The configuration cannot be used; the message lists every problem with its path and line."""


class StoreError(ShadowError):
    """The store cannot be opened, read or migrated."""
