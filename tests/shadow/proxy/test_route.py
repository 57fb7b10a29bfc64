"""Which route takes a request."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from shadow.config.model import Match
from shadow.proxy.route import Router


@dataclass
class Named:
    """As much of a route as the router looks at."""

    name: str
    match: Match


def router(**paths: tuple[str, tuple[str, ...]]) -> Router:
    """Build a router of named (path, methods)."""
    return Router([Named(name, Match(path=path, methods=methods)) for name, (path, methods) in paths.items()])


CASES = [
    ("POST", "/v1/address", "exact"),
    ("POST", "/v1/address?x=1", "exact"),
    ("POST", "/v1/%61ddress", "exact"),
    ("GET", "/v1/address", None),
    ("POST", "http://h:80/v1/address?x=/", "exact"),
    ("GET", "http://h", None),
    ("OPTIONS", "*", None),
    ("POST", "/v1/address/", None),
    ("GET", "/users/7/address", "named"),
    ("GET", "/users//address", None),
    ("GET", "/users/7/8/address", None),
    ("PUT", "/files/a/b/c", "below"),
    ("PUT", "/files", "below"),
    ("PUT", "/filesystem", None),
    ("GET", "/", None),
]


@pytest.mark.parametrize(("method", "target", "expected"), CASES)
def test_a_request_finds_its_route(method, target, expected):
    """Exact paths, {name} parts, prefixes and methods, with the query left out and escapes read."""
    found = router(
        exact=("/v1/address", ("POST",)), named=("/users/{id}/address", ("GET",)), below=("/files/**", ())
    ).find(method, target)
    assert (found.name if found is not None else None) == expected


def test_without_patterns_an_exact_path_is_looked_up():
    """The common case needs no walk over the routes."""
    found = router(a=("/a", ("GET",)), b=("/a", ("POST",)))
    assert [getattr(found.find(method, "/a"), "name", None) for method in ("GET", "POST", "PUT")] == [
        "a",
        "b",
        None,
    ]


def test_the_first_route_of_the_file_wins():
    """A pattern above an exact path takes its requests."""
    found = router(wide=("/v1/**", ()), narrow=("/v1/address", ())).find("GET", "/v1/address")
    assert found.name == "wide"
