"""How well noise is told from a regression: false alarms without any, and what is found of planted ones.

Run: python benchmarks/noise.py [--runs 2000] [--services 20] [--seed 1]. Two parts:

- counts: 40 fields of different floors, looked at 50 times on the way to 5,000 triples. Printed is the share of runs
  in which any method flags any field although nothing regressed, and the share of planted regressions (the model is
  wrong in 1 % of its answers, or 5 %) that it flags at the end;
- services: two systems whose answers bear noisy times, ids, orders and numbers, compared document by document as the
  scorer does; then once more with the rules in force that the first pass proposes, and regressions planted.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import betainc, xlogy

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from comparators import Answer
from comparators.catalog import build_panel
from fallback.noise.propose import proposals
from fallback.noise.signs import LEVEL, PRIOR, alarms, log_evidence
from fallback.noise.state import NoiseState
from fallback.noise.verdict import Mark, verdicts
from shadow.config.yaml12 import parse
from shadow.report.rules import to_yaml
from shadow.scorer.repeats import seen_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from comparators.panel import Panel

    Counts = NDArray[np.int64]
    Flags = NDArray[np.bool_]

LOOKS = 50
TRIPLES = 5_000
FLOORS = (0.0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.2, 0.5)
"""How often a field strays by itself; five fields of each."""
EACH = 5
RELATIVE, ABSOLUTE = 0.2, 0.0003
"""Cut-offs as they are in use: flagged when the excess is above either share, of the raw rate and of all."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Of every field at one look: triples, those in which only the model differs, only legacy, and either."""

    n: int
    model: Counts
    legacy: Counts
    both: Counts


def by_cut_off(seen: Counted) -> Flags:
    """Flag what differs more often than legacy does from itself, by fixed shares."""
    raw, noise = seen.model + seen.both, seen.legacy + seen.both
    found: Flags = (raw - noise > RELATIVE * np.maximum(raw, 1)) & (raw - noise > ABSOLUTE * seen.n)
    return found


def by_p_values(seen: Counted) -> Flags:
    """Flag by Benjamini and Hochberg over sign tests, as if each look were the only one."""
    n, k = seen.model + seen.legacy, seen.model
    p = np.where(k > 0, betainc(np.maximum(k, 1), n - k + 1, 0.5), 1.0)
    order = np.argsort(p)
    ranks = np.arange(1, len(p) + 1)
    below = np.flatnonzero(p[order] <= LEVEL * ranks / len(p))
    found: Flags = np.zeros(len(p), dtype=bool)
    if len(below):
        found[order[: below[-1] + 1]] = True
    return found


def by_evidence(seen: Counted, prior: tuple[float, float] = PRIOR) -> Flags:
    """Flag as the product does."""
    return alarms(log_evidence(seen.model, seen.model + seen.legacy, prior), len(seen.model))


def by_flat_evidence(seen: Counted) -> Flags:
    """Flag as it would be done without an opinion of how large effects are."""
    return by_evidence(seen, (1, 1))


METHODS: dict[str, Callable[[Counted], Flags]] = {
    "fixed cut-offs": by_cut_off,
    "BH on p-values": by_p_values,
    "e-BH, flat prior": by_flat_evidence,
    "e-BH (the product)": by_evidence,
}
BOUND = "e-BH, had it known θ"
"""No evidence from signs grows faster than that of the very θ they come of: what remains is e-values' own price."""


def by_truth(seen: Counted, wrong: NDArray[np.float64]) -> Flags:
    """Flag by the likelihood ratio of the chances that the signs are drawn with."""
    q = floors()
    ahead, behind = (1 - q) * (q + (1 - q) * wrong), q * (1 - q) * (1 - wrong)
    theta = np.divide(ahead, ahead + behind, out=np.ones_like(q), where=ahead + behind > 0)
    theta = np.where(wrong > 0, theta, 0.5)
    return alarms(xlogy(seen.model, 2 * theta) + xlogy(seen.legacy, 2 * (1 - theta)), len(q))


def floors() -> NDArray[np.float64]:
    """Give how often each of the 40 fields strays."""
    return np.repeat(FLOORS, EACH)


def looks(rng: np.random.Generator, wrong: NDArray[np.float64]) -> list[Counted]:
    """Simulate one run: what is known at each look, the model being `wrong` so often in each field besides."""
    q = floors()
    strays = q + (1 - q) * wrong
    chances = np.stack([(1 - q) ** 2 * strays, (1 - q) * q * (1 - strays), q + (1 - q) * q * strays], axis=1)
    chances = np.concatenate([chances, 1 - chances.sum(axis=1, keepdims=True)], axis=1)
    step = TRIPLES // LOOKS
    drawn = rng.multinomial(step, np.maximum(chances, 0), size=(LOOKS, len(q))).cumsum(axis=0)
    return [Counted(step * (i + 1), *each.T[:3]) for i, each in enumerate(drawn)]


def false_alarms(runs: int, seed: int) -> dict[str, float]:
    """Give the share of runs without any regression in which a method flags any field at any look."""
    rng = np.random.default_rng(seed)
    hits = dict.fromkeys(METHODS, 0)
    for _ in range(runs):
        seen = looks(rng, np.zeros(len(floors())))
        for name, method in METHODS.items():
            hits[name] += any(method(each).any() for each in seen)
    return {name: n / runs for name, n in hits.items()}


def power(runs: int, share: float, seed: int) -> dict[str, list[float]]:
    """Give, by floor, the share of planted regressions that are flagged at 5,000 triples: one field of each floor."""
    rng = np.random.default_rng(seed)
    planted = np.arange(0, len(floors()), EACH)
    wrong = np.zeros(len(floors()))
    wrong[planted] = share
    found = {name: np.zeros(len(planted)) for name in (*METHODS, BOUND)}
    for _ in range(runs):
        last = looks(rng, wrong)[-1]
        for name, method in METHODS.items():
            found[name] += method(last)[planted]
        found[BOUND] += by_truth(last, wrong)[planted]
    return {name: (hits / runs).tolist() for name, hits in found.items()}


# --- services


class Clock:
    """The time that both systems share."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._now = 1_790_000_000.0

    def tick(self) -> str:
        """Let some milliseconds pass, and tell the time."""
        self._now += float(self._rng.exponential(0.05))
        return str(np.datetime_as_string(np.datetime64(int(self._now * 1000), "ms"), timezone="UTC"))


class Service:
    """A system whose answers differ each time although they say the same; `wrong` is a field it may get wrong."""

    def __init__(
        self, rng: np.random.Generator, clock: Clock, *, wrong: str = "", share: float = 0.0
    ) -> None:
        self._rng = rng
        self._clock = clock
        self._wrong = wrong
        self._share = share

    def __call__(self, request: int) -> Answer:
        """Answer a request."""
        rng = self._rng
        amount = 10 + request % 90
        items = [{"sku": f"s{i}", "n": (request + i) % 7} for i in range(4)]
        if rng.random() < 0.3:
            items.reverse()
        body: dict[str, Any] = {
            "id": rng.bytes(8).hex(),
            "at": self._clock.tick(),
            "took_ms": int(rng.integers(3, 40)),
            "price": amount * (1 + 1e-6 * float(rng.normal())),
            "rank": (request % 17) / 17 + 1e-9 * float(rng.normal()),
            "items": items,
            "street": f"{request % 500} Main St",
            "flags": {"new": request % 3 == 0, "tier": "gold" if request % 5 else "silver"},
            "cached": bool(rng.random() < 0.01),
        }
        if self._wrong and rng.random() < self._share:
            _spoil(body, self._wrong)
        return Answer.of(json=body)


def _spoil(body: dict[str, Any], field: str) -> None:
    match field:
        case "tier":
            body["flags"]["tier"] = "bronze"
        case "price":
            body["price"] *= 1.1
        case "items":
            body["items"][1]["n"] += 1
        case _:
            body[field] = "wrong"


PLANTED = {"street": "/street", "tier": "/flags/tier", "price": "/price"}
TREE = [{"use": "json"}]


def watched(
    panel: Panel, rng: np.random.Generator, triples: int, **model: Any
) -> tuple[NoiseState, set[str]]:
    """Compare two services on so many triples, looking 50 times; give what is known, and what was ever flagged."""
    clock = Clock(rng)
    legacy, other = Service(rng, clock), Service(rng, clock, **model)
    state, flagged = NoiseState(), set[str]()
    for number in range(1, triples + 1):
        first, answer, again = legacy(number), other(number), legacy(number)
        judged = panel.judge(first, answer)
        repeat = other(number) if number % 10 == 0 else None
        state.add(seen_in(panel, judged, legacy=(first, again), model=(answer, repeat)))
        if number % max(triples // LOOKS, 1) == 0:
            state.look()
            flagged |= {one.pointer for one in verdicts(state) if one.mark is Mark.REGRESSED}
    return state, flagged


def proposed(state: NoiseState) -> str:
    """Give the rules that a report would propose."""
    return to_yaml(proposals(verdicts(state)))


def panel_with(rules: str) -> Panel:
    """Build the panel with proposed rules in force."""
    return build_panel(parse(rules).value["compare"] if rules else TREE)


def _counts_part(runs: int, seed: int) -> None:
    print(f"## counts: {runs:,} runs, {LOOKS} looks, {len(floors())} fields, {TRIPLES:,} triples\n")
    wrong = false_alarms(runs, seed)
    found = {share: power(max(runs // 10, 20), share, seed) for share in (0.01, 0.05)}
    told = " | ".join(f"{100 * floor:g} %" for floor in FLOORS)
    print(f"| method | runs with a false alarm | model wrong in | found, at a floor of {told} |")
    print(f"|---|---:|---:|{'---:|' * len(FLOORS)}")
    for name in (*METHODS, BOUND):
        alarmed = f"{100 * wrong[name]:.1f} %" if name in wrong else "–"
        for planted, power_of in found.items():
            cells = " | ".join(f"{value:.2f}" for value in power_of[name])
            print(f"| {name} | {alarmed} | {100 * planted:g} % | {cells} |")


def _services_part(services: int, seed: int) -> None:
    triples = 2_000
    print(
        f"\n## services: {services} without a regression, {triples:,} triples each, one look in {triples // LOOKS}\n"
    )
    rng = np.random.default_rng(seed)
    began, alarmed = time.perf_counter(), 0
    for _ in range(services):
        state, flagged = watched(build_panel(TREE), rng, triples)
        alarmed += bool(flagged)
    each = (time.perf_counter() - began) / (services * triples)
    print(
        f"with a false alarm: {alarmed} of {services}; {1e6 * each:.0f} µs a triple, answers made and compared\n"
    )
    rules = proposed(state)
    print(f"proposed by the last of them:\n\n{rules}")
    for name, pointer in PLANTED.items():
        planted = {"wrong": name, "share": 0.01}
        before = watched(build_panel(TREE), rng, TRIPLES, **planted)[1]
        after = watched(panel_with(rules), rng, TRIPLES, **planted)[1]
        print(f"1 % wrong at {pointer}: flagged {_told(before)}; with the rules in force {_told(after)}")


def _told(flagged: set[str]) -> str:
    return ", ".join(sorted(flagged)) or "nothing"


def main() -> None:
    """Print both parts."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=2_000)
    parser.add_argument("--services", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    _counts_part(options.runs, options.seed)
    _services_part(options.services, options.seed)


if __name__ == "__main__":
    main()
