"""How a route's noise is laid out: a table of its places, and the rules that are proposed. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shadow.report.figures import NOTHING, clean, count, percent, points
from shadow.report.layout import Listing, Table

if TYPE_CHECKING:
    from shadow.report.model import NoiseReport, PathNoise

_EXPLAINED = """Differs: how often the model differs from legacy; floor: how often legacy differs from itself when \
asked twice; model's: the model's own floor; excess: the first less the second. Regressed: the model differs more \
often than legacy does from itself, whenever one looks (of all places marked so, 5 % are expected to be so by chance, \
at most). Noisy: legacy differs from itself, and the model hardly more. Inconclusive: too few repeats to tell."""


def told(noise: PathNoise | None) -> str:
    """Say in a few words what is known of a place's noise."""
    if noise is None:
        return NOTHING
    return f"{noise.mark}: floor {percent(noise.legacy.share)}, excess {_excess(noise)}"


def noise_table(noise: NoiseReport | None) -> tuple[Table, ...]:
    """List the places that differed; nothing where no side was asked twice."""
    if noise is None:
        return ()
    left = f" {count(noise.paths_left_out)} more places are not listed." if noise.paths_left_out else ""
    return (
        Table(
            "noise",
            "Noise: what differs by itself",
            ("mark", "comparator", "at", "excess (95 %)", "differs", "floor", "model's", "of"),
            tuple(
                (
                    path.mark,
                    clean(path.comparator),
                    clean(path.pointer) or "(the whole)",
                    _excess(path),
                    percent(path.diverged.share),
                    percent(path.legacy.share),
                    percent(path.model.share),
                    count(path.diverged.n),
                )
                for path in noise.paths
            ),
            words=3,
            note=_EXPLAINED + left,
        ),
    )


def noise_listing(noise: NoiseReport | None) -> tuple[Listing, ...]:
    """Give the rules that are proposed, if there are any."""
    if noise is None or not noise.proposal:
        return ()
    title = "Proposed for the route's compare, where you agree: nothing of it is in force"
    return (Listing(title, noise.proposal),)


def _excess(path: PathNoise) -> str:
    interval = path.excess_interval
    if interval is None:
        return NOTHING
    return f"{points(path.excess)} ({points(interval.low)} to {points(interval.high)}) %"
