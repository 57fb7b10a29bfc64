"""The named measures of two texts: each a distance in [0, 1], whether it is symmetric, and how its cost grows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Literal

from comparators.text_overlap import overlap_apart
from comparators.text_reading import read

if TYPE_CHECKING:
    from collections.abc import Callable

Measure = Literal[
    "auto",
    "edit",
    "ratio",
    "partial",
    "tokens",
    "sorted_tokens",
    "jaro_winkler",
    "token_f1",
    "rouge_l_recall",
    "trigram_cosine",
    "chrf",
    "equal",
]

_CHRF_ORDER = 6
_CHRF_BETA = 2


@dataclass(frozen=True, slots=True)
class Metric:
    """A distance of two texts, the legacy one first; `power` is that of their length which its cost grows by."""

    apart: Callable[[str, str], float]
    power: int = 2
    symmetric: bool = True


def metric(name: Measure) -> Metric:
    """Give a measure by its name."""
    from rapidfuzz import fuzz
    from rapidfuzz.distance import Indel, JaroWinkler, Levenshtein

    metrics: dict[Measure, Metric] = {
        "auto": Metric(auto, power=1),
        "edit": Metric(Levenshtein.normalized_distance),
        "ratio": Metric(Indel.normalized_distance),
        "partial": Metric(
            lambda a, b: 1 - max(fuzz.partial_ratio(a, b), fuzz.partial_ratio(b, a)) / 100, power=3
        ),
        "tokens": Metric(lambda a, b: 1 - fuzz.token_set_ratio(a, b) / 100),
        "sorted_tokens": Metric(lambda a, b: 1 - fuzz.token_sort_ratio(a, b) / 100),
        "jaro_winkler": Metric(lambda a, b: 1 - JaroWinkler.similarity(a, b)),
        "token_f1": Metric(token_f1, power=1),
        "rouge_l_recall": Metric(rouge_l_recall, symmetric=False),
        "trigram_cosine": Metric(trigram_cosine, power=1),
        "chrf": Metric(chrf, power=1, symmetric=False),
        "equal": Metric(lambda a, b: float(a != b), power=0),
    }
    return metrics[name]


def auto(first: str, second: str) -> float:
    """Measure what two texts share, in the way that their lengths ask for."""
    return overlap_apart(read(first), read(second))


def token_f1(first: str, second: str) -> float:
    """1 − F1 of the words in common, each as often as both have it (Rajpurkar et al. 2016, arXiv 1606.05250)."""
    old, new = Counter(read(first).words), Counter(read(second).words)
    words = old.total() + new.total()
    return 1 - 2 * (old & new).total() / words if words else float(first != second)


def rouge_l_recall(legacy: str, model: str) -> float:
    """1 − the share of the legacy text's words that the model's has in the same order (ROUGE-L, Lin 2004)."""
    from rapidfuzz.distance import LCSseq

    wanted, given = read(legacy).words, read(model).words
    return 1 - LCSseq.similarity(wanted, given) / len(wanted) if wanted else float(bool(given))


def trigram_cosine(first: str, second: str) -> float:
    """1 − the cosine between how often each has each 3-gram of characters (Damashek 1995, Science 267)."""
    old, new = (Counter(zip(t, t[1:], t[2:], strict=False)) for t in (f" {first} ", f" {second} "))
    both = sum(count * new[gram] for gram, count in old.items() if gram in new)
    lengths = sqrt(sum(n * n for n in old.values())) * sqrt(sum(n * n for n in new.values()))
    return 1 - both / lengths if lengths else 1.0


def chrf(legacy: str, model: str) -> float:
    """1 − chrF2: the F-score of character 1- to 6-grams, recall counting twice (Popović 2015, W15-3049).

    White space does not count; orders that one of the texts is too short for are left out.
    """
    wanted, given = "".join(legacy.split()), "".join(model.split())
    precisions, recalls = [], []
    for order in range(1, min(_CHRF_ORDER, len(wanted), len(given)) + 1):
        old, new = (Counter(t[i : i + order] for i in range(len(t) - order + 1)) for t in (wanted, given))
        both = (old & new).total()
        precisions.append(both / new.total())
        recalls.append(both / old.total())
    if not precisions:
        return float(wanted != given)
    precision, recall = sum(precisions) / len(precisions), sum(recalls) / len(recalls)
    weight = _CHRF_BETA * _CHRF_BETA
    found = weight * precision + recall
    return 1 - (1 + weight) * precision * recall / found if found else 1.0
