"""Durations, sizes and shares as they are written in the configuration, and as numbers inside."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_BYTES = {
    "B": 1,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "KiB": 1 << 10,
    "MiB": 1 << 20,
    "GiB": 1 << 30,
}
_NUMBER = r"[0-9]{1,15}(?:\.[0-9]{1,9})?"
_QUANTITY = re.compile(rf"({_NUMBER})\s*([A-Za-z]+)")
_PERCENT = re.compile(rf"({_NUMBER})\s*%")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a field holds, in a word for the reference table."""

    word: str


def seconds(value: object) -> float:
    """Read a duration: a number with ms, s, m, h or d, or 0. Seconds; raises ValueError."""
    return _quantity(value, _SECONDS, 'a duration needs a unit (ms, s, m, h, d), like "5s"')


def size(value: object) -> int:
    """Read a size: a number with B, KB, MB, GB, KiB, MiB or GiB, or 0. Whole bytes; raises ValueError."""
    number = _quantity(value, _BYTES, 'a size needs a unit (B, KB, MB, GB, KiB, MiB, GiB), like "64MiB"')
    if number != int(number):
        raise ValueError("a size must be a whole number of bytes")
    return int(number)


def share(value: object) -> float:
    """Read a share: a number in [0, 1], or a percentage as text. Raises ValueError."""
    if isinstance(value, str) and (percent := _PERCENT.fullmatch(value.strip())):
        value = round(float(percent[1]) / 100, 12)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError('must be a number from 0 to 1, or a percentage like "10%"')
    return float(value)


def _quantity(value: object, units: dict[str, float] | dict[str, int], refusal: str) -> float:
    if type(value) in (int, float) and value == 0:
        return 0.0
    found = _QUANTITY.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None or found[2] not in units:
        raise ValueError(refusal)
    # Milliseconds should be the very float a person would write: 300 / 1000, not 300 * 0.001.
    if found[2] == "ms":
        return float(found[1]) / 1000
    return float(found[1]) * units[found[2]]


def written(text: str) -> Any:
    """Give a default as a person writes it: validated like a file's value, and shown so in the schema."""
    return text


def _positive(number: float) -> float:
    if not number > 0 or math.isinf(number):
        raise ValueError("must be more than 0")
    return number


def _written(units: dict[str, Any]) -> dict[str, Any]:
    pattern = rf"^[0-9]+(\.[0-9]+)?\s*({'|'.join(units)})$"
    return {"anyOf": [{"type": "string", "pattern": pattern}, {"const": 0}]}


Duration = Annotated[float, BeforeValidator(seconds), WithJsonSchema(_written(_SECONDS)), Kind("duration")]
"""Seconds, zero included."""

Timeout = Annotated[
    float,
    BeforeValidator(lambda value: _positive(seconds(value))),
    WithJsonSchema(_written(_SECONDS)),
    Kind("duration > 0"),
]
"""Seconds, more than zero."""

Size = Annotated[
    int,
    BeforeValidator(lambda value: int(_positive(size(value)))),
    WithJsonSchema(_written(_BYTES)),
    Kind("size"),
]
"""Bytes, more than zero."""

Share = Annotated[
    float,
    BeforeValidator(share),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": 1},
                {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?\s*%$"},
            ]
        }
    ),
    Kind("share"),
]
"""A number in [0, 1]."""
