"""What scoring anew changes, as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from shadow.report.figures import clean, count, percent
from shadow.rescore.diff import CHANGES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shadow.rescore.diff import Diff
    from shadow.rescore.progress import Standing

SCHEMA = "shadow-rescore/1"
"""Fields may be added under this name; renaming or removing one makes a new name."""


def to_json(standing: Standing) -> str:
    """Write what changes as indented JSON; `since` is microseconds since the epoch, 0 for everything."""
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "route": standing.plan.route,
        "applied": standing.plan.apply,
        "resumed": standing.resumed,
        "since": standing.since,
        "panel": standing.plan.panel,
        "scored": standing.diff.scored,
        **msgspec.to_builtins(standing.diff),
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def to_text(standing: Standing) -> str:
    """Write what changes for a person."""
    return "\n".join(_lines(standing)) + "\n"


def _lines(standing: Standing) -> Iterator[str]:
    diff, applied = standing.diff, standing.plan.apply
    done = "scores rewritten" if applied else "nothing written; --apply rewrites the scores"
    yield f"route {clean(standing.plan.route)}: {count(diff.scored)} exchanges scored anew, {done}"
    if standing.resumed:
        yield "  taken up where an earlier one was stopped; its counts are among these"
    for name in CHANGES:
        yield f"  {_words(name)}: {count(diff.changes[name])}"
    yield f"  unchanged: {count(diff.unchanged)}"
    for why, n in diff.skipped.items():
        yield f"  left as it was: {count(n)} ({why})"
    for why, n in diff.unsaid.items():
        yield f"  not said, so what was said before stays: {count(n)} ({why})"
    if diff.other_model:
        yield f"  {count(diff.other_model)} are of another version of their model than the configuration's"
    yield from _agreement(diff)
    yield from _comparators(diff)
    for name in CHANGES:
        if diff.examples[name]:
            yield from ("", f"{_words(name)}:")
        for example in diff.examples[name]:
            places = ", ".join(map(clean, example.paths))
            yield f"  {example.exchange}: {_words(example.before)} -> {_words(example.after)}" + (
                f" ({places})" if places else ""
            )


def _agreement(diff: Diff) -> Iterator[str]:
    shares = []
    for verdicts in (diff.before, diff.after):
        n = verdicts["match"] + verdicts["diverged"]
        shares.append(f"{percent(verdicts['match'] / n)} of {count(n)}" if n else "nothing compared")
    if diff.scored:
        yield f"  agreement: {' -> '.join(shares)}"


def _comparators(diff: Diff) -> Iterator[str]:
    if diff.comparators:
        yield from ("", "comparators, before -> after:")
    for label, sides in diff.comparators.items():
        yield (
            f"  {clean(label)}: measured {count(sides.measured_before)} -> {count(sides.measured_after)}, "
            f"diverged {count(sides.diverged_before)} -> {count(sides.diverged_after)} "
            f"({count(sides.newly_diverging)} newly, {count(sides.newly_agreeing)} no longer)"
        )


def _words(name: str) -> str:
    return name.replace("_", " ")
