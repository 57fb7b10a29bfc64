"""What tests of several parts share: a record that is filled with exchanges that were scored."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from shadow.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from shadow.record.store import Store


def filled(
    store: Store,
    rows: Iterable[tuple[float | None, str | None]],
    *,
    state: int = 2,
    bodies: bool = True,
    cohorts: dict[str, str] | None = None,
    **changes: Any,
) -> list[str]:
    """Write exchanges of the route address, each with a confidence and a verdict; give their ids.

    Each asks something else, unless a `body` is given; `bodies` False keeps no request.
    """
    body = changes.pop("body", None)
    made = []
    with store.transaction() as db:
        for confidence, verdict in rows:
            ident = new_id()
            row = {
                "id": ident,
                "at": 1_000_000 + len(made),
                "worker": "w",
                "state": state,
                "route": "address",
                "phase": "shadow",
                "cohorts": json.dumps(cohorts or {}),
                "method": "POST",
                "path": "/v1/address",
                "served": "legacy",
                "reason": "shadow",
                "disposition": "compared" if verdict in ("match", "diverged") else "not_comparable",
                "legacy_status": 200,
                "model_status": 200,
                "confidence": confidence,
                "verdict": verdict,
                "config_hash": "m",
                "sampling": 1.0,
            }
            db.table("exchanges").insert({**row, **changes})
            if bodies:
                asked = (body or ident).encode()
                request = {"exchange": ident, "side": "request", "target": "/v1/address", "headers": "[]"}
                db.table("bodies").insert({**request, "body": asked})
            made.append(ident)
    return made


@pytest.fixture
def fill() -> Callable[..., list[str]]:
    """Give the function that fills a record."""
    return filled
