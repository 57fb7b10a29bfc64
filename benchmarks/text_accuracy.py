"""Which measure of texts tells right answers from wrong ones? Area under the ROC curve, with 95 % intervals.

Run: python benchmarks/text_accuracy.py [--resamples 500]. The judged answers (benchmarks/data, see NOTICE) are
those of five systems to trivia questions: a golden answer with alternatives, a system's answer, a person's
judgement. A single measure sees both without case and punctuation; the default gets the texts as they are.
An answer's divergence is the least one to any alternative. The other kinds are made in benchmarks/text_kinds.py.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.text_kinds import addresses, written
from comparators.answer import Answer
from comparators.text import Text
from comparators.text_measures import Measure
from comparators.text_reading import read

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

ANSWERS = Path(__file__).parent / "data" / "judged_answers.jsonl.gz"
SYSTEMS = {
    "fid": "short answers",
    "gpt35": "sentences (GPT-3.5)",
    "chatgpt": "sentences (ChatGPT)",
    "gpt4": "sentences (GPT-4)",
    "newbing": "long answers (Bing)",
}
SINGLE = tuple(name for name in get_args(Measure) if name != "auto")
DEFAULT, UNCHECKED = "default", "default without checks"
SLACK = 0.005


@dataclass(frozen=True, slots=True)
class Case:
    """What is right, in one or more ways, what was said, and whether a person took it for right."""

    golden: tuple[str, ...]
    answer: str
    right: bool


def judged() -> dict[str, list[Case]]:
    """Read the judged answers, by system."""
    found: dict[str, list[Case]] = {system: [] for system in SYSTEMS}
    for line in gzip.decompress(ANSWERS.read_bytes()).decode().splitlines():
        row = json.loads(line)
        golden = tuple(dict.fromkeys(row["golden"].split("/")))
        for system, (answer, right) in row["answers"].items():
            found[system].append(Case(golden, answer, right))
    return found


def cases() -> dict[str, list[Case]]:
    """Give every kind of cases."""
    made = {"addresses": addresses(), "other kinds": written()}
    return judged() | {
        kind: [Case((pair.legacy,), pair.model, pair.same) for pair in pairs] for kind, pairs in made.items()
    }


def divergences(measure: str, found: list[Case]) -> Floats:
    """Measure every case."""
    if measure in (DEFAULT, UNCHECKED):
        compare = Text() if measure == DEFAULT else Text(checks=())
        texts: dict[str, str] = {}
    else:
        compare = Text(measure=measure)
        texts = {text: _plain(text) for case in found for text in (*case.golden, case.answer)}

    def answer(text: str) -> Answer:
        return Answer.of(text=texts.get(text, text))

    return np.array(
        [min(compare(answer(text), answer(case.answer)).value for text in case.golden) for case in found]
    )


@cache
def _plain(text: str) -> str:
    return read(text).plain


def auroc(divergence: Floats, right: Flags) -> float:
    """Give the chance that a right answer diverges less than a wrong one, ties counting half."""
    values, places = np.unique(np.round(divergence, 9), return_inverse=True)
    rights = np.bincount(places[right], minlength=len(values))
    wrongs = np.bincount(places[~right], minlength=len(values))
    farther = wrongs.sum() - np.cumsum(wrongs)
    pairs = rights.sum() * wrongs.sum()
    return float((rights * (farther + wrongs / 2)).sum() / pairs) if pairs else float("nan")


def resampled(count: int, size: int) -> Iterable[NDArray[np.int64]]:
    """Give the rows of each bootstrap resample, the same ones for every measure."""
    rng = np.random.default_rng(20261101)
    return (rng.integers(0, size, size) for _ in range(count))


def interval(figures: Iterable[float]) -> tuple[float, float]:
    """Give the middle 95 % of some figures."""
    low, high = np.nanquantile(list(figures), [0.025, 0.975])
    return float(low), float(high)


def table(found: Mapping[str, list[Case]], resamples: int) -> list[str]:
    """Measure everything; give the lines of the tables."""
    rows: dict[str, list[str]] = {name: [] for name in (*SINGLE, UNCHECKED, DEFAULT)}
    goals = []
    for kind, some in found.items():
        right = np.array([case.right for case in some])
        values = {name: divergences(name, some) for name in rows}
        exact = {name: auroc(values[name], right) for name in rows}
        samples = list(resampled(resamples, len(some)))
        spread = {name: [auroc(values[name][s], right[s]) for s in samples] for name in rows}
        for name, cells in rows.items():
            low, high = interval(spread[name])
            cells.append(f"{exact[name]:.3f} ({low:.3f}–{high:.3f})")
        goals.append(_judged(kind, exact, spread))
    head = ["measure", *(f"{SYSTEMS.get(kind, kind)}, n={len(some)}" for kind, some in found.items())]
    return [
        _line(head),
        _line(["---"] * len(head)),
        *(_line([f"`{name}`" if name in SINGLE else name, *cells]) for name, cells in rows.items()),
        "",
        _line(["kind", "best single measure", "default less best", "checks add", "within 0.005", "beats it"]),
        _line(["---"] * 6),
        *goals,
    ]


def _judged(kind: str, exact: Mapping[str, float], spread: Mapping[str, list[float]]) -> str:
    """Set the default beside the best single measure of this kind, resample by resample."""
    best = max(SINGLE, key=lambda name: exact[name])

    def apart(one: str, other: str) -> str:
        low, high = interval(a - b for a, b in zip(spread[one], spread[other], strict=True))
        return f"{exact[one] - exact[other]:+.4f} ({low:+.4f} to {high:+.4f})"

    gain = exact[DEFAULT] - exact[best]
    verdicts = ["yes" if gain >= -SLACK else "no", "yes" if gain > 0 else "no"]
    named = f"`{best}` {exact[best]:.4f}"
    return _line([SYSTEMS.get(kind, kind), named, apart(DEFAULT, best), apart(DEFAULT, UNCHECKED), *verdicts])


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--resamples", type=int, default=500)
    print("\n".join(table(cases(), parser.parse_args().resamples)))


if __name__ == "__main__":
    main()
