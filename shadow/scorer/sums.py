"""Turns one scored exchange into the numbers it adds to every report. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from comparators.divergence import Verdict
from shadow.record.rollup import Rollup
from shadow.record.rows import MINUTE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from comparators.panel import Panel
    from shadow.scorer.compare import Scored
    from shadow.scorer.noise import Repeats
    from shadow.scorer.take import Unscored

PATHS = 200
"""Different JSON paths one roll-up row keeps; the rest are counted under the pointer `…`."""

COHORTS = 100
"""Different values of one cohort that a minute, route, model and version keep; clients choose them. The rest is `…`."""

REST = "…"

Key = tuple[int, str, str, str, str]
"""Minute since the epoch, route, model, version, cohort ('' is everyone, else name=value)."""


@dataclass(frozen=True, slots=True)
class Told:
    """One comparator's number as it is counted: whether it was above tolerance, and each place that differed."""

    label: str
    divergence: float
    over: bool
    pointers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """An exchange's judgement as it is counted."""

    verdict: str
    divergence: float | None
    confidence: float | None
    told: tuple[Told, ...]


def keys_of(exchange: Unscored) -> Iterator[Key]:
    """Give the roll-up rows an exchange belongs to: everyone's, and one for each of its cohorts."""
    place = (exchange.at // MINUTE, exchange.route, exchange.model or "", exchange.version or "")
    yield (*place, "")
    for name, value in exchange.cohorts.items():
        yield (*place, f"{name}={value}")


def sum_of(scored: Scored, panel: Panel | None) -> Rollup:
    """Give the numbers of one exchange."""
    rollup = Rollup()
    count(rollup, scored, judged_of(scored, panel))
    return rollup


def count(rollup: Rollup, scored: Scored, judged: Judged | None) -> None:
    """Add the numbers of one exchange to a sum; `judged` is what `judged_of` gives of it."""
    exchange = scored.exchange
    rollup.count("exchanges")
    rollup.count(f"served:{exchange.served}")
    rollup.count(f"reason:{exchange.reason}")
    rollup.count(f"disposition:{scored.disposition}")
    sides = (
        ("legacy", exchange.legacy_status, exchange.legacy_seconds, exchange.legacy_failure),
        ("model", exchange.model_status, exchange.model_seconds, exchange.model_failure),
    )
    for side, status, seconds, failure in sides:
        if status is not None:
            rollup.count(f"{side}:{status}")
        if seconds is not None:
            rollup.time(side, seconds)
        if failure is not None:
            rollup.count(f"{side}_failure:{failure}")
    if scored.confidence is not None:
        rollup.share("confidence", scored.confidence)
    _add_usage(rollup, scored)
    if scored.repeats is not None:  # a repeat is no exchange, but it is not free
        _add_usage(rollup, scored.repeats)
    _add_samples(rollup, scored)
    for label, _, side in scored.opinions:
        rollup.count(f"preferred:{label}:{side}")
    if judged is not None:
        _count_judged(rollup, judged)


def _add_usage(rollup: Rollup, spent: Scored | Repeats) -> None:
    rollup.count("tokens_in", spent.tokens_in or 0)
    rollup.count("tokens_out", spent.tokens_out or 0)
    rollup.cost += spent.cost or 0.0


def _add_samples(rollup: Rollup, scored: Scored) -> None:
    """Add what further answers used: they are no exchange, either."""
    exchange = scored.exchange
    if exchange.samples is not None:
        rollup.count("samples", exchange.samples)
        rollup.count("tokens_in", exchange.samples_in or 0)
        rollup.count("tokens_out", exchange.samples_out or 0)
        rollup.cost += scored.samples_cost or 0.0
    if exchange.unweighed is not None:
        rollup.count(f"unweighed:{exchange.unweighed}")


def judged_of(scored: Scored, panel: Panel | None) -> Judged | None:
    """Give what of an exchange's judgement is counted; None when it was not judged."""
    judgement = scored.judgement
    if judgement is None:
        return None
    tolerances = {entry.label: entry.tolerance for entry in panel.entries} if panel is not None else {}
    return Judged(
        str(judgement.verdict),
        judgement.divergence,
        scored.confidence,
        tuple(
            Told(
                score.label,
                score.divergence,
                score.held is not None and not score.held <= tolerances.get(score.label, 0.0),
                tuple(dict.fromkeys(difference.pointer for difference in score.differences)),
            )
            for score in judgement.scores
            if score.divergence is not None
        ),
    )


def sum_of_judged(judged: Judged) -> Rollup:
    """Give the numbers that come of an exchange's judgement alone: what scoring it anew may change."""
    rollup = Rollup()
    _count_judged(rollup, judged)
    return rollup


def _count_judged(rollup: Rollup, judged: Judged) -> None:
    rollup.count(f"verdict:{judged.verdict}")
    if judged.verdict != Verdict.NOT_COMPARABLE and judged.confidence is not None:
        rollup.share("judged", judged.confidence)
        if judged.verdict == Verdict.MATCH:
            rollup.share("agreement", judged.confidence)
    if judged.divergence is not None:
        rollup.share("divergence", judged.divergence)
    for told in judged.told:
        rollup.count(f"measured:{told.label}")
        rollup.share(f"divergence:{told.label}", told.divergence)
        if told.over:
            rollup.count(f"diverged:{told.label}")
        for pointer in told.pointers:
            rollup.paths[told.label, pointer] += 1


def take_away(rollup: Rollup, part: Rollup) -> None:
    """Take out of a sum what was added to it; a path that has no count of its own was counted under the rest."""
    _less(rollup.counts, part.counts)
    for mine, theirs in ((rollup.seconds, part.seconds), (rollup.shares, part.shares)):
        for name, histogram in theirs.items():
            _less(mine.setdefault(name, Counter()), histogram)
            if not mine[name]:
                del mine[name]
    for path, n in part.paths.items():
        own = min(n, rollup.paths[path])
        _less(rollup.paths, {path: own, ("", REST): n - own})


def _less(counts: Counter[Any], part: Mapping[Any, int]) -> None:
    for key, n in part.items():
        counts[key] -= n
        if not counts[key]:
            del counts[key]


def bound_paths(rollup: Rollup) -> None:
    """Keep the most frequent paths and sum up the rest, so that a row's size stays bounded."""
    if len(rollup.paths) <= PATHS:
        return
    kept = rollup.paths.most_common(PATHS - 1)
    rest = sum(rollup.paths.values()) - sum(n for _, n in kept)
    rollup.paths.clear()
    rollup.paths.update(dict(kept))
    rollup.paths[("", REST)] += rest
