"""JSONPath (RFC 9535): plain paths become patterns of our own, which are quick; others are asked of the library."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from comparators.pattern import ANY, DEEP

if TYPE_CHECKING:
    from jsonpath_rfc9535 import JSONPathQuery

    from comparators.pattern import Path, Step

_MOST = 1_000  # paths that one pattern with choices, as in $['a', 'b'], may stand for


@dataclass(frozen=True, slots=True)
class Query:
    """A path whose places depend on the document: with a filter, a slice, or an index from the end."""

    text: str
    compiled: JSONPathQuery

    def places(self, document: Any) -> list[Path]:
        """Give the path of each place it leads to; ValueError when the document is too deep for it."""
        from jsonpath_rfc9535 import JSONPathError

        try:
            return [tuple(map(str, node.location)) for node in self.compiled.finditer(document)]
        except (JSONPathError, RecursionError) as exc:
            raise ValueError(f"{self.text} cannot be followed: {exc}") from exc


def read_json_path(text: str) -> tuple[tuple[Path, ...], Query | None]:
    """Give the paths a JSONPath stands for, or a query; raises ValueError when it is no JSONPath."""
    import jsonpath_rfc9535 as library

    try:
        compiled = library.compile(text)
    except library.JSONPathError as exc:
        raise ValueError(f"{text!r} is no JSONPath: {exc}") from exc
    choices = [choice for segment in compiled.segments for choice in _choices(segment)]
    if not all(choices):
        return (), Query(text, compiled)
    size = 1
    for choice in choices:
        size *= len(choice)
    if size > _MOST:
        raise ValueError(f"{text[:40]!r}… stands for {size} paths, more than {_MOST}")
    return tuple(product(*choices)), None


def _choices(segment: Any) -> list[list[str | Step]]:
    """Give what may stand at a segment's place; an empty choice when that depends on the document."""
    from jsonpath_rfc9535.segments import JSONPathRecursiveDescentSegment

    steps = [_plain(selector) for selector in segment.selectors]
    choice = [one for one in steps if one is not None]
    deep: list[list[str | Step]] = [[DEEP]] if isinstance(segment, JSONPathRecursiveDescentSegment) else []
    return [*deep, choice if len(choice) == len(steps) else []]


def _plain(selector: Any) -> str | Step | None:
    from jsonpath_rfc9535.selectors import IndexSelector, NameSelector, WildcardSelector

    if isinstance(selector, NameSelector):
        return selector.name
    if isinstance(selector, WildcardSelector):
        return ANY
    if isinstance(selector, IndexSelector) and selector.index >= 0:
        return str(selector.index)
    return None
