"""The anytime certificate: re-fitted as labels arrive, for ever, without wearing its promise out.

The thresholds are fixed when an epoch begins, and each keeps an e-process: evidence against "more than at_most of
what is served above it is a loss" that may be looked at after every label. By Ville's inequality and the fixed
sequence, every threshold that is served at any time of the epoch is safe together, with the promised probability.

A larger risk or doubt never serves less: thresholds and starts are fixed by confidences alone, evidence grows with the
risk (`log_evidence`, `wins`), and what each walk spends grows with the doubt.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from fallback.certify.betting import BETS, evidence, wins
from fallback.certify.blocks import thresholds_of
from fallback.certify.bounds import upper_bound
from fallback.certify.certificate import Certificate, Coverage, Evidence, Scope, Step, allowance, chosen
from fallback.certify.once import needed, whole, why
from fallback.certify.terms import Terms
from fallback.certify.walks import Walk, starts_by_coverage

if TYPE_CHECKING:
    from collections.abc import Callable

    from fallback.certify.labels import Floats, Labels


class Epoch(msgspec.Struct, frozen=True):
    """One epoch: its thresholds from strict to loose and, for each, labels, losses, and the highest evidence so far.

    `least_probability` is the least π with which an exchange is drawn for review. At 1 labels are counted, and
    one that weighs more or is a fraction is left out, and counted as such. Below 1 they are bet against: `capital`
    holds the logarithm of what each bet has become. `labels` and `losses` count those below every threshold, too.
    """

    terms: Terms
    scope: Scope
    thresholds: tuple[float, ...]
    walks: tuple[Walk, ...]
    n: tuple[int, ...]
    k: tuple[float, ...]
    peak: tuple[float, ...]
    least_probability: float = 1.0
    capital: tuple[tuple[float, ...], ...] = ()
    labels: int = 0
    losses: float = 0.0
    left_out: int = 0
    window: tuple[int, int] | None = None

    def to_json(self) -> str:
        """Write it as JSON."""
        return msgspec.json.encode(self).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> Epoch:
        """Read what `to_json` wrote."""
        return msgspec.json.decode(text, type=cls)


def begin(
    confidences: Floats, terms: Terms, scope: Scope | None = None, *, least_probability: float = 1.0
) -> Epoch:
    """Begin an epoch with the thresholds that the confidences seen so far give (NaN: none). Needs no label."""
    scope = scope or Scope(epoch=1)
    found = thresholds_of(confidences)
    coverage = np.array([np.count_nonzero(confidences >= each) for each in found]) / max(confidences.size, 1)
    walks = starts_by_coverage(coverage, allowance(terms, scope))
    size = found.size
    return Epoch(
        terms,
        scope,
        tuple(found.tolist()),
        walks,
        n=(0,) * size,
        k=(0,) * size,
        peak=(0.0,) * size,
        least_probability=least_probability,
        capital=((0.0,) * BETS.size,) * size if least_probability < 1 else (),
    )


def learn(epoch: Epoch, labels: Labels, window: tuple[int, int] | None = None) -> Epoch:
    """Take labels in, one batch after another in their order of arrival; `window` is their first and last time."""
    usable = labels.take(_usable(epoch, labels))
    left_out = len(labels) - len(usable)
    places = _places(epoch, usable)
    n = np.array(epoch.n) + _at_or_above(places, None, len(epoch.n)).astype(int)
    k = np.array(epoch.k, dtype=float) + _at_or_above(places, usable.loss, len(epoch.n))
    changed: dict[str, Any] = {}
    if epoch.least_probability < 1:
        capital = _bet(epoch, usable, places)
        now = evidence(capital)
        changed["capital"] = tuple(map(tuple, capital.tolist()))
    else:
        now = log_evidence(n, k, epoch.terms.at_most)
    return msgspec.structs.replace(
        epoch,
        n=tuple(n.tolist()),
        k=tuple(k.tolist()),
        peak=tuple(np.maximum(epoch.peak, now).tolist()),
        labels=epoch.labels + len(usable),
        losses=epoch.losses + float(usable.loss.sum()),
        left_out=epoch.left_out + left_out,
        window=_wider(epoch.window, window),
        **changed,
    )


LOOKS = 200
"""How often evidence that is counted anew is looked at on its way."""


def learn_anew(epoch: Epoch, labels: Labels, window: tuple[int, int] | None = None) -> Epoch:
    """Count all of an epoch's labels anew, for some were corrected; the thresholds and walks stay as they were fixed.

    What evidence had been at its best moment was evidence of labels that were not so, and goes with them. The e-process
    of the labels as they are now, in their order of arrival, is the one of which Ville's inequality speaks.
    """
    size = len(epoch.n)
    bare = msgspec.structs.replace(
        epoch,
        n=(0,) * size,
        k=(0,) * size,
        peak=(0.0,) * size,
        capital=((0.0,) * BETS.size,) * size if epoch.least_probability < 1 else (),
        labels=0,
        losses=0.0,
        left_out=0,
        window=None,
    )
    stride = max(1, len(labels) // LOOKS)
    for at in range(0, len(labels), stride):
        bare = learn(bare, labels.take(slice(at, at + stride)), window)
    return bare


def _usable(epoch: Epoch, labels: Labels) -> Any:
    """Say which labels the epoch can take: those that weigh no more than it was told to expect."""
    weight = np.ones(len(labels)) if labels.weight is None else labels.weight
    light = weight <= (1 + 1e-9) / epoch.least_probability
    return light if epoch.least_probability < 1 else light & ((labels.loss == 0) | (labels.loss == 1))


def _places(epoch: Epoch, labels: Labels) -> Any:
    """Give, for each label, the place of the strictest threshold that it reaches; one past the last for none."""
    rising = np.array(epoch.thresholds[::-1])
    known = np.where(np.isnan(labels.confidence), -1.0, labels.confidence)
    return rising.size - np.searchsorted(rising, known, side="right")


def _at_or_above(places: Any, values: Floats | None, size: int) -> Floats:
    """Sum what reaches each threshold: whoever reaches a strict one reaches all that are looser."""
    found: Floats = np.cumsum(np.bincount(places, values, size + 1)[:size])
    return found


def _bet(epoch: Epoch, labels: Labels, places: Any) -> Floats:
    weight = np.ones(len(labels)) if labels.weight is None else labels.weight
    won = wins(labels.loss, weight, epoch.terms.at_most, 1 / epoch.least_probability)
    gained = np.zeros((len(epoch.n) + 1, BETS.size))
    np.add.at(gained, places, won)
    found: Floats = np.array(epoch.capital) + np.cumsum(gained[:-1], axis=0)
    return found


def log_evidence(n: Any, k: Any, share: float) -> Floats:
    """Give the logarithm of the evidence against "the share of losses is above this", for k of n.

    Jeffreys' prior cut off at the share, against the share itself: with a = ½ + k, b = ½ + n - k and I at the share,
    ln B(a, b) + ln I(a, b) - ln B(½, ½) - ln I(½, ½) - k ln share - (n - k) ln(1 - share). Where I underflows, the
    evidence is minus infinity: losses are then so many that a clipped logarithm would make a proof of them.

    It never falls as the share s grows. With m = n - k and p = us, its slope in s is m/(1 - s), less (m - ½) times the
    mean of u/(1 - su) after the labels, less ½ times that mean before them; and u/(1 - su) is at most 1/(1 - s), so
    that for m ≥ 1 the slope is not negative. For m = 0 the labels have moved the mean upwards, which adds to it.
    """
    from scipy.special import betainc, betaln

    count, losses = np.asarray(n, dtype=np.float64), np.asarray(k, dtype=np.float64)
    a, b = 0.5 + losses, 0.5 + count - losses
    with np.errstate(divide="ignore"):
        inside = np.log(betainc(a, b, share))
    found: Floats = (
        betaln(a, b)
        + inside
        - math.log(math.pi)
        - math.log(float(betainc(0.5, 0.5, share)))
        - losses * math.log(share)
        - (count - losses) * math.log1p(-share)
    )
    return found


def _wider(one: tuple[int, int] | None, other: tuple[int, int] | None) -> tuple[int, int] | None:
    if one is None or other is None:
        return one or other
    return min(one[0], other[0]), max(one[1], other[1])


def certificate_of(epoch: Epoch, above: Callable[[float], tuple[int, int]] | None = None) -> Certificate:
    """Give what the epoch certifies now.

    `above` tells of a threshold how many exchanges of the traffic are at or above it, and of how many; without it
    the coverage is measured on the labels. The upper bound is that of one look, for reading, not for proof; where
    labels weigh, it is the risk itself.
    """
    doubt = allowance(epoch.terms, epoch.scope)
    rows = zip(epoch.thresholds, epoch.n, epoch.k, epoch.peak, strict=True)
    steps = tuple(Step(threshold, n, whole(k), math.exp(-peak)) for threshold, n, k, peak in rows)
    counted = epoch.least_probability == 1
    place = chosen(steps, epoch.walks, epoch.terms.at_most if counted else None)
    step = None if place is None else steps[place]
    n, k = np.array(epoch.n, dtype=float), np.array(epoch.k, dtype=float)
    counts = (0, epoch.labels) if step is None else (step.n, epoch.labels)
    return Certificate(
        terms=epoch.terms,
        kind="anytime",
        threshold=None if step is None else step.threshold,
        reason=why(n, k, epoch.terms, doubt) if step is None else None,
        n=epoch.labels if step is None else step.n,
        k=whole(epoch.losses if step is None else step.k),
        upper_bound=None if step is None else _bound(step, epoch.terms, counted=counted),
        coverage=Coverage.of(*(above(step.threshold) if above and step is not None else counts)),
        evidence=Evidence(
            epoch.labels,
            whole(epoch.losses),
            counted,
            window=epoch.window,
            left_out=epoch.left_out,
        ),
        doubt=doubt,
        steps=steps,
        walks=epoch.walks,
        needed=None if step is not None else needed(n, k, epoch.labels, epoch.terms, doubt),
        scope=epoch.scope,
    )


def _bound(step: Step, terms: Terms, *, counted: bool) -> float:
    return upper_bound(step.k, step.n, terms.doubt) if counted else terms.at_most
