"""The tables of a report that tell of judges and embeddings. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shadow.report import sentences
from shadow.report.figures import NOTHING, clean, count, money, percent, rate
from shadow.report.layout import Table

if TYPE_CHECKING:
    from shadow.report.model import AskedReport, JudgeReport


def judges_table(judges: tuple[JudgeReport, ...]) -> Table:
    """Lay out what a route's judges prefer, and how far reviewers agree with each."""
    return Table(
        "judges",
        "Judges, and how far people agree with them",
        (
            "judge",
            "opinions",
            "prefers model",
            "prefers legacy",
            "tie",
            "agrees with reviews",
            "Cohen's kappa",
        ),
        tuple(
            (
                clean(found.label),
                count(found.opinions),
                *(percent(side.share) for side in found.preferred),
                rate(found.reviews) if found.reviews.n else sentences.NO_REVIEWS,
                NOTHING if found.kappa is None else f"{found.kappa:.2f}",
            )
            for found in judges
        ),
        note=sentences.JUDGES,
    )


def asked_table(asked: tuple[AskedReport, ...]) -> Table:
    """Lay out what judges and embeddings were asked, and what it cost."""
    return Table(
        "asked",
        "What judges and embeddings were asked, and what it cost",
        ("asked", "outcomes", "tokens in", "tokens out", "cost"),
        tuple(
            (
                f"{each.kind} {clean(each.name)}",
                ", ".join(f"{clean(found.word)} {count(found.n)}" for found in each.outcomes),
                count(each.tokens_in),
                count(each.tokens_out),
                money(each.cost),
            )
            for each in asked
        ),
        words=2,
        note="Of whole days and all routes; no part of the models' cost.",
    )
