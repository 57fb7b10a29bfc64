"""Schema: whether the model's answer breaks a JSON Schema where the legacy answer keeps it."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from comparators.divergence import Difference, Divergence, NotComparable, Obstacle
from comparators.json_schema import validator_of
from comparators.json_value import document
from comparators.pointer import MISSING, parse, resolve, unparse

if TYPE_CHECKING:
    from collections.abc import Hashable

    from comparators.answer import Answer

_MOST = 1_000  # errors of one document that are looked at
_NAMING = frozenset({"required", "additionalProperties", "unevaluatedProperties", "dependentRequired"})


class Schema:
    """1 when the model's answer breaks a rule of the schema that the legacy answer keeps, else 0.

    A rule is a keyword of the schema at a place of the document, whatever the element of an array. What legacy
    breaks as well is no difference, and what only legacy breaks is none either: so it has a direction. A body
    that is not JSON is not comparable; with a pointer, the value there is looked at, and one that only the model
    lacks is 1.
    Raises ValueError for a schema that is none, or whose `$ref` leads out of it: nothing is fetched.
    """

    name = "schema"
    symmetric = False

    def __init__(self, schema: dict[str, Any] | bool, *, pointer: str = "", limit: int = 100) -> None:
        if limit < 1:
            raise ValueError(f"limit must be at least 1, not {limit}")
        self.pointer = pointer
        self.limit = limit
        self._path = parse(pointer)
        self._validator = validator_of(schema)

    def __call__(self, legacy: Answer, model: Answer, /) -> Divergence:
        """Tell how far the model's answer lies from the legacy answer."""
        old = resolve(document(legacy, "legacy"), self._path)
        new = resolve(document(model, "model"), self._path)
        if old is MISSING:
            raise NotComparable(f"legacy: no value at {self.pointer}")
        if new is MISSING:
            lost = Difference(self.pointer, 1.0, "missing", "missing", old=old)
            return Divergence(1.0, "missing", (lost,))
        broken = self._broken(new, "model")
        if broken:
            kept = self._broken(old, "legacy")
            broken = {rule: error for rule, error in broken.items() if rule not in kept}
        if not broken:
            return Divergence(0.0)
        differences = tuple(self._told(error, old) for error in islice(broken.values(), self.limit))
        detail = f"{len(broken)} broken: {', '.join(one.detail for one in differences[:3])}"
        return Divergence(1.0, detail, differences)

    def _broken(self, value: Any, side: str) -> dict[Hashable, Any]:
        try:
            return {_rule(error): error for error in islice(self._validator.iter_errors(value), _MOST)}
        except (RecursionError, ArithmeticError) as exc:
            raise NotComparable(f"{side}: too deep or too large to be checked", Obstacle.TOO_DEEP) from exc

    def _told(self, error: Any, old: Any) -> Difference:
        """Tell the place and the keyword, never a value, which the schema's own message would quote."""
        below = unparse(error.absolute_path)
        detail = f'{self.pointer + below or "the whole"} breaks "{error.validator or "false"}"'
        was = resolve(old, tuple(map(str, error.absolute_path)))
        return Difference(self.pointer + below, 1.0, detail, "schema", old=was, new=error.instance)


def _rule(error: Any) -> Hashable:
    """Name the rule: where it stands in the schema, and the place, without the numbers of elements."""
    place = tuple("*" if isinstance(step, int) else step for step in error.absolute_path)
    naming = error.message if error.validator in _NAMING else ""
    return (*map(str, error.absolute_schema_path), "", *place, naming)
