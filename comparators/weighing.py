"""What settings of weight and tolerance may be: the same for a panel's entries and for rules within documents."""

from __future__ import annotations

import re
from math import isfinite
from typing import Any

_PERCENT = re.compile(r"(\d+(?:\.\d+)?) *%", re.ASCII)


def read_share(value: Any) -> Any:
    """Read a share that may be written as a percentage, as `10%`; anything else is given back as it is."""
    found = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    return float(found[1]) / 100 if found else value


def check_share(name: str, value: float) -> None:
    """Raise ValueError unless a setting lies in [0, 1]."""
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"{name} must be in [0, 1], not {value!r}")


def check_weight(weight: float) -> None:
    """Raise ValueError unless a weight is a finite number of at least 0."""
    if not (weight >= 0.0 and isfinite(weight)):
        raise ValueError(f"weight must be a finite number of at least 0, not {weight!r}")
