"""CPU of comparing two texts by the default measure, beside rapidfuzz's ratio of the same texts in the same run.

Run: python benchmarks/text_speed.py [--rounds 200]. Each pair is prose of one length, in three kinds: the same
but for a few words and a number; nothing in common but the language; a short answer beside it. The figures are
medians of interleaved rounds of this process's CPU time, so answers' decoding and the detail are in them.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from rapidfuzz import fuzz

sys.path.insert(
    0, str(Path(__file__).resolve().parent.parent)
)  # before this folder, which has comparators.py in it

from comparators.answer import Answer
from comparators.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SIZES = (100, 1_000, 10_000, 100_000)
QUADRATIC = 10_000  # characters; beyond, the ratio is not asked
GOAL = 100.0  # microseconds, for 1,000 characters
AT_ONCE = 20
_SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprst" for vowel in "aeio"]


def prose(size: int, rng: random.Random) -> str:
    """Make some sentences of a language that has a few thousand words."""
    words = ["".join(rng.choices(_SYLLABLES, k=rng.randint(1, 4))) for _ in range(size // 4)]
    sentences = [" ".join(words[at : at + 12]).capitalize() for at in range(0, len(words), 12)]
    return ". ".join(sentences)[:size]


def pairs(size: int) -> Iterator[tuple[str, str, str]]:
    """Give the kinds of pairs: what it is called, and both texts."""
    rng = random.Random(size)
    text = prose(size, rng)
    words = text.split(" ")
    for _ in range(3):
        words[rng.randrange(len(words))] = "otherwise"
    words[rng.randrange(len(words))] = "1,250"
    yield "close", text, " ".join(words)
    yield "far", text, prose(size, rng)
    yield "short beside it", " ".join(text.split(" ")[2:5]), text


def cost(call: Callable[[], object]) -> float:
    """Give the CPU microseconds of one call, over a few."""
    start = time.process_time_ns()
    for _ in range(AT_ONCE):
        call()
    return (time.process_time_ns() - start) / AT_ONCE / 1e3


def measured(first: str, second: str, rounds: int) -> tuple[float, float]:
    """Give the medians of the default comparator and of the ratio; the ratio is NaN where it is not asked."""
    compare, old, new = Text(), Answer.of(text=first), Answer.of(text=second)
    asked = max(len(first), len(second)) <= QUADRATIC
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(cost(lambda: compare(old, new)))
        theirs.append(cost(lambda: fuzz.ratio(first, second)) if asked else float("nan"))
    return statistics.median(ours), statistics.median(theirs)


def main() -> None:
    """Print a line for each pair."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    rounds = parser.parse_args().rounds
    print("| characters | texts | default, µs | ratio, µs | default / ratio |")
    print("|---|---|---|---|---|")
    worst = 0.0
    for size in SIZES:
        for kind, first, second in pairs(size):
            ours, theirs = measured(first, second, max(rounds * 1_000 // max(size, 1_000), 3))
            worst = max(worst, ours) if size == 1_000 else worst
            beside = f"{theirs:.1f} | {ours / theirs:.2f}" if isfinite(theirs) else "– | –"
            print(f"| {size:,} | {kind} | {ours:.1f} | {beside} |")
    print(
        f"\n1,000 characters, the worst: {worst:.1f} µs; goal {GOAL:.0f} µs: {'met' if worst <= GOAL else 'not met'}"
    )


if __name__ == "__main__":
    main()
