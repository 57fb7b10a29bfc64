"""Marks in a configuration what came from the environment, so that nothing ever prints it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shadow.config.section import Section

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shadow.config.problems import Path


def remember(config: Section, written: Mapping[Path, str]) -> None:
    """Note in each section which of its fields hold something from the environment, as the file writes it."""
    for path, text in written.items():
        _note(config, path, text)


def _note(section: Section, path: Path, text: str) -> None:
    """Note a path, seen from a section, in the innermost section on it."""
    name = _attribute(section, str(path[0]))
    below: Any = getattr(section, name, None)
    rest = path[1:]
    while rest and not isinstance(below, Section):
        try:
            below = below[rest[0]]
        except (LookupError, TypeError):
            break
        rest = rest[1:]
    if rest and isinstance(below, Section):
        _note(below, rest, text)
    else:
        section.note(name, "(from the environment)" if path[1:] else text)


def _attribute(section: Section, key: str) -> str:
    fields = type(section).model_fields
    return next((name for name, field in fields.items() if key in (name, field.alias)), key)
