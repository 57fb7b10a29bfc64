"""A route's comparators together: one verdict and one divergence from all of them.

Knows nothing of where the answers come from or who is served.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import fsum, isfinite
from typing import TYPE_CHECKING

from comparators.assembled import assembled
from comparators.divergence import NotComparable, Verdict
from comparators.fence import measure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from comparators.answer import Answer
    from comparators.divergence import Comparator, Difference


@dataclass(frozen=True, slots=True)
class Entry:
    """One comparator of a panel, the largest divergence that still is a match, and its weight in the mean.

    An empty label is filled by the panel. Raises ValueError when the tolerance is not in [0, 1] or the
    weight is negative or not finite.
    """

    label: str
    comparator: Comparator
    tolerance: float = 0.0
    weight: float = 1.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.tolerance <= 1.0:
            raise ValueError(f"tolerance must be in [0, 1], not {self.tolerance!r}")
        if not (self.weight >= 0.0 and isfinite(self.weight)):
            raise ValueError(f"weight must be a finite number of at least 0, not {self.weight!r}")


@dataclass(frozen=True, slots=True)
class Score:
    """What one entry said: its divergence, or None with the reason in `detail` when it could not compare."""

    label: str
    divergence: float | None
    detail: str = ""
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a panel says: its verdict, the mean divergence (None: nothing comparable), every score."""

    verdict: Verdict
    divergence: float | None
    scores: tuple[Score, ...]


class Panel:
    """Judges two answers by several comparators.

    The verdict is diverged when any entry that could compare lies above its tolerance; else not_comparable
    when any could not compare, or there is none; else match. The divergence is the mean over the entries
    that could compare, by their weights. No comparator can make judging raise.

    Labels are made unique: an empty one becomes the comparator's name and pointer (`text/street`), and
    `#2`, `#3`, … is added to one that is taken.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = _labelled(entries)

    def judge(self, legacy: Answer, model: Answer) -> Judgement:
        """Measure two answers by every entry, in order."""
        scores = tuple(_score(entry, legacy, model) for entry in self.entries)
        return Judgement(self._verdict(scores), self._divergence(scores), scores)

    def _verdict(self, scores: tuple[Score, ...]) -> Verdict:
        pairs = zip(self.entries, scores, strict=True)
        if any(s.divergence is not None and not s.divergence <= e.tolerance for e, s in pairs):
            return Verdict.DIVERGED
        if not scores or any(score.divergence is None for score in scores):
            return Verdict.NOT_COMPARABLE
        return Verdict.MATCH

    def _divergence(self, scores: tuple[Score, ...]) -> float | None:
        pairs = zip(self.entries, scores, strict=True)
        known = [(e.weight, s.divergence) for e, s in pairs if s.divergence is not None]
        heaviest = max((weight for weight, _ in known), default=0.0)
        if not heaviest:
            return None
        shares = [(weight / heaviest, value) for weight, value in known]  # so that no sum overflows
        return min(fsum(share * value for share, value in shares) / fsum(share for share, _ in shares), 1.0)


def default_label(comparator: Comparator) -> str:
    """Name a comparator for a reader: its `name` or class name, and its `pointer` if it has one."""
    named = comparator if hasattr(comparator, "__name__") else type(comparator)
    name = getattr(comparator, "name", None) or getattr(named, "__name__", "comparator")
    return f"{name}{getattr(comparator, 'pointer', '')}"


def _labelled(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    taken: dict[str, Entry] = {}
    for entry in entries:
        wanted = entry.label or default_label(entry.comparator)
        label, count = wanted, 1
        while label in taken:
            count += 1
            label = f"{wanted}#{count}"
        taken[label] = replace(entry, label=label)
    return tuple(taken.values())


def _score(entry: Entry, legacy: Answer, model: Answer) -> Score:
    try:
        found = measure(entry.comparator, *assembled(legacy, model))
    except NotComparable as exc:
        return Score(entry.label, None, str(exc))
    return Score(entry.label, found.value, found.detail, found.differences)
