"""Exact: the two answers are equal, or they are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comparators.assembled import assembled
from comparators.divergence import Difference, Divergence
from comparators.json_value import CONTAINERS, same
from comparators.place import Place

if TYPE_CHECKING:
    from typing import Any

    from comparators.answer import Answer

_EQUAL = Divergence(0.0)


class Exact:
    """0 when both answers are equal, 1 when they are not.

    Without a pointer the statuses and the bodies count: two JSON documents as JSON (members have no order,
    1 equals 1.0, true does not equal 1), anything else, and whatever is declared `text/…`, byte by byte.
    With a pointer only the JSON value there counts; missing on one side is 1, on both not comparable.
    An event stream counts as what it assembles to.
    """

    name = "exact"

    def __init__(self, pointer: str = "") -> None:
        self.pointer = pointer
        self._place = Place(pointer)

    def __call__(self, legacy: Answer, model: Answer, /) -> Divergence:
        """Tell how far the model's answer lies from the legacy answer."""
        legacy, model = assembled(legacy, model)
        if self.pointer:
            return self._of_values(*self._place.values(legacy, model))
        if legacy.status != model.status:
            return _differ(f"status {legacy.status} -> {model.status}")
        if legacy.body == model.body:
            return _EQUAL
        return self._of_bodies(legacy, model)

    def _of_values(self, old: Any, new: Any) -> Divergence:
        alone = self._place.one_sided(old, new)
        if alone is not None:
            return alone
        return _EQUAL if same(old, new) else self._place.differ(1.0, old, new)

    def _of_bodies(self, legacy: Answer, model: Answer) -> Divergence:
        sizes = f"{len(legacy.body)} bytes -> {len(model.body)} bytes"
        if _is_text(legacy) or _is_text(model):
            return _differ(sizes)
        try:
            old, new = legacy.json, model.json
        except ValueError:  # not both JSON, and the bytes differ
            return _differ(sizes)
        if same(old, new):
            return _EQUAL
        return self._place.differ(1.0, old, new, detail=sizes if type(old) in CONTAINERS else "")


def _is_text(answer: Answer) -> bool:
    return answer.media_type.startswith("text/")


def _differ(detail: str) -> Divergence:
    return Divergence(1.0, detail, (Difference("", 1.0, detail),))
