"""Number: how far two numbers lie apart, relative to the larger one."""

from __future__ import annotations

from decimal import Context, Decimal
from math import isfinite, ulp
from typing import TYPE_CHECKING

from comparators.decimals import EXACT, decimal_of
from comparators.divergence import Divergence, NotComparable
from comparators.json_value import kind
from comparators.place import Place

if TYPE_CHECKING:
    from typing import Any

    from comparators.answer import Answer

_LEAST = 5e-324  # the smallest float above 0, for a difference too small to be one


class Number:
    """0 when two numbers are within tolerance, else their distance relative to the larger one, at most 1.

    Within tolerance, any of which is enough:
    - |a - b| <= max(absolute, relative * max(|a|, |b|));
    - `ulp`: as many steps apart as there are between neighbouring doubles of the larger one's size;
    - `decimals`: equal once rounded to so many places; `digits`: to so many significant digits. Half goes to
      the even digit. Two numbers that lie close to each other, but on either side of where rounding changes,
      are not equal by these.

    All are symmetric. Numeric strings count as numbers; without a pointer so does a whole body that is a number.
    Anything else (true, NaN, words) is not comparable; missing on one side only is 1.
    Raises ValueError for a tolerance that is negative or not finite, or for both ways of rounding.
    """

    name = "number"

    def __init__(
        self,
        pointer: str = "",
        *,
        absolute: float = 0.0,
        relative: float = 0.0,
        ulp: int = 0,
        decimals: int | None = None,
        digits: int | None = None,
    ) -> None:
        self.pointer = pointer
        self._place = Place(pointer)
        self._absolute = _tolerance("absolute", absolute)
        self._relative = _tolerance("relative", relative)
        self._ulp = _at_least("ulp", ulp, 0)
        if decimals is not None and digits is not None:
            raise ValueError("numbers are rounded to decimals or to digits, not to both")
        self._decimals = None if decimals is None else _at_least("decimals", decimals, 0)
        self._digits = None if digits is None else _at_least("digits", digits, 1)
        self._rounds = decimals is not None or digits is not None

    def __call__(self, legacy: Answer, model: Answer, /) -> Divergence:
        """Tell how far the model's answer lies from the legacy answer."""
        old, new = self._place.values(legacy, model)
        alone = self._place.one_sided(old, new)
        if alone is not None:
            return alone
        try:
            value = self._distance(_number(old, "legacy"), _number(new, "model"))
        except ArithmeticError as exc:
            raise NotComparable("the numbers are too large or too small to be compared") from exc
        return self._place.differ(value, old, new)

    def _distance(self, old: Decimal, new: Decimal) -> float:
        gap = EXACT.abs(EXACT.subtract(old, new))
        larger = max(old.copy_abs(), new.copy_abs())
        if gap <= self._absolute or gap <= EXACT.multiply(self._relative, larger):
            return 0.0
        if self._ulp and _are_near(float(old), float(new), self._ulp):
            return 0.0
        if self._rounds and self._rounded(old) == self._rounded(new):
            return 0.0
        return min(float(EXACT.divide(gap, larger)) or _LEAST, 1.0)

    def _rounded(self, number: Decimal) -> Decimal:
        if self._digits is not None:
            return Context(self._digits, Emax=EXACT.Emax, Emin=EXACT.Emin).plus(number)
        exponent = number.as_tuple().exponent
        if self._decimals is None or not isinstance(exponent, int) or exponent >= -self._decimals:
            return number
        enough = Context(max(number.adjusted() + self._decimals + 2, 1), Emax=EXACT.Emax, Emin=EXACT.Emin)
        return number.quantize(Decimal(1).scaleb(-self._decimals, EXACT), context=enough)


def _tolerance(option: str, value: float) -> Decimal:
    number = Decimal(repr(float(value)))
    if not (number.is_finite() and number >= 0):
        raise ValueError(f"{option} must be a finite number of at least 0, not {value!r}")
    return number


def _at_least(option: str, value: int, least: int) -> int:
    if not least <= value <= 1_000:
        raise ValueError(f"{option} must be from {least} to 1000, not {value!r}")
    return value


def _are_near(old: float, new: float, steps: int) -> bool:
    """Whether two doubles lie within so many steps of the larger one's size."""
    return isfinite(old) and isfinite(new) and abs(old - new) <= steps * ulp(max(abs(old), abs(new)))


def _number(value: Any, side: str) -> Decimal:
    number = decimal_of(value)
    if number is None:
        raise NotComparable(f"{side}: the {kind(value)} is no number")
    return number
