"""The ids of exchanges and workers: UUIDv7 as text, so that ids sort by the time they were made."""

from __future__ import annotations

from uuid_utils import uuid7


def new_id() -> str:
    """Make an id; of two made by one process, the later sorts after the earlier."""
    return str(uuid7())
