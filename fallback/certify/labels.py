"""Labelled exchanges as columns: how confident the model was, and what its answer would have cost.

Knows neither where they come from nor what is proved with them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Labels:
    """Labelled exchanges in the order in which they arrived.

    `confidence` is in [0, 1], or NaN where there was none: such an exchange is never served by the model. `loss`
    is in [0, 1]. `weight` is 1/π of an exchange that was drawn for review with probability π; None: all are 1.
    """

    confidence: Floats
    loss: Floats
    weight: Floats | None = None

    @classmethod
    def of(
        cls,
        confidence: Sequence[float | None] | Floats,
        loss: Sequence[float] | Floats,
        *,
        probability: Sequence[float] | Floats | None = None,
    ) -> Labels:
        """Check columns and make labels of them. ValueError names the first row that cannot be."""
        found = np.asarray(confidence, dtype=np.float64)
        losses = np.asarray(loss, dtype=np.float64)
        if found.shape != losses.shape or found.ndim != 1:
            raise ValueError(f"{found.size} confidences and {losses.size} losses are no rows")
        _need(np.isnan(found) | ((found >= 0) & (found <= 1)), "confidence", "from 0 to 1, or none")
        _need((losses >= 0) & (losses <= 1), "loss", "from 0 to 1")
        if probability is None:
            return cls(found, losses)
        drawn = np.asarray(probability, dtype=np.float64)
        if drawn.shape != found.shape:
            raise ValueError(f"{found.size} confidences and {drawn.size} probabilities are no rows")
        _need((drawn > 0) & (drawn <= 1), "probability", "above 0, at most 1")
        return cls(found, losses, None if bool((drawn == 1).all()) else 1.0 / drawn)

    def __len__(self) -> int:
        return int(self.confidence.size)

    @property
    def counted(self) -> bool:
        """Whether losses can be counted: each is 0 or 1, and none weighs more than another."""
        return self.weight is None and bool(((self.loss == 0) | (self.loss == 1)).all())

    @property
    def total(self) -> float:
        """The weight of all of them."""
        return float(len(self)) if self.weight is None else float(self.weight.sum())

    def above(self, threshold: float) -> Labels:
        """Give those at or above a threshold."""
        return self.take(self.confidence >= threshold)

    def take(self, which: Any) -> Labels:
        """Give some of them, by numpy's indexing."""
        return Labels(
            self.confidence[which], self.loss[which], None if self.weight is None else self.weight[which]
        )

    def digest(self) -> str:
        """Give a SHA-256 of all columns, so that a certificate can name what it was made from."""
        found = hashlib.sha256()
        for column in (self.confidence, self.loss, self.weight):
            found.update(b"none" if column is None else np.ascontiguousarray(column, dtype="<f8").tobytes())
        return found.hexdigest()


def first_of_each(fingerprints: Iterable[object]) -> list[int]:
    """Give the places of the first of each fingerprint; None is like no other. A retry is no fresh evidence."""
    seen: set[object] = set()
    kept = []
    for place, fingerprint in enumerate(fingerprints):
        if fingerprint is not None:
            if fingerprint in seen:
                continue
            seen.add(fingerprint)
        kept.append(place)
    return kept


def _need(good: NDArray[np.bool_], name: str, wanted: str) -> None:
    if not bool(good.all()):
        raise ValueError(f"row {int(np.argmin(good)) + 1}: {name} must be {wanted}")
