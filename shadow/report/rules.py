"""Writes proposed rules as the YAML of a route's `compare`, for a person to paste. Pure; applies nothing."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fallback.noise.propose import Rule

_PLAIN = re.compile(r"/[A-Za-z0-9_./*-]*")


def to_yaml(rules: Iterable[Rule]) -> str:
    """Write an entry for each comparator: what to ignore, tolerances, arrays without order; nothing for no rules."""
    by_comparator: dict[str, list[Rule]] = {}
    for rule in rules:
        by_comparator.setdefault(rule.comparator, []).append(rule)
    lines = [line for label, found in by_comparator.items() for line in _entry(label, found)]
    return "\n".join(["compare:", *lines]) + "\n" if lines else ""


def _entry(label: str, rules: list[Rule]) -> Iterator[str]:
    yield "  - use: json"
    if label != "json":
        yield f"    label: {_quoted(label)}"
    ignored = [rule for rule in rules if _kind(rule) == "ignore"]
    if ignored:
        yield "    ignore:"
        yield from (f"      - {_quoted(rule.pointer)}  # {rule.why}" for rule in ignored)
    tolerated = [rule for rule in rules if _kind(rule) == "at"]
    if tolerated:
        yield "    at:"
        for rule in tolerated:
            number = f"{{use: number, {rule.what}: {rule.value:g}}}"
            yield f"      {_quoted(rule.pointer)}: {number}  # {rule.why}"
    unordered = [rule for rule in rules if _kind(rule) == "arrays"]
    if unordered:
        yield "    arrays:"
        yield from (f"      {_quoted(rule.pointer)}: set  # {rule.why}" for rule in unordered)


def _kind(rule: Rule) -> str:
    if rule.what == "set":
        return "arrays"
    return "at" if rule.what in ("relative", "absolute") else "ignore"


def _quoted(pointer: str) -> str:
    """Write a pointer so that YAML reads it back, whatever characters a stranger put into it."""
    return pointer if _PLAIN.fullmatch(pointer) else json.dumps(pointer)
