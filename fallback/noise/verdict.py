"""Says of each place whether it is noisy, regressed, inconclusive or quiet. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from fallback.noise.shares import excess_of
from fallback.noise.signs import LEVEL, alarms, log_evidence
from fallback.wilson import wilson

if TYPE_CHECKING:
    from fallback.noise.jitter import Jitter
    from fallback.noise.shares import Excess
    from fallback.noise.state import ComparatorNoise, NoiseState, PathNoise

NEGLIGIBLE = 0.01
"""An excess that is surely below this is taken for none."""

OF_THE_FLOOR = 0.5
"""Where a side differs from itself, so is an excess that is surely below this share of the floor."""

FLOOR = 0.005
"""A floor that is surely above this makes a place noisy."""


class Mark(StrEnum):
    """What is to be thought of the differences at one place."""

    REGRESSED = "regressed"
    NOISY = "noisy"
    INCONCLUSIVE = "inconclusive"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class PathVerdict:
    """One place: its mark, and the numbers it rests on.

    `legacy`, `diverged` count among `triples`, `model` among `pairs`. `evidence` is the natural logarithm of the
    e-value as it stands, `peak` of the highest it ever was.
    """

    comparator: str
    pointer: str
    use: str
    mark: Mark
    triples: int
    legacy: int
    diverged: int
    pairs: int
    model: int
    excess: Excess
    evidence: float
    peak: float
    jitter: Jitter


def verdicts(state: NoiseState, level: float = LEVEL) -> tuple[PathVerdict, ...]:
    """Judge every place, the regressed first, then by evidence.

    - `regressed`: the model differs from legacy more often than legacy does from itself; of all places marked so,
      a share of `level` is expected to be so by chance, at most, however often one looks;
    - `noisy`: legacy differs from itself, and an excess of the model's is negligible beside that;
    - `quiet`: neither differs by more than is negligible;
    - `inconclusive`: too little is known.
    """
    places = [
        (label, noise, pointer, path)
        for label, noise in state.comparators.items()
        for pointer, path in noise.paths.items()
    ]
    if not places:
        return ()
    evidence = log_evidence([path.ahead for *_, path in places], [path.discordant for *_, path in places])
    found = alarms(evidence, state.tests, level).tolist()
    judged = (
        _judged(*place, evidence=weight, alarm=alarm)
        for place, weight, alarm in zip(places, evidence.tolist(), found, strict=True)
    )
    order = list(Mark)
    return tuple(sorted(judged, key=lambda one: (order.index(one.mark), -one.evidence, one.pointer)))


def _judged(
    label: str, noise: ComparatorNoise, pointer: str, path: PathNoise, *, evidence: float, alarm: bool
) -> PathVerdict:
    excess = excess_of(noise.triples, diverged=path.diverged, floor=path.legacy, both=path.both)
    return PathVerdict(
        comparator=label,
        pointer=pointer,
        use=noise.use,
        mark=Mark.REGRESSED if alarm else _unalarmed(noise.triples, path.legacy, excess.high),
        triples=noise.triples,
        legacy=path.legacy,
        diverged=path.diverged,
        pairs=noise.pairs,
        model=path.model,
        excess=excess,
        evidence=evidence,
        peak=path.peak,
        jitter=path.jitter,
    )


def _unalarmed(triples: int, floor: int, excess: float) -> Mark:
    if (
        triples
        and wilson(floor, triples)[0] > FLOOR
        and excess <= max(NEGLIGIBLE, OF_THE_FLOOR * floor / triples)
    ):
        return Mark.NOISY
    return Mark.QUIET if excess <= NEGLIGIBLE else Mark.INCONCLUSIVE
