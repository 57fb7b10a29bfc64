"""Sums up what comparing two files gave, in bounded memory; and its JSON. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

from comparators.divergence import Verdict
from shadow.report.wilson import rate
from shadow.scorer.telling import QUOTED, detail_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from comparators.panel import Judgement, Score
    from shadow.report.model import Rate

SCHEMA = "shadow-compare/1"
"""Fields may be added under this name; renaming or removing one makes a new name."""

PATHS = 10_000
"""Different places that are counted; what lies beyond is counted as one."""

SHOWN = 20
"""Most frequent places that are told."""

IDS = 20
"""Ids that are told of each kind."""

PLACES = 20
"""Places that are told of one pair; in words, 3 of each comparator."""

_QUOTED = 3


@dataclass(slots=True)
class Bill:
    """What came of asking one judge or embedding, how often, and what it cost."""

    outcomes: Counter[str] = field(default_factory=Counter)
    cost: float = 0.0


@dataclass(slots=True)
class Found:
    """What one comparator said: how often it could measure, how often it was above tolerance, the sum of all."""

    measured: int = 0
    diverged: int = 0
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class Place:
    """One place of a pair that differs: by which comparator, of what kind, how gravely, how far; and both values."""

    comparator: str
    pointer: str
    kind: str
    severity: str
    divergence: float
    detail: str


@dataclass(frozen=True, slots=True)
class Example:
    """One pair that is not a match: its id, what each comparator that minds saw, and the first places that differ."""

    id: str
    verdict: str
    divergence: float | None
    seen: tuple[str, ...]
    differences: tuple[Place, ...] = ()


@dataclass(slots=True)
class Summary:
    """What came of comparing; `examples` and the lists of ids are the first of each.

    `left_out` are the comparators that would have to ask somebody. Where they did, `asked` tells what came of it, and
    `opinions` by label how often judges prefer which side.
    """

    route: str
    tolerances: Mapping[str, float]
    left_out: tuple[str, ...] = ()
    verdicts: Counter[str] = field(default_factory=Counter)
    comparators: dict[str, Found] = field(default_factory=dict)
    paths: Counter[tuple[str, str]] = field(default_factory=Counter)
    paths_left_out: int = 0
    examples: list[Example] = field(default_factory=list)
    only_legacy: int = 0
    only_model: int = 0
    alone: dict[str, list[str]] = field(default_factory=lambda: {"legacy": [], "model": []})
    asked: Mapping[str, Bill] = field(default_factory=dict)
    opinions: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def add(self, key: str, judgement: Judgement) -> None:
        """Add one pair."""
        self.verdicts[str(judgement.verdict)] += 1
        for score in judgement.scores:
            self._add_score(score)
        if judgement.verdict is not Verdict.MATCH and len(self.examples) < IDS:
            seen, places = tuple(self.told(judgement.scores)), tuple(_places(judgement.scores))
            self.examples.append(
                Example(key, str(judgement.verdict), judgement.divergence, seen, places[:PLACES])
            )

    def add_alone(self, legacy: Iterable[str], model: Iterable[str]) -> None:
        """Add the ids that only one file has."""
        for key in legacy:
            self.only_legacy += 1
            if self.only_legacy <= IDS:
                self.alone["legacy"].append(key)
        for key in model:
            self.only_model += 1
            if self.only_model <= IDS:
                self.alone["model"].append(key)

    @property
    def pairs(self) -> int:
        """How many ids both files have."""
        return self.verdicts.total()

    @property
    def diverged(self) -> Rate:
        """The diverged among those that could be compared."""
        diverged = self.verdicts[Verdict.DIVERGED]
        return rate(diverged, diverged + self.verdicts[Verdict.MATCH])

    def told(self, scores: Iterable[Score]) -> list[str]:
        """Tell what the comparators that mind saw, a line each, and below it the first places with both values."""
        lines = []
        for score in scores:
            detail = detail_of(score, QUOTED)
            if score.divergence is None:
                lines.append(f"{score.label}: {detail}")
            elif self._over(score):
                lines.append(f"{score.label} {score.divergence:.3g}: {_where(score)}{detail}")
                told = ((each, detail_of(each, QUOTED)) for each in score.differences)
                new = ((each, text) for each, text in told if text and text not in detail)
                lines += [
                    f"  {each.pointer or '(the whole)'} {each.kind}: {text}"
                    for each, text in islice(new, _QUOTED)
                ]
        return lines

    def _over(self, score: Score) -> bool:
        return score.held is not None and not score.held <= self.tolerances.get(score.label, 0.0)

    def _add_score(self, score: Score) -> None:
        found = self.comparators.setdefault(score.label, Found())
        if score.divergence is None:
            return
        found.measured += 1
        found.total += score.divergence
        found.diverged += self._over(score)
        for pointer in dict.fromkeys(difference.pointer for difference in score.differences):
            place = (score.label, pointer)
            if place in self.paths or len(self.paths) < PATHS:
                self.paths[place] += 1
            else:
                self.paths_left_out += 1


def _places(scores: Iterable[Score]) -> Iterator[Place]:
    for score in scores:
        for each in score.differences:
            detail = detail_of(each, QUOTED)
            yield Place(score.label, each.pointer, each.kind, str(each.severity), each.divergence, detail)


def _where(score: Score) -> str:
    """Name the first place, where the detail does not."""
    first = next((difference.pointer for difference in score.differences), "")
    return f"{first} " if first and first not in score.detail and not score.label.endswith(first) else ""


def to_json(summary: Summary, legacy: str, model: str) -> str:
    """Write a summary as indented JSON."""
    diverged = summary.diverged
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "route": summary.route,
        "files": {"legacy": legacy, "model": model},
        "pairs": summary.pairs,
        "only_in_legacy": {"n": summary.only_legacy, "ids": summary.alone["legacy"]},
        "only_in_model": {"n": summary.only_model, "ids": summary.alone["model"]},
        "verdicts": {str(verdict): summary.verdicts[verdict] for verdict in Verdict},
        "diverged": diverged,
        "comparators": [
            {
                "label": label,
                "tolerance": summary.tolerances.get(label, 0.0),
                "measured": found.measured,
                "diverged": found.diverged,
                "mean": found.total / found.measured if found.measured else None,
            }
            for label, found in summary.comparators.items()
        ],
        "left_out": summary.left_out,
        "asked": summary.asked,
        "opinions": summary.opinions,
        "paths": [
            {"comparator": label, "pointer": pointer, "n": n}
            for (label, pointer), n in summary.paths.most_common(SHOWN)
        ],
        "examples": summary.examples,
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"
