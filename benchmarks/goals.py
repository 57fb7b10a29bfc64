"""The goals of performance, and whether figures of a run meet them. Ratios are those of one and the same run."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Goal:
    """One figure, what it must be and what it aims at: at most, or with `at_least` at least."""

    what: str
    unit: str
    must: float
    aim: float
    at_least: bool = False

    def judge(self, figure: float) -> str:
        """Say whether a figure meets the goal; NaN is what was not measured."""
        if not isfinite(figure):
            return "not measured"
        if self._reaches(figure, self.aim):
            return "met, and the aim"
        return "met" if self._reaches(figure, self.must) else "**not met**"

    def _reaches(self, figure: float, bound: float) -> bool:
        return figure >= bound if self.at_least else figure <= bound

    def line(self, figure: float) -> str:
        """Write a row of the table."""
        sign = "≥" if self.at_least else "≤"
        wanted = f"{sign} {self.must:,g}{self.unit} | {sign} {self.aim:,g}{self.unit}"
        return f"| {self.what} | {shown(figure)}{self.unit} | {wanted} | {self.judge(figure)} |"


GOALS = {
    "cpu to envoy": Goal("CPU a shadowed request, to Envoy mirror", " ×", 1.6, 1.0),
    "cpu to nginx": Goal("CPU a shadowed request, to nginx mirror", " ×", 1.2, 0.75),
    "rate to litellm": Goal("requests/s shadowed, to LiteLLM `silent_model`", " ×", 100, 200, at_least=True),
    "off to envoy": Goal("CPU a request in phase `off`, to Envoy forward", " ×", 1.5, 1.0),
    "p50 to envoy": Goal("added p50 at the fixed rate, to Envoy mirror", " ×", 1.3, 1.0),
    "p99 to envoy": Goal("added p99 at the fixed rate, to Envoy mirror", " ×", 1.5, 1.0),
    "held": Goal("memory for one shadow in flight", " KiB", 12, 6),
    "scorer": Goal("scorer, on one core", " exchanges/s", 5000, 12000, at_least=True),
    "record": Goal("record, CPU a row in the worker", " µs", 12, 7),
    "workers": Goal("two workers to one, phase `shadow`, as accounted", " ×", 1.8, 1.95, at_least=True),
    "resident": Goal("resident memory, one idle worker", " MiB", 60, 45),
}


def shown(figure: float) -> str:
    """Write a number with three digits that count; a dash for none."""
    if not isfinite(figure):
        return "–"
    if abs(figure) >= 100:
        return f"{figure:,.0f}"
    return f"{figure:.1f}" if abs(figure) >= 10 else f"{figure:.2f}"


def ratio(figure: float, other: float) -> float:
    """Give how many times as large a figure is; NaN where the other is none, or within the noise at 0 or below."""
    return figure / other if other > 0 else float("nan")


def table(figures: Mapping[str, float]) -> Iterator[str]:
    """Write the goals that there are figures for as a Markdown table."""
    yield "| goal | figure | must | aim | |"
    yield "|---|---|---|---|---|"
    for key, figure in figures.items():
        yield GOALS[key].line(figure)
