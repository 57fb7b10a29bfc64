"""Numbers as JSON and people write them, read to the last digit. Knows no comparator."""

from __future__ import annotations

from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, InvalidOperation
from typing import Any

from comparators.json_value import kind

# Decimals, for that is what JSON writes: 1.1 lies exactly 0.1 from 1.0. The widest exponents let no
# difference vanish; a result beyond even these raises an ArithmeticError.
EXACT = Context(prec=40, Emax=MAX_EMAX, Emin=MIN_EMIN)


def decimal_of(value: Any) -> Decimal | None:
    """Read a JSON number, or a text that is one; None for anything else."""
    if type(value) is str:
        return _read(value)
    if kind(value) == "number":
        return Decimal(repr(value) if type(value) is float else value)
    return None


def _read(text: str) -> Decimal | None:
    try:
        number = Decimal(text.strip(), EXACT)
    except InvalidOperation:
        return None
    return number if number.is_finite() and "_" not in text else None
