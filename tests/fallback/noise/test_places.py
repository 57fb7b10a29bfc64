"""Names of places that hold for every answer."""

from __future__ import annotations

import pytest

from fallback.noise.places import array_of, place_of


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        ("", ""),
        ("/id", "/id"),
        ("/items/3/id", "/items/*/id"),
        ("/items/12", "/items/*"),
        ("/grid/0/1", "/grid/*/*"),
        ("/a1/2b", "/a1/2b"),
    ],
)
def test_the_elements_of_an_array_have_one_name(pointer, place):
    """Whatever their index."""
    assert place_of(pointer) == place


@pytest.mark.parametrize(
    ("place", "array"),
    [("/items/*/id", "/items"), ("/items/*", "/items"), ("/a/b", None), ("/*/id", ""), ("/a/*/b/*", "/a")],
)
def test_the_outermost_array_of_a_place_is_known(place, array):
    """None where it lies in none; '' is the whole answer."""
    assert array_of(place) == array
