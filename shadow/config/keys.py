"""Every key of the configuration, read off the models: for the reference table and for suggestions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from shadow.config.model import Config
from shadow.config.section import Section
from shadow.config.units import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic.fields import FieldInfo

    from shadow.config.problems import Path


@dataclass(frozen=True, slots=True)
class Key:
    """One key: its path with `*` for a name and `[]` for an item, what it holds, default and meaning."""

    path: str
    kind: str
    default: str
    meaning: str


def every_key() -> Iterator[Key]:
    """Give every key of the configuration, in the order of the models."""
    return _keys(Config, "")


def table() -> str:
    """Give the reference table in Markdown."""
    rows = [f"| `{key.path}` | {key.kind} | {key.default} | {key.meaning} |" for key in every_key()]
    return "\n".join(["| key | type | default | meaning |", "|---|---|---|---|", *rows])


def allowed_at(path: Path) -> list[str]:
    """Give the keys that the mapping at a path may have; none when anything is allowed or nothing known."""
    section = _section_at(path)
    return [_key_name(*item) for item in section.model_fields.items()] if section else []


def _keys(section: type[Section], prefix: str) -> Iterator[Key]:
    for name, field in section.model_fields.items():
        path = prefix + _key_name(name, field)
        kind = _kind(Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation)
        yield Key(path, kind, _default(field), field.description or "")
        suffix, below = _below(field.annotation)
        if below is not None:
            yield from _keys(below, f"{path}{suffix}.")


def _key_name(name: str, field: FieldInfo) -> str:
    return field.alias or name


def _section_at(path: Path) -> type[Section] | None:
    current: Any = Config
    for step in path:
        current = _stripped(current)
        if isinstance(current, type) and issubclass(current, Section):
            fields = {_key_name(name, field): field for name, field in current.model_fields.items()}
            current = fields[step].annotation if step in fields else None
        elif get_origin(current) in (dict, tuple):
            current = get_args(current)[1 if get_origin(current) is dict else 0]
        else:
            return None
    current = _stripped(current)
    return current if isinstance(current, type) and issubclass(current, Section) else None


def _stripped(annotation: Any) -> Any:
    """Take Annotated and `| None` off a type."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif get_origin(annotation) in (Union, UnionType):
            annotation = next(arg for arg in get_args(annotation) if arg is not type(None))
        else:
            return annotation


def _below(annotation: Any) -> tuple[str, type[Section] | None]:
    """Give the section that a key leads to, and how its path goes on: "", ".*" or "[]"."""
    annotation, suffix = _stripped(annotation), ""
    if get_origin(annotation) is dict:
        annotation, suffix = _stripped(get_args(annotation)[1]), ".*"
    elif get_origin(annotation) is tuple:
        annotation, suffix = _stripped(get_args(annotation)[0]), "[]"
    found = isinstance(annotation, type) and issubclass(annotation, Section)
    return suffix, annotation if found else None


def _kind(annotation: Any) -> str:
    """Say in a word or two what a type holds; `Kind` in its metadata says it best."""
    if get_origin(annotation) is Annotated:
        words = [item.word for item in get_args(annotation)[1:] if isinstance(item, Kind)]
        return words[-1] if words else _kind(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return _kind(next(arg for arg in get_args(annotation) if arg is not type(None)))
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return _words(word.value for word in annotation)
    if annotation is str:
        return "text"
    return _kind_of_many(get_origin(annotation), get_args(annotation))


def _kind_of_many(origin: Any, args: tuple[Any, ...]) -> str:
    if origin is Literal:
        return _words(args)
    if origin is dict:
        return f"mapping: {_kind(args[0])} → {_kind(args[1])}"
    return f"list: {_kind(args[0])}" if origin is tuple else "mapping"


def _words(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _default(field: FieldInfo) -> str:
    """Write a default as the file would."""
    default = field.default
    if field.is_required():
        return "required"
    if isinstance(default, Section):
        return "as below"
    if default is None or default in ((), "", {}):
        return "none"
    if isinstance(default, tuple):
        shown = (entry if isinstance(entry, str) else f"{{use: {entry.use}}}" for entry in default)
        return f"`[{', '.join(shown)}]`"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"
