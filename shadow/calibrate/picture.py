"""Draws the curve of risk and coverage as a PNG, by matplotlib. Imported only when that is asked for."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from shadow.calibrate.told import verdict
from shadow.errors import ShadowError
from shadow.report.figures import clean, percent

if TYPE_CHECKING:
    from shadow.calibrate.findings import Findings

SIZE = (8.0, 5.0)
"""Inches, at 100 dots each."""


def png(found: Findings, subject: str) -> bytes:
    """Draw findings about a subject; ShadowError when matplotlib is not there."""
    try:
        from matplotlib.figure import Figure
    except ImportError as exc:
        raise ShadowError("png needs matplotlib: pip install 'shadow-router[plots]'") from exc
    made = found.certificate
    figure = Figure(figsize=SIZE, dpi=100, layout="constrained")
    axes = figure.subplots()
    coverage = [point.coverage for point in found.curve]
    axes.plot(coverage, [point.rate for point in found.curve], marker=".", label="losses")
    axes.plot(coverage, [point.upper_bound for point in found.curve], linestyle=":", label="at most")
    axes.axhline(
        made.terms.at_most, linestyle="--", color="grey", label=f"allowed: {percent(made.terms.at_most)}"
    )
    for point in found.curve:
        if point.threshold == made.threshold:
            axes.plot(
                [point.coverage], [point.rate], marker="o", color="black", label=f"from {point.threshold:.6g}"
            )
    axes.set_xlim(0, 1)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("coverage: share of exchanges that the model serves")
    axes.set_ylabel(f"loss ({made.terms.loss})")
    axes.set_title(f"{clean(subject)}\n{verdict(made)}", fontsize="small")
    axes.legend()
    drawn = BytesIO()
    figure.savefig(drawn, format="png", metadata={"Software": None})
    return drawn.getvalue()
