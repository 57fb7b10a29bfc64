"""A certificate: the threshold, what it promises, and all that somebody needs who does not believe it.

A plain value that goes to JSON and back without loss. Knows neither store nor clock.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np

from fallback.certify.terms import Terms, Why
from fallback.certify.walks import Walk, safe
from fallback.wilson import wilson

if TYPE_CHECKING:
    from collections.abc import Sequence


class Step(msgspec.Struct, frozen=True, array_like=True):
    """One threshold that was tried: labels at or above it, their losses, and the p-value of "it is not safe"."""

    threshold: float
    n: int
    k: float
    p: float


class Coverage(msgspec.Struct, frozen=True):
    """The share of exchanges at or above the threshold, with its 95 % Wilson interval."""

    share: float
    low: float
    high: float

    @classmethod
    def of(cls, above: float, among: float) -> Coverage:
        """Measure so much among so much."""
        low, high = wilson(above, among)
        return cls(above / among if among > 0 else 0.0, low, high)


class Needed(msgspec.Struct, frozen=True):
    """How many labels would change a never.

    `above` is the fewest at or above the threshold that prove it without one loss; `in_all` the labels of all
    confidences with which it is proved if losses stay where they are now, None when they would never be.
    """

    above: int
    in_all: int | None = None


class Evidence(msgspec.Struct, frozen=True):
    """What it was made from: labels in all, losses among them, and a SHA-256 of the columns where they were there.

    `counted` says that losses were counted, else they were bet against; `window` is the first and last time of the
    labels, in microseconds, UTC; `left_out` are labels that weigh more than an epoch was told to expect.
    """

    labels: int
    losses: float
    counted: bool = True
    digest: str = ""
    window: tuple[int, int] | None = None
    left_out: int = 0


class Scope(msgspec.Struct, frozen=True):
    """What it holds for: one cohort among so many that are certified together, or everybody; and fingerprints.

    `basis` names what the labels were made with – model, prompt, panel, estimator, legacy –, by fingerprint.
    """

    cohort: str | None = None
    among: int = 1
    epoch: int | None = None
    route: str | None = None
    model: str | None = None
    version: str | None = None
    basis: str | None = None


class Certificate(msgspec.Struct, frozen=True):
    """A threshold and its proof; `threshold` None is "never serve the model", and `reason` says why.

    `n` and `k` are labels at or above the threshold and losses among them – of "never": of all labels –,
    `upper_bound` the share of losses that is not exceeded with the promised probability.
    """

    terms: Terms
    kind: Literal["one_shot", "anytime"]
    threshold: float | None
    reason: Why | None
    n: int
    k: float
    upper_bound: float | None
    coverage: Coverage
    evidence: Evidence
    doubt: float
    steps: tuple[Step, ...] = ()
    walks: tuple[Walk, ...] = ()
    needed: Needed | None = None
    scope: Scope = Scope()

    def to_json(self) -> str:
        """Write it as JSON."""
        return msgspec.json.encode(self).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> Certificate:
        """Read what `to_json` wrote; ValueError for anything else."""
        return msgspec.json.decode(text, type=cls)


def epoch_doubt(doubt: float, epoch: int) -> float:
    """Give what the e-th epoch may spend, e from 1, so that all epochs together spend the doubt: δ·6/(π²e²)."""
    return doubt * 6.0 / (math.pi * epoch) ** 2


def allowance(terms: Terms, scope: Scope) -> float:
    """Give the doubt that one certificate may spend: a cohort's part, an epoch's part."""
    part = terms.doubt / scope.among
    return part if scope.epoch is None else epoch_doubt(part, scope.epoch)


def chosen(steps: Sequence[Step], walks: Sequence[Walk], at_most: float | None) -> int | None:
    """Give the place of the loosest step that the walks prove safe, and whose losses are still not above a share.

    The second can differ from the first where evidence is kept: losses may have grown since. A share of None does
    not ask for it: where labels weigh, losses cannot be counted.
    """
    places = reversed(safe(np.array([step.p for step in steps]), walks))
    kept = (place for place in places if at_most is None or steps[place].k <= at_most * steps[place].n)
    return next(kept, None)
