"""A route's comparators together: one verdict and one divergence from all of them.

Knows nothing of where the answers come from or who is served.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import fsum
from typing import TYPE_CHECKING

from comparators.assembled import assembled
from comparators.divergence import NotComparable, Severity, Verdict
from comparators.fence import measure
from comparators.weighing import check_share, check_weight

if TYPE_CHECKING:
    from collections.abc import Iterable

    from comparators.answer import Answer
    from comparators.divergence import Comparator, Difference, Obstacle


@dataclass(frozen=True, slots=True)
class Entry:
    """One comparator of a panel, the largest divergence that still is a match, and its weight in the mean.

    Of severity `major` it makes the verdict diverged when it lies above its tolerance; `minor`, it counts in
    the panel's divergence only; `info`, it is told and has no say at all. An empty label is filled by the
    panel. Raises ValueError when the tolerance is not in [0, 1], the weight is negative or not finite, or the
    severity is none.
    """

    label: str
    comparator: Comparator
    tolerance: float = 0.0
    weight: float = 1.0
    severity: Severity = Severity.MAJOR

    def __post_init__(self) -> None:
        check_share("tolerance", self.tolerance)
        check_weight(self.weight)
        object.__setattr__(self, "severity", Severity(self.severity))


@dataclass(frozen=True, slots=True)
class Score:
    """What one entry said: its divergence, or None with the reason in `detail` when it could not compare.

    `major` is the part of the divergence that comes of major differences; None means all of it. `obstacle` says in
    one word why it could not compare.
    """

    label: str
    divergence: float | None
    detail: str = ""
    differences: tuple[Difference, ...] = ()
    major: float | None = None
    obstacle: Obstacle | None = None

    @property
    def held(self) -> float | None:
        """The number that is held against the entry's tolerance: the part of major differences."""
        return self.divergence if self.major is None else self.major


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a panel says: its verdict, the mean divergence (None: nothing comparable), every score."""

    verdict: Verdict
    divergence: float | None
    scores: tuple[Score, ...]


class Panel:
    """Judges two answers by several comparators.

    The verdict is diverged when any major entry lies above its tolerance, or the divergence of all above the
    panel's; else not_comparable when any could not compare, or there is none; else match. The divergence is
    the mean over the entries that could compare, by their weights. Entries of severity `info` have no part in
    either. No comparator can make judging raise.

    `tolerance` is the largest divergence of the whole panel that still is a match; 1, the default, is no limit.
    Labels are made unique: an empty one becomes the comparator's name and pointer (`text/street`), and
    `#2`, `#3`, … is added to one that is taken.
    """

    def __init__(self, entries: Iterable[Entry], *, tolerance: float = 1.0) -> None:
        check_share("tolerance", tolerance)
        self.entries = _labelled(entries)
        self.tolerance = tolerance

    def judge(self, legacy: Answer, model: Answer) -> Judgement:
        """Measure two answers by every entry, in order."""
        scores = tuple(_score(entry, legacy, model) for entry in self.entries)
        pairs = [pair for pair in zip(self.entries, scores, strict=True) if pair[0].severity != Severity.INFO]
        divergence = _divergence(pairs)
        return Judgement(self._verdict(pairs, divergence), divergence, scores)

    def _verdict(self, pairs: list[tuple[Entry, Score]], divergence: float | None) -> Verdict:
        if any(_is_above(entry, score) for entry, score in pairs):
            return Verdict.DIVERGED
        if divergence is not None and not divergence <= self.tolerance:
            return Verdict.DIVERGED
        if not pairs or any(score.divergence is None for _, score in pairs):
            return Verdict.NOT_COMPARABLE
        return Verdict.MATCH


def _is_above(entry: Entry, score: Score) -> bool:
    held = score.held
    return entry.severity == Severity.MAJOR and held is not None and not held <= entry.tolerance


def _divergence(pairs: list[tuple[Entry, Score]]) -> float | None:
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
        return Score(entry.label, None, str(exc), obstacle=exc.obstacle)
    return Score(entry.label, found.value, found.detail, found.differences, found.major)
