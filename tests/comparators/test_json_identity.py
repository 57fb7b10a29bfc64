import pytest

from comparators.json_identity import Identities


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        (1, 1.0, True),
        (True, 1, False),
        ("1", 1, False),
        (None, False, False),
        ({"a": 1, "b": [2]}, {"b": [2.0], "a": 1}, True),
        ([1, 2], [2, 1], False),
        ([], {}, False),
        ([[]], [[], []], False),
        ({"a": [True]}, {"a": [1]}, False),
    ],
)
def test_equal_values_have_one_number(old, new, same):
    """And no others."""
    identities = Identities()
    assert (identities.of(old) == identities.of(new)) == same


def test_depth_costs_no_stack():
    """Ten thousand arrays within each other."""
    deep: object = 1
    other: object = 2
    for _ in range(10_000):
        deep, other = [deep], [other]
    identities = Identities()
    assert (identities.of(deep) == identities.of([deep][0]), identities.of(deep) == identities.of(other)) == (
        True,
        False,
    )
