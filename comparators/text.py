"""Text: how far two texts lie apart, by one of several string measures (rapidfuzz)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import msgspec

from comparators.divergence import Difference, Divergence, NotComparable
from comparators.json_value import change, values_at
from comparators.pointer import MISSING, parse

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from comparators.answer import Answer

Measure = Literal["edit", "ratio", "partial", "tokens", "sorted_tokens", "jaro_winkler", "equal"]


class Text:
    """The share of two texts that differs, by the chosen measure; symmetric, 0 for equal texts.

    - `edit`: insertions, deletions and replacements needed, over the longer length (Levenshtein);
    - `ratio`: insertions and deletions needed, over both lengths (Indel);
    - `partial`: how badly the shorter text fits anywhere into the longer one;
    - `tokens`: words as sets; 0 also when one text's words are among the other's;
    - `sorted_tokens`: words in any order, by `ratio`;
    - `jaro_winkler`: short names, with weight on a common beginning;
    - `equal`: 0 or 1.

    `casefold` ignores case, `squeeze` takes every run of white space for one blank and none at the ends.
    A JSON value other than a string counts as its JSON text, an object with its members sorted; missing on
    one side is 1. Without a pointer the whole body counts, as a JSON value where it is declared JSON and is;
    a body that is not UTF-8 is not comparable.

    Cost grows with the product of the lengths. Texts that differ and are longer than `limit` characters
    (for `partial`, whose cost is cubic: whose lengths' product is above 25 * limit) are not comparable,
    rather than measured by something else.
    """

    name = "text"

    def __init__(
        self,
        pointer: str = "",
        measure: Measure = "edit",
        *,
        casefold: bool = False,
        squeeze: bool = False,
        limit: int = 10_000,
    ) -> None:
        if measure not in get_args(Measure):
            raise ValueError(f"measure must be one of {', '.join(get_args(Measure))}, not {measure!r}")
        if limit < 1:
            raise ValueError(f"limit must be at least 1, not {limit}")
        self.pointer = pointer
        self.measure = measure
        self.limit = limit
        self._path = parse(pointer)
        self._casefold, self._squeeze = casefold, squeeze
        self._apart = _measure(measure)

    def __call__(self, legacy: Answer, model: Answer, /) -> Divergence:
        """Tell how far the model's answer lies from the legacy answer."""
        old, new = self._values(legacy, model)
        if old is MISSING or new is MISSING:
            return self._differ(1.0, old, new, "added" if old is MISSING else "missing")
        # A sorted pair makes a measure symmetric that by itself need not be.
        first, second = sorted((self._folded(_text(old)), self._folded(_text(new))))
        if first == second:
            return Divergence(0.0)
        self._bound(len(first), len(second))
        value = min(max(self._apart(first, second), 0.0), 1.0)
        return self._differ(value, old, new, "changed") if value else Divergence(0.0)

    def _values(self, legacy: Answer, model: Answer) -> tuple[Any, Any]:
        if self._path:
            return values_at(legacy, model, self._path)
        return _whole(legacy, "legacy"), _whole(model, "model")

    def _folded(self, text: str) -> str:
        text = text.casefold() if self._casefold else text
        return " ".join(text.split()) if self._squeeze else text

    def _bound(self, old: int, new: int) -> None:
        too_long = old * new > 25 * self.limit if self.measure == "partial" else max(old, new) > self.limit
        if too_long and self.measure != "equal":
            raise NotComparable(f"texts of {old} and {new} characters are beyond the limit {self.limit}")

    def _differ(self, value: float, old: Any, new: Any, how: str) -> Divergence:
        detail = change(old, new)
        return Divergence(value, detail, (Difference(self.pointer, value, detail, how),))


def _whole(answer: Answer, side: str) -> Any:
    if "json" in (answer.header("Content-Type") or "").lower():
        try:
            return answer.json
        except ValueError:
            pass  # declared JSON and is none: its text, then
    try:
        return answer.body.decode()
    except UnicodeDecodeError as exc:
        raise NotComparable(f"{side}: the body is not UTF-8 text") from exc


def _text(value: Any) -> str:
    if type(value) is str:
        return value
    try:
        return msgspec.json.encode(value, order="sorted").decode()
    except RecursionError as exc:
        raise NotComparable("the value is nested too deeply to be read as text") from exc


def _measure(name: Measure) -> Callable[[str, str], float]:
    from rapidfuzz import fuzz
    from rapidfuzz.distance import Indel, JaroWinkler, Levenshtein

    measures: dict[Measure, Callable[[str, str], float]] = {
        "edit": Levenshtein.normalized_distance,
        "ratio": Indel.normalized_distance,
        "partial": lambda a, b: 1 - max(fuzz.partial_ratio(a, b), fuzz.partial_ratio(b, a)) / 100,
        "tokens": lambda a, b: 1 - fuzz.token_set_ratio(a, b) / 100,
        "sorted_tokens": lambda a, b: 1 - fuzz.token_sort_ratio(a, b) / 100,
        "jaro_winkler": lambda a, b: 1 - JaroWinkler.similarity(a, b),
        "equal": lambda a, b: float(a != b),
    }
    return measures[name]
