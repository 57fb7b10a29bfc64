"""What comparing two files gave, as plain text. Strangers' text is cleaned of what does not print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shadow.compare.summary import SHOWN
from shadow.report.figures import clean, count, percent, percents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shadow.compare.summary import Summary


def to_text(summary: Summary, legacy: str, model: str) -> str:
    """Write a summary for a person."""
    return "\n".join(_lines(summary, legacy, model)) + "\n"


def _lines(summary: Summary, legacy: str, model: str) -> Iterator[str]:
    verdicts, diverged = summary.verdicts, summary.diverged
    yield f"route {clean(summary.route)}: {count(summary.pairs)} pairs"
    yield (
        f"  match {count(verdicts['match'])}, diverged {count(verdicts['diverged'])}, "
        f"not comparable {count(verdicts['not_comparable'])}"
    )
    if diverged.n:
        yield f"  diverged {percent(diverged.share)} of those compared (95 % interval {percents(diverged.interval)})"
    else:
        yield "  nothing could be compared"
    yield from _alone(legacy, summary.only_legacy, summary.alone["legacy"])
    yield from _alone(model, summary.only_model, summary.alone["model"])
    yield from _comparators(summary)
    if summary.asked or summary.opinions:
        yield from ("", "asked:", *_asked(summary))
    if summary.paths:
        yield from ("", "where the answers differ:")
    for (label, pointer), n in summary.paths.most_common(SHOWN):
        yield f"  {clean(pointer) or '(the whole)'}  {clean(label)}: {count(n)}"
    if summary.examples:
        yield from ("", "the first that are no match:")
    for example in summary.examples:
        yield f"  {clean(example.id)}: {example.verdict.replace('_', ' ')}"
        yield from (f"    {clean(line)}" for line in example.seen)


def _alone(file: str, n: int, ids: list[str]) -> Iterator[str]:
    if n:
        more = ", …" if n > len(ids) else ""
        yield f"  only in {clean(file)}: {count(n)} ({', '.join(map(clean, ids))}{more})"


def _asked(summary: Summary) -> Iterator[str]:
    for label, sides in summary.opinions.items():
        told = ", ".join(
            f"{side} {count(sides[side])}" for side in ("model", "legacy", "tie") if sides.get(side)
        )
        yield f"  {clean(label)} prefers: {told} (no part of the verdict)"
    for name, bill in summary.asked.items():
        told = ", ".join(f"{outcome.replace('_', ' ')} {count(n)}" for outcome, n in bill.outcomes.items())
        yield f"  {clean(name)}: {told}" + (f"; cost {bill.cost:.4g}" if bill.cost else "")


def _comparators(summary: Summary) -> Iterator[str]:
    if summary.left_out:
        yield f"  left out, since nobody is asked here: {', '.join(map(clean, summary.left_out))}"
    if summary.comparators:
        yield from ("", "comparators:")
    for label, found in summary.comparators.items():
        mean = f", mean {found.total / found.measured:.3g}" if found.measured else ""
        yield f"  {clean(label)}: measured {count(found.measured)}, diverged {count(found.diverged)}{mean}"
