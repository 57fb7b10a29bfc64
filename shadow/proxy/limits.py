"""What a client may do to a worker, and how many may come: no more than the system has descriptors for.

Enforces nothing: that is `connections`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from shadow.lifecycle import descriptors

if TYPE_CHECKING:
    from shadow.config.model import Config

log = structlog.get_logger()

FILES = 64
"""Descriptors that a worker needs for the store, its log and the like."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a client may do to a worker; times in seconds, sizes in bytes."""

    max_connections: int = 10_000
    header_timeout: float = 30.0
    idle_timeout: float = 75.0
    body_timeout: float = 60.0
    min_body_rate: float = 64.0
    max_headers: int = 128
    max_header_size: int = 32_768
    max_framing_size: int = 1_048_576
    max_lingering: int = 256


def limits_of(config: Config) -> Limits:
    """Give what a client may do, and no more connections than the system has descriptors for."""
    listen = config.listen
    others = config.legacy.max_connections + sum(model.max_in_flight for model in config.models.values())
    most = descriptors()
    room = max(most - others - listen.max_lingering - FILES, most // 2)  # not all models are busy at once
    if room < listen.max_connections:
        log.warning("shadow.connections_limited", wanted=listen.max_connections, possible=room)
    return Limits(
        max_connections=min(listen.max_connections, room),
        header_timeout=listen.header_timeout,
        idle_timeout=listen.idle_timeout,
        body_timeout=listen.body_timeout,
        min_body_rate=listen.min_body_rate,
        max_headers=listen.max_headers,
        max_header_size=listen.max_header_size,
        max_framing_size=listen.max_framing_size,
        max_lingering=listen.max_lingering,
    )
