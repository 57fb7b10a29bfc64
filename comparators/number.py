"""Number: how far two numbers lie apart, relative to the larger one."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from comparators.decimals import EXACT, decimal_of
from comparators.divergence import Difference, Divergence, NotComparable
from comparators.json_value import change, kind, values_at
from comparators.pointer import MISSING, parse

if TYPE_CHECKING:
    from typing import Any

    from comparators.answer import Answer

_LEAST = 5e-324  # the smallest float above 0, for a difference too small to be one


class Number:
    """0 when two numbers are within tolerance, else their distance relative to the larger one, at most 1.

    Within tolerance is |a - b| <= max(absolute, relative * max(|a|, |b|)), which is symmetric. Numeric
    strings count as numbers; without a pointer so does a whole body that is a number. Anything else (true,
    NaN, words) is not comparable; missing on one side only is 1.
    Raises ValueError for a tolerance that is negative or not finite.
    """

    name = "number"

    def __init__(self, pointer: str = "", *, absolute: float = 0.0, relative: float = 0.0) -> None:
        self.pointer = pointer
        self._path = parse(pointer)
        self._absolute = _tolerance("absolute", absolute)
        self._relative = _tolerance("relative", relative)

    def __call__(self, legacy: Answer, model: Answer, /) -> Divergence:
        """Tell how far the model's answer lies from the legacy answer."""
        old, new = self._values(legacy, model)
        if old is MISSING or new is MISSING:
            return self._differ(1.0, old, new, "added" if old is MISSING else "missing")
        try:
            value = self._distance(_number(old, "legacy"), _number(new, "model"))
        except ArithmeticError as exc:
            raise NotComparable("the numbers are too large or too small to be compared") from exc
        return self._differ(value, old, new, "changed") if value else Divergence(0.0)

    def _values(self, legacy: Answer, model: Answer) -> tuple[Any, Any]:
        if self._path:
            return values_at(legacy, model, self._path)
        return _whole(legacy), _whole(model)

    def _distance(self, old: Decimal, new: Decimal) -> float:
        gap = EXACT.abs(EXACT.subtract(old, new))
        larger = max(old.copy_abs(), new.copy_abs())
        if gap <= self._absolute or gap <= EXACT.multiply(self._relative, larger):
            return 0.0
        return min(float(EXACT.divide(gap, larger)) or _LEAST, 1.0)

    def _differ(self, value: float, old: Any, new: Any, how: str) -> Divergence:
        detail = change(old, new)
        return Divergence(value, detail, (Difference(self.pointer, value, detail, how),))


def _tolerance(option: str, value: float) -> Decimal:
    number = Decimal(repr(float(value)))
    if not (number.is_finite() and number >= 0):
        raise ValueError(f"{option} must be a finite number of at least 0, not {value!r}")
    return number


def _whole(answer: Answer) -> Any:
    try:
        return answer.json
    except ValueError:
        return answer.text


def _number(value: Any, side: str) -> Decimal:
    number = decimal_of(value)
    if number is None:
        raise NotComparable(f"{side}: the {kind(value)} is no number")
    return number
