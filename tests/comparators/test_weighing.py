import pytest

from comparators.weighing import check_share, check_weight, read_share


@pytest.mark.parametrize("value", [0, 0.5, 1])
def test_a_share_lies_in_zero_to_one(value):
    """Ends included."""
    check_share("exposure", value)


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_anything_else_is_no_share(value):
    """The setting is named."""
    with pytest.raises(ValueError, match=r"exposure must be in \[0, 1\]"):
        check_share("exposure", value)


def test_a_weight_may_be_nothing_but_not_less():
    """Nor without end."""
    check_weight(0.0)
    for value in (-1.0, float("inf"), float("nan")):
        with pytest.raises(ValueError, match="weight must be a finite number of at least 0"):
            check_weight(value)


@pytest.mark.parametrize(
    ("value", "share"), [("10%", 0.1), ("2.5 %", 0.025), (0.1, 0.1), ("a%", "a%"), (None, None)]
)
def test_a_share_may_be_a_percentage(value, share):
    """As in the rest of a configuration."""
    assert read_share(value) == share
