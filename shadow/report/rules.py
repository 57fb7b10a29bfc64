"""Writes proposed rules as the YAML of a route's `compare`, for a person to paste. Pure; applies nothing."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fallback.noise.propose import Rule

_PLAIN = re.compile(r"/[A-Za-z0-9_./*-]*")
_AT = {
    "relative": "{{use: number, relative: {:g}}}",
    "absolute": "{{use: number, absolute: {:g}}}",
    "seconds": "{{use: datetime, within: {:g}s}}",
}
_SECTIONS = ("ignore", "at", "arrays")


def to_yaml(rules: Iterable[Rule]) -> str:
    """Write an entry for each comparator: what to ignore, tolerances, arrays without order; nothing for no rules."""
    by_comparator: dict[str, list[tuple[str, str]]] = {}
    for rule in rules:
        section, line = _line(rule)
        by_comparator.setdefault(rule.comparator, []).append((section, f"      {line}  # {rule.why}"))
    if not by_comparator:
        return ""
    lines = [line for label, found in by_comparator.items() for line in _entry(label, found)]
    return "\n".join(["compare:", *lines]) + "\n"


def _entry(label: str, found: list[tuple[str, str]]) -> Iterator[str]:
    yield "  - use: json"
    if label != "json":
        yield f"    label: {json.dumps(label)}"
    for section in _SECTIONS:
        lines = [line for there, line in found if there == section]
        if lines:
            yield f"    {section}:"
            yield from lines


def _line(rule: Rule) -> tuple[str, str]:
    """Give the section a rule belongs to, and its line."""
    where = _quoted(rule.pointer)
    if rule.what == "set":
        return "arrays", f"{where}: set"
    if rule.what in _AT:
        return "at", f"{where}: {_AT[rule.what].format(rule.value)}"
    return "ignore", f"- {where}"


def _quoted(pointer: str) -> str:
    """Write a pointer so that YAML reads it back, whatever characters a stranger put into it."""
    return pointer if _PLAIN.fullmatch(pointer) else json.dumps(pointer)
