"""A replay's report as text, for a terminal or a mail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

PLACES = 15
"""Places told."""


def text(told: dict[str, Any]) -> str:
    """Write what `figures.told` gives."""
    return "\n".join(_lines(told)) + "\n"


def _lines(told: dict[str, Any]) -> Iterator[str]:
    version = f" version {told['version']}" if told["version"] else ""
    yield f"replay {told['replay']} of route {told['route']} to {told['model']}{version}"
    failed = ", ".join(f"{n:,} {kind}" for kind, n in told["failed"].items())
    yield (
        f"{told['answered']:,} answered; failed: {failed or 'none'}; {told['left']:,} left;"
        f" {told['not_kept']:,} could not be sent, as a body was not kept"
    )
    if not told["answered"]:
        return
    yield ""
    yield f"{'':<16}{'agreement with legacy':>32}{'match':>9}{'diverged':>10}{'not comparable':>16}"
    for name in ("before", "after"):
        side = told[name]
        yield (
            f"{name:<16}{_agreement(side):>32}{side['match']:>9,}{side['diverged']:>10,}{side['not_comparable']:>16,}"
        )
    for each in told["before"]["models"]:
        yield f"  before: {each['answers']:,} answers of {_named(each)}"
    yield ""
    changes = told["changes"]
    yield f"newly agreeing  {changes['newly_agreeing']:>9,}   newly diverging {changes['newly_diverging']:>9,}"
    yield f"still agreeing  {changes['still_agreeing']:>9,}   still diverging {changes['still_diverging']:>9,}"
    if changes["not_comparable"]:
        yield f"not comparable before or after: {changes['not_comparable']:,}"
    yield from _places(told["paths"])
    yield from _examples(told["examples"])
    after = told["after"]
    seconds = after["median_seconds"]
    yield ""
    yield (
        f"median {0 if seconds is None else seconds:.3f} s an answer, {after['tokens_in']:,} tokens in,"
        f" {after['tokens_out']:,} out, cost {after['cost']:.4f}"
    )
    if "certificate" in told:
        yield from _certificate(told["certificate"])


def _certificate(found: dict[str, Any]) -> Iterator[str]:
    yield ""
    yield (
        f"certificate of the new model ({found['loss']}, at most {found['at_most']:.1%}, with"
        f" {found['probability']:.0%} probability)"
    )
    yield f"  {found['told']}"
    yield from (f"  {note}" for note in found["notes"])


def _agreement(side: dict[str, Any]) -> str:
    if side["agreement"] is None:
        return "nothing to compare"
    low, high = side["interval"]
    return f"{side['agreement']:.1%} ({low:.1%} – {high:.1%})"


def _named(each: dict[str, Any]) -> str:
    return f"{each['model'] or 'no model'}{' version ' + each['version'] if each['version'] else ''}"


def _places(paths: list[dict[str, Any]]) -> Iterator[str]:
    if not paths:
        return
    yield ""
    yield f"{'where it differs':<44}{'before':>8}{'after':>8}"
    for each in paths[:PLACES]:
        place = f"{each['comparator']} {each['pointer']}".strip()
        yield f"  {place:<42}{each['before']:>8,}{each['after']:>8,}"
    if len(paths) > PLACES:
        yield f"  and {len(paths) - PLACES:,} more (--format json has all)"


def _examples(examples: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    for name, found in examples.items():
        if found:
            yield ""
            yield f"{name.replace('_', ' ')}, for example"
            for each in found[:5]:
                yield f"  {each['exchange']}  {', '.join(each['at'][:3])}"
