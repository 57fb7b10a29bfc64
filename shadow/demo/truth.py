"""How often each side, and what was served, was right against the gold answers. The router never sees those.

Pure: takes what was served and what was recorded, gives lines of text and rows for the report.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shadow.demo.traffic import is_right
from shadow.report.model import TruthRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from shadow.demo.ledger import Pair
    from shadow.demo.traffic import Served

NOTE = "gold answers that the router never sees"


@dataclass(frozen=True, slots=True)
class Judged:
    """One exchange against its gold answer; `model_right` is None when the model gave no answer."""

    route: str
    phase: str
    served_by_model: bool
    served_right: bool
    legacy_right: bool
    model_right: bool | None
    agreed: bool
    confidence: float | None


def judge(served: Iterable[Served], recorded: Mapping[str, Pair]) -> list[Judged]:
    """Hold every served exchange that was recorded against its gold answer."""
    return [
        Judged(
            route=one.question.route,
            phase=one.phase,
            served_by_model=one.side == "model",
            served_right=one.right,
            legacy_right=is_right(pair.legacy, one.question.gold),
            model_right=None if pair.model is None else is_right(pair.model, one.question.gold),
            agreed=_agree(pair, tuple(one.question.gold)),
            confidence=pair.confidence,
        )
        for one in served
        if (pair := recorded.get(one.exchange)) is not None
    ]


def _agree(pair: Pair, fields: tuple[str, ...]) -> bool:
    if not isinstance(pair.legacy, dict) or not isinstance(pair.model, dict):
        return False
    return all(pair.legacy.get(field) == pair.model.get(field) for field in fields)


def chapter(judged: Sequence[Judged], *, real: bool) -> list[str]:
    """Give the report's last chapter; `real` adds why the model of `--model smollm2` must not be served."""
    lines = [
        "Who was right (against the gold answers, which the router never sees)",
        *_indented(table(judged)),
    ]
    lines += ["", "Legacy is not the truth", *_indented(disagreements(judged))]
    if real:
        lines += ["", "What this model's confidence is worth", *_indented(warning(judged))]
    return lines


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def table(judged: Sequence[Judged]) -> list[str]:
    """Give the table of who was right, a line for each route and phase, widths aligned."""
    head = ("route", "phase", "requests", "legacy right", "model right", "served right", "served by model")
    groups: dict[str, dict[str, list[Judged]]] = {}
    for one in judged:
        groups.setdefault(one.route, {}).setdefault(one.phase, []).append(one)
    rows = [
        head,
        *(
            (route, phase, *_figures(members))
            for route, phases in groups.items()
            for phase, members in phases.items()
        ),
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return [
        "  ".join(_cell(text, width, n) for n, (text, width) in enumerate(zip(row, widths, strict=True)))
        for row in rows
    ]


def _cell(text: str, width: int, column: int) -> str:
    return text.ljust(width) if column < 2 else text.rjust(width)


def _figures(members: list[Judged]) -> tuple[str, ...]:
    answered = [one for one in members if one.model_right is not None]
    return (
        str(len(members)),
        share(sum(one.legacy_right for one in members), len(members)),
        share(sum(bool(one.model_right) for one in answered), len(answered)),
        share(sum(one.served_right for one in members), len(members)),
        share(sum(one.served_by_model for one in members), len(members)),
    )


def rows(judged: Sequence[Judged]) -> tuple[TruthRow, ...]:
    """Give a row for each route, of what both sides answered, for a report that shows who was right."""
    found = []
    for route in dict.fromkeys(one.route for one in judged):
        members = [one for one in judged if one.route == route and one.model_right is not None]
        counts = {
            "legacy_right": sum(one.legacy_right for one in members),
            "model_right": sum(bool(one.model_right) for one in members),
            "served_right": sum(one.served_right for one in members),
        }
        found.append(TruthRow(route, len(members), **counts, note=NOTE))
    return tuple(found)


def disagreements(judged: Sequence[Judged]) -> list[str]:
    """Say for each route who was right where the sides differed: legacy is not the truth."""
    lines = []
    for route in dict.fromkeys(one.route for one in judged):
        differed = [
            one for one in judged if one.route == route and not one.agreed and one.model_right is not None
        ]
        model = sum(bool(one.model_right) and not one.legacy_right for one in differed)
        legacy = sum(one.legacy_right and not one.model_right for one in differed)
        lines.append(
            f"{route}: the sides differed {len(differed)} times; the model was right {model} times, "
            f"legacy {legacy}, neither {len(differed) - model - legacy}"
        )
    return lines


def warning(judged: Sequence[Judged], thresholds: Sequence[float] = (0.5, 0.6, 0.7, 0.8)) -> list[str]:
    """Say how sure the model was, and what each of several thresholds would have let through."""
    sure = [one for one in judged if one.confidence is not None]
    right = sum(bool(one.model_right) for one in judged)
    mean = sum(one.confidence or 0.0 for one in sure) / len(sure) if sure else 0.0
    lines = [f"it was right {right} times in {len(judged)}, with a mean confidence of {mean:.2f}"]
    for threshold in thresholds:
        above = [one for one in sure if (one.confidence or 0.0) >= threshold]
        wrong = sum(not one.model_right for one in above)
        lines.append(
            f"a threshold of {threshold:.2f} would have served {len(above)} answers, {wrong} of them wrong"
        )
    if right * 2 < len(judged):
        lines.append(
            "its confidence does not tell right from wrong: it must not be served, whatever the threshold"
        )
    return lines


def share(part: int, whole: int) -> str:
    """Write a share as a percentage, or a dash of nothing."""
    return f"{part / whole:.1%}" if whole else "-"
