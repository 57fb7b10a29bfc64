"""What certificates promise, tried: violations and coverage over pools whose truth is known, real answers, cost.

    python benchmarks/certificates.py [--repeats 1000] [--only pools|refits|answers|nested|cost]

A violation is a threshold whose true risk is above the risk allowed. The promise is at most 5 % of them; the rule of
thumb beside it serves from where the risk that was measured is allowed.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.pools import Pool, Truth, pools
from fallback.certify.anytime import Epoch, begin, certificate_of, learn
from fallback.certify.blocks import groups_of
from fallback.certify.bounds import binomial_tail, fewest
from fallback.certify.labels import Labels
from fallback.certify.once import certify
from fallback.certify.terms import Loss, Terms
from fallback.certify.walks import Walk, safe, starts_by_count

if TYPE_CHECKING:
    from collections.abc import Callable

    from fallback.certify.labels import Floats

TERMS = Terms(Loss.WRONG, 0.05, 0.95)
LOOKS, A_LOOK = 80, 100
"""Re-fits of an epoch, and labels between two of them."""


@dataclass(frozen=True, slots=True)
class Tried:
    """Violations and mean coverage of one rule on one pool."""

    violations: float
    coverage: float


def rule_of_thumb(labels: Labels) -> float | None:
    """Serve from the loosest threshold whose measured risk is allowed."""
    groups = groups_of(labels)
    good = np.flatnonzero(groups.k <= TERMS.at_most * groups.n)
    return float(groups.thresholds[good[-1]]) if good.size else None


def certified(labels: Labels) -> float | None:
    """Serve from where a certificate says."""
    return certify(labels, TERMS).threshold


def from_the_top(labels: Labels) -> float | None:
    """Serve as far as one walk from the strictest threshold comes: fixed-sequence testing with a single start."""
    groups = groups_of(labels)
    p = binomial_tail(groups.k, groups.n, TERMS.at_most)
    first = int(np.searchsorted(groups.n, fewest(0, TERMS.at_most, TERMS.doubt)))
    safe_places = safe(p, [Walk(first, TERMS.doubt)]) if first < p.size else []
    return float(groups.thresholds[safe_places[-1]]) if safe_places else None


def bonferroni(labels: Labels) -> float | None:
    """Serve from the loosest threshold that passes with its fiftieth of the doubt."""
    groups = groups_of(labels)
    good = np.flatnonzero(binomial_tail(groups.k, groups.n, TERMS.at_most) <= TERMS.doubt / groups.n.size)
    return float(groups.thresholds[good[-1]]) if good.size else None


RULES: dict[str, Callable[[Labels], float | None]] = {
    "certificate": certified,
    "from the top": from_the_top,
    "Bonferroni": bonferroni,
    "rule of thumb": rule_of_thumb,
}


def tried(pool: Pool, truth: Truth, rule: Callable[[Labels], float | None], repeats: int) -> Tried:
    """Try a rule on fresh labels, again and again."""
    found = [truth.at(rule(pool.labels(np.random.default_rng(seed)))) for seed in range(repeats)]
    return Tried(
        sum(risk > TERMS.at_most for risk, _ in found) / repeats, sum(cover for _, cover in found) / repeats
    )


def show_pools(repeats: int) -> None:
    """Print violations and coverage against the oracle's on every pool, for certificates and for other rules."""
    print(f"{repeats} repeats, at most {TERMS.at_most:.0%} with {TERMS.probability:.0%} probability")
    print("violations, and coverage as a share of the oracle's (its coverage in brackets)\n")
    print(f"{'pool':32}" + "".join(f"{name:>17}" for name in RULES))
    ratios: dict[str, list[float]] = {name: [] for name in RULES}
    worst = dict.fromkeys(RULES, 0.0)
    for pool in pools(TERMS.at_most):
        truth = Truth(pool)
        oracle, cells = truth.oracle(TERMS.at_most), []
        for name, rule in RULES.items():
            found = tried(pool, truth, rule, repeats)
            worst[name] = max(worst[name], found.violations)
            ratios[name] += [found.coverage / oracle] if oracle else []
            told = f"{found.coverage / oracle:6.2f}" if oracle else f"{'-':>6}"
            cells.append(f"{found.violations:11.3f}{told}")
        print(f"{pool.name:25}[{oracle:.2f}] " + "".join(cells))
    print(
        f"{'worst violation, mean ratio':32}"
        + "".join(f"{worst[n]:11.3f}{np.mean(ratios[n]):6.2f}" for n in RULES)
    )
    error = 3 * np.sqrt(0.05 * 0.95 / repeats)
    print(f"\nallowed are 0.05 violations, {error:.3f} more by Monte-Carlo error\n")


def show_refits(repeats: int) -> None:
    """Print how often any threshold of many re-fits was a violation: kept evidence, and a fixed test run again."""
    print(
        f"{repeats} repeats of {LOOKS} re-fits, {A_LOOK} labels apart: was any threshold ever a violation?\n"
    )
    print(f"{'pool':28} {'anytime':>8} {'fixed test':>11} {'last coverage/oracle':>21}")
    for pool in pools(TERMS.at_most):
        if pool.name not in {"flat null", "calibrated", "top-bad"}:
            continue
        truth = Truth(pool)
        runs = [refits(pool, truth, seed) for seed in range(repeats)]
        ever, fixed, covered = (sum(column) / repeats for column in zip(*runs, strict=True))
        oracle = truth.oracle(TERMS.at_most)
        told = f"{covered / oracle:21.2f}" if oracle else f"{'-':>21}"
        print(f"{pool.name:28} {ever:8.3f} {fixed:11.3f} {told}")
    print()


def refits(pool: Pool, truth: Truth, seed: int) -> tuple[bool, bool, float]:
    """Run one epoch; the fixed test is run anew on all labels at each re-fit."""
    draws = np.random.default_rng(seed)
    size = LOOKS * A_LOOK
    confidence = pool.draw(draws, size)
    labels = Labels(confidence, (draws.random(size) < pool.risk(confidence)).astype(float))
    epoch: Epoch = begin(confidence[:500], TERMS)
    ever = fixed = False
    threshold: float | None = None
    for look in range(LOOKS):
        epoch = learn(epoch, labels.take(slice(look * A_LOOK, (look + 1) * A_LOOK)))
        threshold = certificate_of(epoch).threshold
        ever = ever or truth.at(threshold)[0] > TERMS.at_most
        if not fixed:
            so_far = own_alone(labels.take(slice(0, (look + 1) * A_LOOK)), TERMS)
            fixed = truth.at(so_far)[0] > TERMS.at_most
    return ever, fixed, truth.at(threshold)[1]


def answers() -> dict[str, tuple[Floats, Floats]]:
    """Give confidences and losses of the demo's intent answers, by what counts as a loss."""
    text = gzip.decompress(files("shadow.demo").joinpath("data/intent.jsonl.gz").read_bytes())
    rows = [json.loads(line) for line in text.splitlines()]
    said = [row["probs"][0] for row in rows]
    confidence = np.array([share for _, share in said])
    wrong = np.array([label != row["gold"] for (label, _), row in zip(said, rows, strict=True)])
    legacy = np.array([row["legacy"] == row["gold"] for row in rows])
    diverged = np.array([label != row["legacy"] for (label, _), row in zip(said, rows, strict=True)])
    losses = {"wrong": wrong, "regret": wrong & legacy, "divergence": diverged}
    return {name: (confidence, loss.astype(float)) for name, loss in losses.items()}


def show_answers(repeats: int) -> None:
    """Print what certificates from random halves of real answers come to on all of them."""
    print(f"intent answers, certified on a random half, {repeats} times, held against all of them\n")
    print(f"{'loss':12} {'at most':>8} {'violations':>11} {'coverage':>9} {'never':>7}")
    for name, (confidence, loss) in answers().items():
        for at_most in (0.05, 0.02):
            covered, broken, never = halves(confidence, loss, at_most, repeats)
            print(f"{name:12} {at_most:8.0%} {broken:11.3f} {covered:9.3f} {never:7.3f}")
    path = Path(__file__).parent / "data" / "smollm2_addresses.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    found = certify(Labels.of([row["confidence"] for row in rows], [row["loss"] for row in rows]), TERMS)
    told = "never" if found.threshold is None else f"from {found.threshold:.3f} on"
    print(f"\nSmolLM2's recorded addresses: served {told} ({found.reason}, {found.k:g} of {found.n} wrong)\n")


def halves(confidence: Floats, loss: Floats, at_most: float, repeats: int) -> tuple[float, float, float]:
    """Give mean coverage, and how often the promise was broken and nothing certified."""
    draws = np.random.default_rng(17)
    covered, broken, never = 0.0, 0, 0
    for _ in range(repeats):
        half = draws.permutation(confidence.size)[: confidence.size // 2]
        found = certify(Labels(confidence[half], loss[half]), Terms(Loss.WRONG, at_most, 0.95))
        if found.threshold is None:
            never += 1
            continue
        served = confidence >= found.threshold
        covered += float(served.mean())
        broken += int(loss[served].mean() > at_most)
    return covered / repeats, broken / repeats, never / repeats


def show_nested(repeats: int) -> None:
    """Print how often a looser promise served less than a stricter one on the same labels."""
    print(
        f"{repeats} pairs of promises on random labels, the one stricter than the other: which served less?\n"
    )
    once = alone = anytime = ever = 0
    for seed in range(repeats):
        draws = np.random.default_rng(seed)
        labels = any_labels(draws)
        pair = two_promises(draws)
        one, other = (certify(labels, terms).threshold for terms in pair)
        once += not at_least(other, one)
        alone += not at_least(*(own_alone(labels, terms) for terms in reversed(pair)))
        ever += one is not None
        epochs = [begin(labels.confidence, terms) for terms in pair]
        less = False
        for look in range(0, len(labels), max(1, len(labels) // 5)):
            part = labels.take(slice(look, look + max(1, len(labels) // 5)))
            epochs = [learn(epoch, part) for epoch in epochs]
            one, other = (certificate_of(epoch).threshold for epoch in epochs)
            less = less or not at_least(other, one)
        anytime += less
    print(f"one-shot {once}, anytime {anytime}; walks of a look that start where they are best: {alone}")
    print(f"{ever} of the stricter promises were certified\n")


def any_labels(draws: np.random.Generator) -> Labels:
    """Draw labels that are hard on walks: few or many, tied or not, with most of the losses at the top."""
    size = int(draws.integers(20, 3000))
    confidence = draws.random(size)
    if draws.random() < 0.3:
        confidence = np.round(confidence, int(draws.integers(1, 3)))
    top = int(draws.integers(1, max(2, size // 4)))
    risk = np.full(size, draws.choice([0.0, 0.005, 0.02]))
    risk[np.argsort(-confidence, kind="stable")[:top]] = draws.random()
    return Labels(confidence, (draws.random(size) < risk).astype(float))


def two_promises(draws: np.random.Generator) -> tuple[Terms, Terms]:
    """Draw a promise, and one that is a little looser in its risk, and in its doubt half of the time."""
    risk, doubt = np.exp(draws.uniform(np.log(0.01), np.log(0.2), 2))
    wider, surer = draws.uniform(1, 1.6, 2)
    looser = doubt * surer if draws.random() < 0.5 else doubt
    return Terms(Loss.WRONG, risk, 1 - doubt), Terms(Loss.WRONG, risk * wider, 1 - looser)


def own_alone(labels: Labels, terms: Terms) -> float | None:
    """Serve as far as walks come that start where that is best for the one promise, and are not nested."""
    groups = groups_of(labels)
    p = binomial_tail(groups.k, groups.n, terms.at_most)
    place = max(safe(p, starts_by_count(groups.n, terms.at_most, terms.doubt)), default=None)
    return None if place is None else float(groups.thresholds[place])


def at_least(threshold: float | None, other: float | None) -> bool:
    """Say whether a threshold serves at least what another does."""
    return other is None or (threshold is not None and threshold <= other)


def show_cost() -> None:
    """Print what a million labels cost at once, and one label in the scorer's batches."""
    draws = np.random.default_rng(1)
    confidence = draws.beta(3, 1, 1_000_000)
    labels = Labels.of(confidence, (draws.random(1_000_000) > confidence).astype(float))
    took = min(timed(lambda: certify(labels, TERMS)) for _ in range(3))
    print(f"1,000,000 labels certified in {took:.2f} s")
    for size in (200, 2000):
        print(f"anytime, batches of {size}: {learning(labels, size):.2f} µs a label")


def learning(labels: Labels, size: int) -> float:
    """Give microseconds a label."""
    epoch, rounds = begin(labels.confidence[:10_000], TERMS), 100
    parts = [labels.take(slice(at, at + size)) for at in range(0, rounds * size, size)]
    began = time.perf_counter()
    for part in parts:
        epoch = learn(epoch, part)
    return (time.perf_counter() - began) / (rounds * size) * 1e6


def timed(work: Callable[[], object]) -> float:
    """Give the seconds that some work takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=1000)
    parser.add_argument("--only", choices=("pools", "refits", "answers", "nested", "cost"))
    options = parser.parse_args()
    shows = {
        "pools": lambda: show_pools(options.repeats),
        "refits": lambda: show_refits(options.repeats),
        "answers": lambda: show_answers(max(1, options.repeats // 2)),
        "nested": lambda: show_nested(3 * options.repeats),
        "cost": show_cost,
    }
    for name, show in shows.items():
        if options.only in (None, name):
            show()


if __name__ == "__main__":
    main()
