"""Finds the route of a request by its path and method. Pure; the first route of the file that matches wins."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from shadow.request import origin_form

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shadow.proxy.plan import RoutePlan

_Segments = tuple[str | None, ...]


class _Pattern:
    """A path pattern, taken apart once: `None` stands for one segment of any text."""

    __slots__ = ("open_ended", "segments")

    def __init__(self, path: str) -> None:
        self.open_ended = path.endswith("/**")
        parts = path.removesuffix("/**").split("/")
        self.segments: _Segments = tuple(None if part.startswith("{") else part for part in parts)

    def matches(self, segments: list[str]) -> bool:
        """Whether a path, split at its slashes, is one of this pattern's."""
        wanted = self.segments
        if len(segments) < len(wanted) or (len(segments) > len(wanted) and not self.open_ended):
            return False
        return all(
            text == want or (want is None and text != "")
            for want, text in zip(wanted, segments, strict=False)
        )


class Router:
    """Matches requests to routes. An exact path costs one look-up; patterns are tried in the file's order."""

    def __init__(self, routes: Iterable[RoutePlan]) -> None:
        self._ordered: list[tuple[_Pattern | None, str, frozenset[str] | None, RoutePlan]] = []
        for route in routes:
            path = route.match.path
            pattern = _Pattern(path) if "{" in path or path.endswith("/**") else None
            methods = frozenset(route.match.methods) if route.match.methods else None
            self._ordered.append((pattern, path, methods, route))
        self._patterned = any(pattern is not None for pattern, *_ in self._ordered)
        self._exact: dict[str, list[tuple[frozenset[str] | None, RoutePlan]]] = {}
        for pattern, path, methods, route in self._ordered:
            if pattern is None:
                self._exact.setdefault(path, []).append((methods, route))

    def find(self, method: str, target: str) -> RoutePlan | None:
        """Give the route of a request, or None: then it goes to legacy untouched."""
        if target[:1] != "/":
            target = origin_form(target)
        path = target.partition("?")[0]
        if "%" in path:
            path = unquote(path)
        if self._patterned:
            return self._find_ordered(method, path)
        for methods, route in self._exact.get(path, ()):
            if methods is None or method in methods:
                return route
        return None

    def _find_ordered(self, method: str, path: str) -> RoutePlan | None:
        segments = path.split("/")
        for pattern, exact, methods, route in self._ordered:
            if methods is not None and method not in methods:
                continue
            if path == exact if pattern is None else pattern.matches(segments):
                return route
        return None
