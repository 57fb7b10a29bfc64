"""What calls of a model cost, by the price that the configuration names. Pure."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shadow.config.models import Price

MOST_TOKENS = 1 << 40
"""A model's server that tells more has told nothing."""


def told_tokens(told: int | None) -> int | None:
    """Give a number of tokens that a server told, None when it cannot be one."""
    return told if told is not None and 0 <= told <= MOST_TOKENS else None


def cost_of(
    price: Price | None, tokens_in: int | None, tokens_out: int | None, *, calls: int = 1
) -> float | None:
    """Give what some calls cost, in the price's currency; None without a price, or when it is no finite number."""
    if price is None:
        return None
    tokens = (tokens_in or 0) * price.input_per_million + (tokens_out or 0) * price.output_per_million
    cost = float(price.per_call * calls + tokens / 1e6)
    return cost if isfinite(cost) else None
