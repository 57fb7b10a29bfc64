"""Lays findings out for people: headings, sentences, tables and plots. Pure."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from fallback.certify.terms import MEANING, Why
from shadow.report.figures import NOTHING, clean, count, percent
from shadow.report.layout import Outline, Section, Table
from shadow.report.plots import Dot, Label, Line, Plot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fallback.certify.certificate import Certificate
    from shadow.calibrate.findings import At, Findings

ROWS = 20
"""Points of the curve that the table shows; the plot shows all."""

FEW = 10
"""Points of the curve up to which each is drawn so that it is seen by itself."""

ABOUT = (
    "The promise holds for exchanges like those that were labelled; see docs/certificates.md for what breaks it.",
    "It is kept for the risk that was chosen before the labels were looked at, not for the best of a table.",
)


def outlined(found: Findings, subject: str) -> Outline:
    """Lay out findings about a subject: a file, a route."""
    return Outline(
        title=f"Certificate for {clean(subject)}",
        facts=tuple(_facts(found.certificate)),
        about=ABOUT,
        summary=Section(
            "What it comes to", tuple(_sentences(found)), tuple(t for t in _tables(found) if t.rows)
        ),
        routes=(),
    )


def verdict(made: Certificate) -> str:
    """Say in one sentence what it comes to."""
    if made.threshold is not None:
        return (
            f"Serve the model from a confidence of {made.threshold:.6g} on: {percent(made.coverage.share)} of the "
            f"exchanges, {_losses(made.k)} of {made.n:,} labelled ones a loss."
        )
    why = (
        "there are too few labels to say"
        if made.reason is Why.TOO_FEW
        else "among those there are, too many are a loss"
    )
    return f"Never serve the model ({made.reason}): {why} – {_losses(made.k)} of {made.n:,} labels."


def _losses(k: float) -> str:
    return f"{k:,.0f}" if float(k).is_integer() else f"{k:,.1f}"


def _facts(made: Certificate) -> Iterator[tuple[str, str]]:
    terms = made.terms
    risk, sure = percent(terms.at_most), percent(terms.probability)
    yield "promise", f"at most {risk} of the answers the model serves are a loss, with {sure} probability"
    yield "loss", f"{terms.loss}: {MEANING[terms.loss]}"
    yield "threshold", "never" if made.threshold is None else f"{made.threshold:.6g}"
    yield "upper bound of the loss", percent(made.upper_bound)
    cover = made.coverage
    yield "coverage", f"{percent(cover.share)} (95 %: {percent(cover.low)} to {percent(cover.high)})"
    yield "labels", f"{made.evidence.labels:,}, {_losses(made.evidence.losses)} of them a loss"
    kinds = {"one_shot": "for one look at these labels", "anytime": "may be re-fitted for ever"}
    yield "kind", f"{made.kind}: {kinds[made.kind]}"


def _sentences(found: Findings) -> Iterator[str]:
    yield verdict(found.certificate)
    yield from (f"{note[:1].upper()}{note[1:]}." for note in found.notes)


def _tables(found: Findings) -> Iterator[Table]:
    shown = _shown(found)
    yield Table(
        "curve",
        "Risk and coverage: what is lost if the model serves from this threshold on",
        ("from", "coverage", "loss", "at most"),
        tuple(
            (_from(p, found.certificate), percent(p.coverage), percent(p.rate), percent(p.upper_bound))
            for p in shown
        ),
        bars=tuple(p.rate for p in shown),
        bars_of="bars: loss",
    )
    yield Table(
        "risks",
        "What would be served at other risks",
        ("at most", "threshold", "coverage"),
        tuple((percent(r.at_most), _threshold(r.threshold), percent(r.coverage)) for r in found.other_risks),
        bars=tuple(r.coverage for r in found.other_risks),
        bars_of="bars: coverage",
    )
    yield Table(
        "cohorts",
        "By cohort, each with its part of the doubt",
        ("cohort", "threshold", "coverage", "losses", "of"),
        tuple(
            (clean(name), _threshold(c.threshold), percent(c.coverage.share), _losses(c.k), count(c.n))
            for name, c in found.cohorts.items()
        ),
    )
    yield Table(
        "reliability",
        "Is the confidence calibrated? Share without a loss at each confidence",
        ("confidence", "share", "from", "to", "labels"),
        tuple(
            (
                f"{p['confidence']:.3f}",
                percent(p["share"]),
                percent(p["low"]),
                percent(p["high"]),
                count(p["n"]),
            )
            for p in found.calibration.get("points", ())
        ),
        note=_quality(found),
    )


def _from(point: At, made: Certificate) -> str:
    mark = " (certified)" if point.threshold == made.threshold else ""
    return f"{point.threshold:.6g}{mark}"


def _shown(found: Findings) -> list[At]:
    """Give the points that the table has room for: evenly spaced ones, and the certificate's own."""
    curve, chosen = found.curve, found.certificate.threshold
    if len(curve) <= ROWS:
        return list(curve)
    evenly = {round(i * (len(curve) - 1) / (ROWS - 1)) for i in range(ROWS)}
    return [point for i, point in enumerate(curve) if i in evenly or point.threshold == chosen]


def _quality(found: Findings) -> str:
    known = found.calibration
    if known.get("brier") is None:
        return ""
    told = f"Brier score {known['brier']:.3f}"
    if known.get("error") is not None:
        low, high = known["error_interval"]
        told += f", calibration error {known['error']:.3f} (95 %: {low:.3f} to {high:.3f})"
    if known.get("at_threshold") is not None:
        low, high = known["at_threshold"]
        told += f"; an answer just at the threshold is no loss with probability {low:.3f} to {high:.3f} (Venn–Abers)"
    return told


def _threshold(threshold: float | None) -> str:
    return "never" if threshold is None else f"{threshold:.6g}"


# --- plots

_LEFT, _TOP, _WIDE, _TALL = 52.0, 12.0, 450.0, 150.0


def plots(found: Findings) -> tuple[Plot, ...]:
    """Draw the curve, and confidence against the share without a loss."""
    return tuple(plot for plot in (_curve(found), _reliability(found)) if plot.dots)


def _curve(found: Findings) -> Plot:
    made, curve = found.certificate, found.curve
    top = max([made.terms.at_most * 2, *(p.rate for p in curve)], default=1.0)

    def x(share: float) -> float:
        return round(_LEFT + _WIDE * share, 1)

    def y(rate: float) -> float:
        return round(_TOP + _TALL * (1 - min(rate / top, 1.0)), 1)

    limit = y(made.terms.at_most)
    lines = [Line(_LEFT, limit, _LEFT + _WIDE, limit, "diagonal"), *_frame()]
    lines += [
        Line(x(one.coverage), y(one.rate), x(other.coverage), y(other.rate), "model")
        for one, other in pairwise(curve)
    ]
    dots = [
        Dot(
            x(p.coverage),
            y(p.rate),
            5 if p.threshold == made.threshold else 2 if len(curve) > FEW else 4,
            "model",
            _tip(p),
        )
        for p in curve
    ]
    labels = [
        Label(_LEFT - 6, y(top) + 4, percent(top), "end", "axis"),
        Label(_LEFT - 6, limit + 4, percent(made.terms.at_most), "end", "axis"),
        *([Label(_LEFT - 6, y(0) + 4, percent(0.0), "end", "axis")] if limit < y(0) - 12 else []),
        *_bottom(),
    ]
    told = "; ".join(dot.tip for dot in dots)
    title = "Losses by coverage (dashed: the risk allowed)"
    return Plot(title, told, _TOP + _TALL + 24, lines=tuple(lines), dots=tuple(dots), labels=tuple(labels))


def _tip(point: At) -> str:
    return f"from {point.threshold:.6g}: coverage {percent(point.coverage)}, loss {percent(point.rate)}"


def _reliability(found: Findings) -> Plot:
    def y(share: float) -> float:
        return round(_TOP + _TALL * (1 - share), 1)

    lines, dots = [*_frame(), Line(_LEFT, y(0), _LEFT + _WIDE, y(1), "diagonal")], []
    for p in found.calibration.get("points", ()):
        x = round(_LEFT + _WIDE * p["confidence"], 1)
        lines.append(Line(x, y(p["low"]), x, y(p["high"]), "whisker"))
        tip = f"{p['confidence']:.3f}: {percent(p['share'])} of {count(p['n'])}"
        dots.append(Dot(x, y(p["share"]), 4, "plain", tip))
    labels = [Label(_LEFT - 6, y(end) + 4, f"{end:.0%}", "end", "axis") for end in (0, 1)]
    told = "; ".join(dot.tip for dot in dots) or NOTHING
    title = "Share without a loss by confidence"
    height = _TOP + _TALL + 24
    return Plot(title, told, height, lines=tuple(lines), dots=tuple(dots), labels=(*labels, *_bottom()))


def _frame() -> tuple[Line, ...]:
    return tuple(Line(_LEFT, y, _LEFT + _WIDE, y, "grid") for y in (_TOP, _TOP + _TALL))


def _bottom() -> tuple[Label, ...]:
    y = _TOP + _TALL + 16
    return tuple(
        Label(_LEFT + _WIDE * share, y, f"{share:.0%}", anchor, "axis")
        for share, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end"))
    )
