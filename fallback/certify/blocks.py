"""Cuts confidences into nested groups: all at or above a threshold. Looks at confidences only, never at labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from fallback.certify.labels import Floats, Labels

MOST = 50
"""Thresholds that are tried; more would cost proof and buy little coverage."""


@dataclass(frozen=True, slots=True)
class Groups:
    """Thresholds from the strictest to the loosest, and the labels and losses at or above each."""

    thresholds: Floats
    n: Floats
    k: Floats


def thresholds_of(confidence: Floats, most: int = MOST) -> Floats:
    """Give at most `most` thresholds, equal in count from one to the next, equal confidences kept together."""
    ranked = _descending(confidence)
    return ranked[_ends(ranked, most)]


def groups_of(labels: Labels, most: int = MOST) -> Groups:
    """Group labels by the thresholds that their own confidences give."""
    known = ~np.isnan(labels.confidence)
    order = np.argsort(-labels.confidence[known], kind="stable")
    ranked = labels.confidence[known][order]
    ends = _ends(ranked, most)
    losses = np.cumsum(labels.loss[known][order])
    return Groups(ranked[ends], (ends + 1).astype(np.float64), losses[ends] if ends.size else losses)


def _descending(confidence: Floats) -> Floats:
    return np.sort(confidence[~np.isnan(confidence)])[::-1]


def _ends(ranked: Floats, most: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Give the last place of each group: the ends of runs of equal confidences, thinned by count."""
    if not ranked.size:
        return np.empty(0, dtype=np.int64)
    ends = np.append(np.flatnonzero(ranked[1:] != ranked[:-1]), ranked.size - 1)
    if ends.size > most:
        wanted = np.ceil(ranked.size * np.arange(1, most + 1) / most)
        ends = ends[np.unique(np.searchsorted(ends + 1, wanted))]
    return ends.astype(np.int64)
