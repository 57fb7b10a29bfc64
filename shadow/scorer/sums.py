"""Turns one scored exchange into the numbers it adds to every report. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comparators.divergence import Verdict
from shadow.record.rollup import Rollup
from shadow.record.rows import MINUTE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from comparators.panel import Panel
    from shadow.scorer.compare import Scored
    from shadow.scorer.noise import Repeats

PATHS = 200
"""Different JSON paths one roll-up row keeps; the rest are counted under the pointer `…`."""

COHORTS = 100
"""Different values of one cohort that a minute, route, model and version keep; clients choose them. The rest is `…`."""

REST = "…"

Key = tuple[int, str, str, str, str]
"""Minute since the epoch, route, model, version, cohort ('' is everyone, else name=value)."""


def keys_of(scored: Scored) -> Iterator[Key]:
    """Give the roll-up rows an exchange belongs to: everyone's, and one for each of its cohorts."""
    exchange = scored.exchange
    place = (exchange.at // MINUTE, exchange.route, exchange.model or "", exchange.version or "")
    yield (*place, "")
    for name, value in exchange.cohorts.items():
        yield (*place, f"{name}={value}")


def sum_of(scored: Scored, panel: Panel | None) -> Rollup:
    """Give the numbers of one exchange."""
    exchange, rollup = scored.exchange, Rollup()
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
    _add_judgement(rollup, scored, panel)
    return rollup


def _add_usage(rollup: Rollup, spent: Scored | Repeats) -> None:
    rollup.count("tokens_in", spent.tokens_in or 0)
    rollup.count("tokens_out", spent.tokens_out or 0)
    rollup.cost += spent.cost or 0.0


def _add_judgement(rollup: Rollup, scored: Scored, panel: Panel | None) -> None:
    judgement = scored.judgement
    if judgement is None:
        return
    rollup.count(f"verdict:{judgement.verdict}")
    if judgement.verdict is not Verdict.NOT_COMPARABLE and scored.confidence is not None:
        rollup.share("judged", scored.confidence)
        if judgement.verdict is Verdict.MATCH:
            rollup.share("agreement", scored.confidence)
    if judgement.divergence is not None:
        rollup.share("divergence", judgement.divergence)
    tolerances = {entry.label: entry.tolerance for entry in panel.entries} if panel is not None else {}
    for score in judgement.scores:
        if score.divergence is None:
            continue
        rollup.count(f"measured:{score.label}")
        rollup.share(f"divergence:{score.label}", score.divergence)
        if score.held is not None and not score.held <= tolerances.get(score.label, 0.0):
            rollup.count(f"diverged:{score.label}")
        for difference in score.differences:
            rollup.paths[(score.label, difference.pointer)] += 1


def bound_paths(rollup: Rollup) -> None:
    """Keep the most frequent paths and sum up the rest, so that a row's size stays bounded."""
    if len(rollup.paths) <= PATHS:
        return
    kept = rollup.paths.most_common(PATHS - 1)
    rest = sum(rollup.paths.values()) - sum(n for _, n in kept)
    rollup.paths.clear()
    rollup.paths.update(dict(kept))
    rollup.paths[("", REST)] += rest
