"""What the file says of a route's rollout, as the switch that overrides are put on top of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fallback.switch import Switch, certified, in_force
from fallback.words import Phase

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fallback.switch import Grant, Override
    from shadow.config.model import Route


def file_switch(route: Route) -> Switch:
    """Give a route's switch as the file sets it, without any override."""
    threshold = route.confidence.threshold if route.confidence is not None else None
    rollout = route.rollout
    return Switch(
        phase=Phase(rollout.phase),
        sample=rollout.sample,
        exposure=rollout.exposure,
        threshold=threshold if isinstance(threshold, float | int) else None,
        patience=rollout.patience,
        certified=threshold == "certified",
    )


def switch_of(
    file: Switch, overrides: Iterable[Override], now: float, *, grant: Grant | None, standing: str
) -> Switch:
    """Give a route's switch as it is in force: the file's, the overrides above it, its certificate's threshold."""
    found = in_force(file, overrides, now)
    return certified(found, grant, standing) if file.certified else found
