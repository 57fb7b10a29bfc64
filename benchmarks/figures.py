"""What was measured of each peer, and the table it makes: every figure beside the two mirrors' of the same run."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks.goals import ratio, shown
from benchmarks.peer_configs import ENVOY, ENVOY_MIRROR, LITELLM, NGINX_MIRROR, OFF, SHADOW

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NAN = float("nan")


@dataclass(slots=True)
class Rounds:
    """The figures of every round: per request, per second, and quantiles in microseconds."""

    cpu: list[float] = field(default_factory=list)
    alone: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    mirrored: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Figures:
    """A peer's row: CPU and added times in microseconds, requests a second, memory in bytes.

    `alone` is the CPU of the first process without what it started, `own` the memory that it holds of `resident`;
    `busy` the share of its core that the peer took, above 1 when it left work for later; `mirrored` the share of
    requests that the model got as well.
    """

    cpu: float = NAN
    alone: float = NAN
    rate: float = NAN
    busy: float = NAN
    mirrored: float = NAN
    p50: float = NAN
    p99: float = NAN
    resident: float = NAN
    own: float = NAN
    held: float = NAN

    @classmethod
    def of(cls, rounds: Rounds, direct: Rounds, *, idle: tuple[float, float], held: float) -> Figures:
        """Take the medians, and from the times those of the upstream asked directly."""
        return cls(
            cpu=_median(rounds.cpu),
            alone=_median(rounds.alone),
            rate=_median(rounds.rate),
            busy=_median(rounds.busy),
            mirrored=_median(rounds.mirrored),
            p50=_median(rounds.p50) - _median(direct.p50),
            p99=_median(rounds.p99) - _median(direct.p99),
            resident=idle[0],
            own=idle[1],
            held=held,
        )


def _median(found: list[float]) -> float:
    return statistics.median(found) if found else NAN


def table(told: Mapping[str, Figures]) -> Iterator[str]:
    """Write the figures as a Markdown table; behind each stand its ratios to nginx mirror and to Envoy mirror."""
    nginx, envoy = told.get(NGINX_MIRROR.name, Figures()), told.get(ENVOY_MIRROR.name, Figures())
    yield (
        "| proxy | CPU µs a request | requests/s | core busy | mirrored | added p50 µs | added p99 µs"
        " | resident MiB | KiB a shadow in flight |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    for name, row in told.items():
        cells = [
            _beside(row.cpu, nginx.cpu, envoy.cpu),
            _beside(row.rate, nginx.rate, envoy.rate),
            _share(row.busy),
            _share(row.mirrored),
            _beside(row.p50, nginx.p50, envoy.p50),
            _beside(row.p99, nginx.p99, envoy.p99),
            _beside(row.resident / 2**20, nginx.resident / 2**20, envoy.resident / 2**20),
            _beside(row.held / 2**10, nginx.held / 2**10, envoy.held / 2**10),
        ]
        yield f"| {name} | {' | '.join(cells)} |"


def _beside(figure: float, nginx: float, envoy: float) -> str:
    if figure != figure:  # noqa: PLR0124 - NaN
        return "–"
    return f"{shown(figure)} ({shown(ratio(figure, nginx))}, {shown(ratio(figure, envoy))})"


def _share(share: float) -> str:
    return "–" if share != share else f"{share:.0%}"  # noqa: PLR0124 - NaN


def for_goals(told: Mapping[str, Figures]) -> dict[str, float]:
    """Give what the goals are judged by; NaN where a peer is missing."""
    row = {peer.name: told.get(peer.name, Figures()) for peer in (NGINX_MIRROR, ENVOY_MIRROR, ENVOY, LITELLM)}
    ours, off = told.get(SHADOW.name, Figures()), told.get(OFF.name, Figures())
    envoy = row[ENVOY_MIRROR.name]
    return {
        "cpu to envoy": ratio(ours.cpu, envoy.cpu),
        "cpu to nginx": ratio(ours.cpu, row[NGINX_MIRROR.name].cpu),
        "rate to litellm": ratio(ours.rate, row[LITELLM.name].rate),
        "off to envoy": ratio(off.cpu, row[ENVOY.name].cpu),
        "p50 to envoy": ratio(ours.p50, envoy.p50),
        "p99 to envoy": ratio(ours.p99, envoy.p99),
        "held": ours.held / 2**10,
        "resident": ours.own / 2**20,
    }
