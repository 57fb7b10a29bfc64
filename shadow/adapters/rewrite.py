"""Changes a JSON body at the places a model's `rewrite` names. Knows nothing of models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from comparators.pointer import MISSING, index_of, member, parse, resolve, unparse
from shadow.adapters.ask import AskFailed

if TYPE_CHECKING:
    from shadow.adapters.templates import Compiler
    from shadow.config.models import Rewrite

Segments = tuple[str, ...]


class BodyRewrite:
    """Renames, then removes, then sets fields of a JSON body, each in the order of the file."""

    def __init__(self, config: Rewrite, compiler: Compiler) -> None:
        self._rename = [(parse(old), parse(new)) for old, new in config.rename.items()]
        self._remove = [parse(pointer) for pointer in config.remove]
        self._set = [(parse(pointer), value) for pointer, value in config.set.items()]
        whole = {
            "rename": (*config.rename, *config.rename.values()),
            "remove": config.remove,
            "set": config.set,
        }
        for key, pointers in whole.items():
            if "" in pointers:
                compiler.problem(f'rewrite.{key}: "" is the whole body; name a field in it')

    def __bool__(self) -> bool:
        return bool(self._rename or self._remove or self._set)

    def __call__(self, body: bytes) -> bytes:
        """Give the changed body; AskFailed when it is not JSON or a field has no place in it.

        Renaming or removing what is not there changes nothing; `set` makes the objects it needs.
        """
        try:
            document = msgspec.json.decode(body)
        except (ValueError, RecursionError):
            raise AskFailed("rewrite: the request's body is not JSON") from None
        for old, new in self._rename:
            value = _take(document, old)
            if value is not MISSING:
                _put(document, new, value)
        for segments in self._remove:
            _take(document, segments)
        for segments, value in self._set:
            _put(document, segments, value)
        return msgspec.json.encode(document)


def _take(document: Any, segments: Segments) -> Any:
    """Take a value out and give it, or MISSING when it is not there."""
    value = resolve(document, segments)
    if value is MISSING:
        return MISSING
    parent = resolve(document, segments[:-1])
    del parent[segments[-1] if isinstance(parent, dict) else int(segments[-1])]
    return value


def _put(document: Any, segments: Segments, value: Any) -> None:
    """Put a value in its place: over what stands there, or as a new member; `-` appends to an array."""
    place = document
    for segment in segments[:-1]:
        place = place.setdefault(segment, {}) if isinstance(place, dict) else member(place, segment)
    last = segments[-1]
    if isinstance(place, dict):
        place[last] = value
    elif isinstance(place, list) and last == "-":
        place.append(value)
    elif isinstance(place, list) and (index := index_of(last)) is not None and index < len(place):
        place[index] = value
    else:
        raise AskFailed(f"rewrite: the request's body has no place for {unparse(segments)}")
