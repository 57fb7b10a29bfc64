"""What a report says of noise: turns what the scorer keeps of repeats into figures. Pure: reads no store."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from fallback.noise.places import place_of
from fallback.noise.propose import proposals
from fallback.noise.verdict import Mark, verdicts
from shadow.report.model import Interval, NoiseReport, PathNoise
from shadow.report.rules import to_yaml
from shadow.report.wilson import rate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fallback.noise.verdict import PathVerdict
    from shadow.report.model import PathReport
    from shadow.report.query import NoiseRow

PATHS = 50
"""Places listed, the regressed first."""


def fold_noise(row: NoiseRow) -> NoiseReport:
    """Make the report of one route's noise."""
    judged = verdicts(row.state)
    told = [one for one in judged if one.mark is not Mark.QUIET]
    return NoiseReport(
        model=row.model,
        version=row.version,
        began=row.began,
        seen=row.seen,
        repeats=row.repeats,
        tests=row.state.tests,
        paths=tuple(_path(one) for one in judged[:PATHS]),
        paths_left_out=max(0, len(judged) - PATHS),
        differences_left_out=sum(each.left_out for each in row.state.comparators.values()),
        proposal=to_yaml(proposals(told)),
    )


def marked(paths: Iterable[PathReport], noise: NoiseReport | None) -> tuple[PathReport, ...]:
    """Say beside each place at which answers differ what is known of its noise."""
    known = {(path.comparator, path.pointer): path for path in noise.paths} if noise is not None else {}
    return tuple(replace(path, noise=known.get((path.comparator, place_of(path.pointer)))) for path in paths)


def _path(one: PathVerdict) -> PathNoise:
    return PathNoise(
        comparator=one.comparator,
        pointer=one.pointer,
        mark=str(one.mark),
        diverged=rate(one.diverged, one.triples),
        legacy=rate(one.legacy, one.triples),
        model=rate(one.model, one.pairs),
        excess=one.excess.value if one.triples else None,
        excess_interval=Interval(one.excess.low, one.excess.high) if one.triples else None,
        p_value=min(1.0, math.exp(-one.peak)),
    )
