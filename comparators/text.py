"""Text: how far two texts lie apart, and whether something turns their meaning although the words are close."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from comparators.divergence import Divergence, NotComparable, Obstacle
from comparators.json_value import change
from comparators.passage import passages, text_of
from comparators.place import Place
from comparators.text_checks import CHECKS, Check, failed
from comparators.text_measures import Measure, metric
from comparators.text_normal import normaliser
from comparators.text_overlap import overlap_apart
from comparators.text_reading import read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from comparators.answer import Answer
    from comparators.text_reading import Reading

_BY_DEFAULT: tuple[Check, ...] = ("numbers", "dates", "negation")
_FAR = 20  # times the limit: longer texts are not compared at all


class Text:
    """The share of two texts that differs, by the chosen measure; 0 for equal texts.

    `auto` chooses by the lengths: codes by edit distance, lines by 3-grams of characters, longer texts by words.
    It looks at words alone, so case, punctuation and white space do not count. The other measures are told in
    docs/text.md; `rouge_l_recall` and `chrf` ask what became of the legacy text, so they have a direction.

    Before any measure `casefold` takes off case, `squeeze` runs of white space, `markdown` its marks, and
    `numerals` the ways to write a number (1,234.50 is 1234.5).

    `checks` look for what turns a meaning while the words stay close: `numbers`, `dates`, `negation`, `names`.
    One that fails raises the divergence to `least`, and is named in the detail and as the difference's kind.
    None means numbers, dates and negation with `auto`, and no check with any other measure.

    A JSON value other than a string counts as its JSON text, an object with its members sorted; missing on
    one side is 1. Without a pointer the whole body counts, as a JSON value where it is declared JSON and is;
    an event stream counts as the text that it assembles to. A body that is not UTF-8 is not comparable.

    Most measures cost the product of the lengths. Texts longer than `limit` characters (for `partial`, whose
    cost is cubic: whose lengths' product is above 25 * limit) are measured by `auto` instead, and the detail
    says so. Texts beyond 20 * limit that differ are not comparable.
    """

    name = "text"

    def __init__(  # noqa: PLR0913 - the options of a configuration's entry, each by its name
        self,
        pointer: str = "",
        measure: Measure = "auto",
        *,
        casefold: bool = False,
        squeeze: bool = False,
        markdown: bool = False,
        numerals: bool = False,
        checks: Sequence[Check] | None = None,
        least: float = 0.5,
        limit: int = 10_000,
    ) -> None:
        _check_options(measure, checks, least, limit)
        self.pointer = pointer
        self.measure = measure
        self.limit = limit
        self._place = Place(pointer)
        self._normal = normaliser(casefold=casefold, squeeze=squeeze, markdown=markdown, numerals=numerals)
        self._metric = metric(measure)
        self.symmetric = self._metric.symmetric
        default = _BY_DEFAULT if measure == "auto" else ()
        self._checks = frozenset(default if checks is None else checks)
        self._least = least

    def __call__(self, legacy: Answer, model: Answer, /) -> Divergence:
        """Tell how far the model's answer lies from the legacy answer."""
        old, new = passages(legacy, model, self._place.path)
        if (alone := self._place.one_sided(old, new)) is not None:
            return alone
        first, second = self._normal(text_of(old)), self._normal(text_of(new))
        if first == second:
            return Divergence(0.0)
        self._bound(max(len(first), len(second)))
        readings = read(first), read(second)
        value, note = self._apart(first, second, readings)
        failure = failed(self._checks, *readings) if value < self._least and self._checks else None
        if failure is not None:
            check, what = failure
            detail = f"{check} ({what}): {change(old, new)}{note}"
            return self._place.differ(self._least, old, new, detail=detail, how=check)
        return self._place.differ(value, old, new, detail=f"{change(old, new)}{note}")

    def _bound(self, length: int) -> None:
        if length > _FAR * self.limit and self._metric.power:
            raise NotComparable(
                f"a text of {length} characters is beyond {_FAR} times the limit {self.limit}",
                Obstacle.TOO_LARGE,
            )

    def _apart(self, first: str, second: str, readings: tuple[Reading, Reading]) -> tuple[float, str]:
        """Measure within the bounds of cost; give a note for the detail where `auto` had to serve."""
        if self.measure == "auto":
            return overlap_apart(*readings), ""
        if self._is_too_long(len(first), len(second)):
            return overlap_apart(*readings), f" (by auto: longer than {self.measure} allows)"
        if self._metric.symmetric:  # a sorted pair makes a measure symmetric that by itself need not be
            first, second = sorted((first, second))
        return min(max(self._metric.apart(first, second), 0.0), 1.0), ""

    def _is_too_long(self, old: int, new: int) -> bool:
        if self._metric.power == 3:
            return old * new > 25 * self.limit
        return self._metric.power == 2 and max(old, new) > self.limit


def _check_options(measure: Measure, checks: Sequence[Check] | None, least: float, limit: int) -> None:
    if measure not in get_args(Measure):
        raise ValueError(f"measure must be one of {', '.join(get_args(Measure))}, not {measure!r}")
    for check in checks or ():
        if check not in CHECKS:
            raise ValueError(f"checks must be of {', '.join(CHECKS)}, not {check!r}")
    if not 0.0 <= least <= 1.0:
        raise ValueError(f"least must be in [0, 1], not {least!r}")
    if limit < 1:
        raise ValueError(f"limit must be at least 1, not {limit}")
