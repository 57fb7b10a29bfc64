"""Pools of answers for the simulations of certificates: how confident a model is, and how often it is then wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fallback.certify.labels import Labels

if TYPE_CHECKING:
    from collections.abc import Callable

    from fallback.certify.labels import Floats

_MANY = 400_000


@dataclass(frozen=True, slots=True)
class Pool:
    """A name, how confidences are drawn, the risk at a confidence, and how many labels there are."""

    name: str
    draw: Callable[[np.random.Generator, int], Floats]
    risk: Callable[[Floats], Floats]
    n: int = 2000

    def labels(self, draws: np.random.Generator) -> Labels:
        """Draw labelled exchanges."""
        confidence = self.draw(draws, self.n)
        return Labels(confidence, (draws.random(self.n) < self.risk(confidence)).astype(float))


class Truth:
    """A pool's true risk and coverage from any threshold on, from its own risks, without the noise of losses."""

    def __init__(self, pool: Pool) -> None:
        confidence = np.sort(pool.draw(np.random.default_rng(99), _MANY))[::-1]
        self._falling = -confidence
        self._risk = np.cumsum(pool.risk(confidence)) / np.arange(1, _MANY + 1)
        self._ends = np.append(np.flatnonzero(confidence[1:] != confidence[:-1]), _MANY - 1)

    def at(self, threshold: float | None) -> tuple[float, float]:
        """Give risk and coverage from a threshold on; nothing of "never"."""
        if threshold is None:
            return 0.0, 0.0
        last = int(np.searchsorted(self._falling, -threshold, side="right")) - 1
        return (float(self._risk[last]), (last + 1) / _MANY) if last >= 0 else (0.0, 0.0)

    def oracle(self, at_most: float) -> float:
        """Give the largest coverage whose risk is allowed: what one could serve who knew the truth."""
        safe = self._ends[self._risk[self._ends] <= at_most]
        return (int(safe[-1]) + 1) / _MANY if safe.size else 0.0


def _beta(a: float, b: float) -> Callable[[np.random.Generator, int], Floats]:
    return lambda draws, n: draws.beta(a, b, n)


def _model(draws: np.random.Generator, n: int) -> Floats:
    """Draw as models tell: of most answers they are sure, of the others anything may be."""
    sure = draws.random(n) < 0.7
    found: Floats = np.where(sure, draws.beta(40, 1, n), draws.beta(2, 2, n))
    return found


def _tied(draws: np.random.Generator, n: int) -> Floats:
    found: Floats = np.round(_model(draws, n) * 10) / 10
    return found


def pools(at_most: float) -> tuple[Pool, ...]:
    """Give the pools for a risk: some easy, some hard, some where nothing may be served."""
    return (
        Pool("calibrated", _model, lambda c: 1 - c),
        Pool("calibrated, seldom sure", _beta(8, 1), lambda c: 1 - c),
        Pool("calibrated, 500 labels", _model, lambda c: 1 - c, n=500),
        Pool("overconfident", _model, lambda c: np.minimum(1, 1.4 * (1 - c) + 0.3 * at_most)),
        Pool("underconfident", _model, lambda c: 0.5 * (1 - c)),
        Pool("top-bad", _model, lambda c: np.where(c > 0.998, 0.25, 0.8 * (1 - c))),
        Pool("ties", _tied, lambda c: 0.01 + 0.9 * (1 - c)),
        Pool("flat null", _model, lambda c: np.full_like(c, at_most * 1.0001)),
        Pool("no feasible threshold", _model, lambda c: 2 * at_most + 0.5 * (1 - c)),
    )
