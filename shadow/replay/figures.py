"""What a replay says: both answers against legacy, what changed between them, and rows for a certificate. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any, Literal

from comparators.divergence import Verdict
from shadow.report.wilson import rate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from shadow.replay.ledger import Replay
    from shadow.replay.measure import Measured, Paths

Loss = Literal["divergence", "wrong", "regret"]

EXAMPLES = 20
"""Exchanges told of each kind of change."""

_CHANGES = {
    (Verdict.DIVERGED, Verdict.MATCH): "newly_agreeing",
    (Verdict.MATCH, Verdict.DIVERGED): "newly_diverging",
    (Verdict.MATCH, Verdict.MATCH): "still_agreeing",
    (Verdict.DIVERGED, Verdict.DIVERGED): "still_diverging",
}
CHANGES = (*_CHANGES.values(), "not_comparable")


@dataclass(slots=True)
class _Side:
    """One of the two models: how its answers compare with legacy's."""

    models: Counter[tuple[str, str]] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    confidence: list[float] = field(default_factory=list)

    def add(self, model: tuple[str, str], verdict: str | None, confidence: float | None) -> None:
        self.models[model] += 1
        self.verdicts[verdict or Verdict.NOT_COMPARABLE] += 1
        if confidence is not None:
            self.confidence.append(confidence)

    def told(self) -> dict[str, Any]:
        match, diverged = self.verdicts[Verdict.MATCH], self.verdicts[Verdict.DIVERGED]
        found = rate(match, match + diverged)
        return {
            "models": [{"model": m, "version": v, "answers": n} for (m, v), n in sorted(self.models.items())],
            "match": match,
            "diverged": diverged,
            "not_comparable": self.verdicts[Verdict.NOT_COMPARABLE],
            "agreement": found.share,
            "interval": None if found.interval is None else [found.interval.low, found.interval.high],
            "with_confidence": len(self.confidence),
            "median_confidence": median(self.confidence) if self.confidence else None,
        }


def told(replay: Replay, measured: Iterable[Measured], *, pending: int, not_kept: int) -> dict[str, Any]:
    """Give what a replay says, as the JSON report has it.

    `pending` is how many recorded exchanges are still to be sent, `not_kept` how many cannot be.
    """
    before, after, changes = _Side(), _Side(), Counter[str]()
    failures, paths, seconds = Counter[str](), Counter[tuple[str, str, int]](), list[float]()
    examples: dict[str, list[dict[str, Any]]] = {"newly_diverging": [], "newly_agreeing": []}
    sums = {"tokens_in": 0, "tokens_out": 0, "cost": 0.0}
    for each in measured:
        if each.failure is not None:
            failures[each.failure] += 1
            continue
        before.add(
            (each.before_model or "", each.before_version or ""), each.before_verdict, each.before_confidence
        )
        after.add((replay.model, replay.version), each.verdict, each.confidence)
        changes[change := change_of(each)] += 1
        if len(examples.get(change, [0] * EXAMPLES)) < EXAMPLES:
            examples[change].append(_example(each, change))
        paths.update((*place, 0) for place in each.before_paths)
        paths.update((*place, 1) for place in each.paths)
        if each.seconds is not None:
            seconds.append(each.seconds)
        for name in sums:
            sums[name] += getattr(each, name) or 0
    answered = sum(changes.values())
    return {
        "replay": replay.id,
        "route": replay.route,
        "model": replay.model,
        "version": replay.version,
        "began": replay.began,
        "answered": answered,
        "failed": dict(sorted(failures.items())),
        "left": max(pending - failures.total(), 0),
        "not_kept": not_kept,
        "before": before.told(),
        "after": {**after.told(), "median_seconds": median(seconds) if seconds else None, **sums},
        "changes": {name: changes[name] for name in CHANGES},
        "paths": _paths(paths),
        "examples": examples,
    }


def change_of(measured: Measured) -> str:
    """Name what became of an exchange between the two answers."""
    before, after = measured.before_verdict, measured.verdict
    if before not in (Verdict.MATCH, Verdict.DIVERGED) or after not in (Verdict.MATCH, Verdict.DIVERGED):
        return "not_comparable"
    return _CHANGES[Verdict(before), Verdict(after)]


def labelled(
    measured: Iterable[Measured], loss: Loss, *, since: int | None = None
) -> Iterator[dict[str, Any]]:
    """Give a row for a certificate of each answer whose loss is known; of a request asked twice the first.

    `fingerprint` is the request's, `probability` that with which it was drawn for review; `signals` is there for a
    combined estimator. Only exchanges from `since` (µs) on are given: what an estimator was fitted on says nothing of
    how good it is.
    """
    seen = set()
    for each in measured:
        found = _loss(each, loss)
        if each.failure is not None or found is None or each.fingerprint in seen:
            continue
        if since is not None and each.at < since:
            continue
        seen.add(each.fingerprint)
        row = {
            "confidence": each.confidence,
            "loss": found,
            "fingerprint": each.fingerprint,
            "cohorts": each.cohorts,
            "exchange": each.exchange,
        }
        if loss != "divergence" and each.probability != 1:
            row["probability"] = each.probability
        yield row if each.signals is None else {**row, "signals": each.signals}


def _loss(measured: Measured, loss: Loss) -> int | None:
    if loss == "divergence":
        return {Verdict.MATCH.value: 0, Verdict.DIVERGED.value: 1}.get(measured.verdict or "")
    known = measured.wrong if loss == "wrong" else measured.regret
    return None if known is None else int(known)


def _example(measured: Measured, change: str) -> dict[str, Any]:
    newly = change == "newly_diverging"
    places: Paths = measured.paths if newly else measured.before_paths
    return {
        "exchange": measured.exchange,
        "divergence": measured.divergence if newly else measured.before_divergence,
        "at": [f"{label} {pointer}".strip() for label, pointer in places],
    }


def _paths(counts: Counter[tuple[str, str, int]]) -> list[dict[str, Any]]:
    """Give each place that differed in either answer, those that changed most first."""
    places = {place[:2] for place in counts}
    found = [
        {"comparator": c, "pointer": p, "before": counts[c, p, 0], "after": counts[c, p, 1]}
        for c, p in places
    ]
    return sorted(
        found, key=lambda each: (-abs(each["after"] - each["before"]), each["comparator"], each["pointer"])
    )
