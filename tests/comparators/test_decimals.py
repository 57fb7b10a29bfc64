import pytest

from comparators.decimals import decimal_of


@pytest.mark.parametrize(
    ("value", "text"), [(1, "1"), (0.1, "0.1"), (" 12.50 ", "12.50"), ("1e3", "1E+3"), (2**70, str(2**70))]
)
def test_a_number_is_read_to_its_last_digit(value, text):
    """A text that is one, too."""
    assert str(decimal_of(value)) == text


@pytest.mark.parametrize("value", [True, None, "", "nan", "Infinity", "1_000", "x", [1], {}])
def test_anything_else_is_none(value):
    """Not even what Python would read."""
    assert decimal_of(value) is None
