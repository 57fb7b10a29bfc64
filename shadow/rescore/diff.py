"""What scoring anew changes: the difference between two sets of differences. Pure, and can be kept and gone on with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from comparators.divergence import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shadow.scorer.sums import Judged, Told

EXAMPLES = 5
"""Exchanges that are told of each kind of change."""

PATHS = 10
"""Places that are told of one exchange."""

CHANGES = ("newly_diverging", "newly_agreeing", "no_longer_comparable", "newly_comparable")
"""What may become of a verdict, besides staying as it was."""


class Example(msgspec.Struct, frozen=True):
    """One exchange whose verdict changed, and the places that differ now and did not before, or the reverse."""

    exchange: str
    before: str
    after: str
    paths: tuple[str, ...]


class Sides(msgspec.Struct):
    """One comparator before and after: how often it measured, and was above tolerance; and who crossed it."""

    measured_before: int = 0
    diverged_before: int = 0
    measured_after: int = 0
    diverged_after: int = 0
    newly_diverging: int = 0
    newly_agreeing: int = 0


class Diff(msgspec.Struct):
    """The changes so far. `skipped` counts, by why, what could not be scored anew; it keeps its scores.

    `unsaid` counts, by why, what judges were asked and did not say: their earlier scores stay.
    """

    unchanged: int = 0
    changes: dict[str, int] = msgspec.field(default_factory=lambda: dict.fromkeys(CHANGES, 0))
    before: dict[str, int] = msgspec.field(default_factory=lambda: dict.fromkeys(map(str, Verdict), 0))
    after: dict[str, int] = msgspec.field(default_factory=lambda: dict.fromkeys(map(str, Verdict), 0))
    comparators: dict[str, Sides] = msgspec.field(default_factory=dict)
    examples: dict[str, list[Example]] = msgspec.field(default_factory=lambda: {name: [] for name in CHANGES})
    skipped: dict[str, int] = msgspec.field(default_factory=dict)
    other_model: int = 0
    unsaid: dict[str, int] = msgspec.field(default_factory=dict)

    @property
    def scored(self) -> int:
        """How many exchanges were scored anew."""
        return self.unchanged + sum(self.changes.values())

    def skip(self, why: str) -> None:
        """Count an exchange that cannot be scored anew."""
        self.skipped[why] = self.skipped.get(why, 0) + 1

    def miss(self, why: str) -> None:
        """Count a judge that was asked and said nothing."""
        self.unsaid[why] = self.unsaid.get(why, 0) + 1

    def add(self, exchange: str, old: Judged, new: Judged) -> None:
        """Add one exchange."""
        self.before[old.verdict] += 1
        self.after[new.verdict] += 1
        self._add_comparators(
            {told.label: told for told in old.told}, {told.label: told for told in new.told}
        )
        kind = change_of(old.verdict, new.verdict)
        if kind is None:
            self.unchanged += 1
            return
        self.changes[kind] += 1
        if len(self.examples[kind]) < EXAMPLES:
            paths = tuple(sorted(set(_places(old.told)) ^ set(_places(new.told)))[:PATHS])
            self.examples[kind].append(Example(exchange, old.verdict, new.verdict, paths))

    def _add_comparators(self, old: dict[str, Told], new: dict[str, Told]) -> None:
        for label in (*old, *(label for label in new if label not in old)):
            before, after = old.get(label), new.get(label)
            sides = self.comparators.setdefault(label, Sides())
            sides.measured_before += before is not None
            sides.measured_after += after is not None
            was, now = before is not None and before.over, after is not None and after.over
            sides.diverged_before += was
            sides.diverged_after += now
            if before is not None and after is not None:
                sides.newly_diverging += now and not was
                sides.newly_agreeing += was and not now


def change_of(old: str, new: str) -> str | None:
    """Name what became of a verdict; None when it stayed."""
    if old == new:
        return None
    if new == Verdict.NOT_COMPARABLE:
        return "no_longer_comparable"
    if old == Verdict.NOT_COMPARABLE:
        return "newly_comparable"
    return "newly_diverging" if new == Verdict.DIVERGED else "newly_agreeing"


def _places(told: Iterable[Told]) -> Iterable[str]:
    """Give the places that differ beyond tolerance, each with its comparator."""
    for one in told:
        if one.over:
            yield from (f"{one.label} {pointer}".rstrip() for pointer in one.pointers or ("",))
