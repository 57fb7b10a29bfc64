"""A small logistic regression over other estimators' confidences: what it is, how it is fitted and read. Pure.

numpy is needed for fitting alone: whoever only reads a fit does without.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from math import exp, log
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy import float64
    from numpy.typing import NDArray

FORMAT = 1
LEAST_ROWS = 50
"""Labelled rows that a fit needs, and of each kind a tenth of them."""

_EDGE = 1e-6  # confidences are taken for at least this far from 0 and 1, where the logit has no end
_STEPS = 100
_SMALL = 1e-9


@dataclass(frozen=True, slots=True)
class Weight:
    """One signal's place in the regression: its logit's mean and scale in the rows fitted on, and its weight."""

    name: str
    mean: float
    scale: float
    weight: float


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted regression, as it is stored.

    `loss` is what counted as wrong; `since` and `until` tell the period of its rows in microseconds (None: not
    known), so that nobody certifies with the rows it was fitted on. `version` is the hash of everything else.
    """

    intercept: float
    weights: tuple[Weight, ...]
    rows: int
    wrong: int
    loss: str
    route: str = ""
    since: int | None = None
    until: int | None = None
    l2: float = 1.0
    format: int = FORMAT
    version: str = ""

    def predict(self, signals: Mapping[str, float | None]) -> float | None:
        """Give the probability of a right answer; None when a signal is missing."""
        total = self.intercept
        for each in self.weights:
            value = signals.get(each.name)
            if value is None:
                return None
            total += each.weight * (_logit(value) - each.mean) / each.scale
        return _sigmoid(total)

    def dumps(self) -> bytes:
        """Write it as JSON."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n"


def read_fit(document: Any) -> Fit:
    """Read a stored fit from its JSON document; ValueError says what is wrong with it."""
    try:
        found = msgspec.convert(document, Fit)
    except msgspec.ValidationError as exc:
        raise ValueError(f"is no stored fit: {exc}") from exc
    if found.format != FORMAT:
        raise ValueError(f"has format {found.format}; this release reads {FORMAT}")
    if any(not each.scale > 0 for each in found.weights):
        raise ValueError("is no stored fit: a scale is not above 0")
    if found.version != _version(found):
        raise ValueError("was changed by hand: its version does not fit its contents")
    return found


def fit(
    rows: Sequence[Mapping[str, float | None]],
    right: Sequence[bool],
    *,
    loss: str,
    l2: float = 1.0,
    weight: Sequence[float] | None = None,
    about: Mapping[str, Any] | None = None,
) -> Fit:
    """Fit the regression to rows of signals and whether each row's answer was right.

    Rows that lack a signal are left out. `weight` is 1/π of a row that was drawn with probability π; only how they
    stand to one another counts. `about` holds route, since and until. Raises ValueError when there are too
    few rows, or too few of one kind, or a signal never varies.
    """
    import numpy as np  # late: only fitting needs it

    names = list(dict.fromkeys(name for row in rows for name in row))
    whole = [at for at, row in enumerate(rows) if all(row.get(name) is not None for name in names)]
    labels = np.array([right[at] for at in whole], dtype=float)
    _check(len(whole), int(labels.sum()), names)
    x = np.array([[_logit(float(rows[at][name] or 0.0)) for name in names] for at in whole])
    heavy = np.ones(len(x)) if weight is None else np.array([weight[at] for at in whole], dtype=float)
    heavy = heavy / heavy.mean()
    mean = np.average(x, axis=0, weights=heavy)
    scale = np.sqrt(np.average((x - mean) ** 2, axis=0, weights=heavy))
    still = [name for name, width in zip(names, scale, strict=True) if not width > _SMALL]
    if still:
        raise ValueError(f"{', '.join(still)}: always the same, so there is nothing to learn from it")
    solved = _newton(np.column_stack([np.ones(len(x)), (x - mean) / scale]), labels, heavy, l2)
    weights = tuple(
        Weight(name, float(m), float(s), float(w))
        for name, m, s, w in zip(names, mean, scale, solved[1:], strict=True)
    )
    wrong = len(whole) - int(labels.sum())
    found = Fit(float(solved[0]), weights, len(whole), wrong, loss, l2=l2, **dict(about or {}))
    return replace(found, version=_version(found))


def _check(rows: int, right: int, names: Sequence[str]) -> None:
    if not names:
        raise ValueError("there are no signals to fit")
    least = LEAST_ROWS // 10
    if rows < LEAST_ROWS:
        raise ValueError(f"{rows} labelled rows have every signal; a fit needs {LEAST_ROWS}")
    if min(right, rows - right) < least:
        raise ValueError(f"{right} of {rows} rows are right; a fit needs {least} of each kind")


def _newton(x: NDArray[float64], y: NDArray[float64], heavy: NDArray[float64], l2: float) -> NDArray[float64]:
    """Solve by iteratively reweighted least squares; the intercept goes unpunished."""
    import numpy as np

    penalty = np.diag([0.0, *[l2] * (x.shape[1] - 1)])
    found = np.zeros(x.shape[1])
    for _ in range(_STEPS):
        p = 1.0 / (1.0 + np.exp(-np.clip(x @ found, -30.0, 30.0)))
        slope = x.T @ (heavy * (y - p)) - penalty @ found
        bend = x.T @ (x * (heavy * p * (1.0 - p))[:, None]) + penalty + np.eye(len(found)) * _SMALL
        step = np.linalg.solve(bend, slope)
        found = found + step * min(1.0, 5.0 / max(float(np.abs(step).max()), _SMALL))
        if float(np.abs(step).max()) < _SMALL:
            break
    return found


def _version(found: Fit) -> str:
    told = msgspec.json.encode(replace(found, version=""), order="deterministic")
    return hashlib.sha256(told).hexdigest()[:16]


def _logit(p: float) -> float:
    p = min(max(p, _EDGE), 1.0 - _EDGE)
    return log(p / (1.0 - p))


def _sigmoid(x: float) -> float:
    return 1.0 / (1.0 + exp(-x)) if x >= 0 else exp(x) / (1.0 + exp(x))
