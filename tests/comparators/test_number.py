import pytest

from comparators.answer import Answer
from comparators.divergence import Difference, Divergence, NotComparable
from comparators.number import Number


def apart(old, new, **options):
    """Measure two numbers."""
    return Number(**options)(Answer.of(json=old), Answer.of(json=new)).value


@pytest.mark.parametrize(
    ("old", "new", "value"),
    [(1, 1.0, 0.0), (100, 75, 0.25), (-4, -5, 0.2), (5, -5, 1.0), (0, 3, 1.0), (0, -0.0, 0.0)],
)
def test_the_divergence_is_relative_to_the_larger_number(old, new, value):
    """And at most 1."""
    assert apart(old, new) == value


@pytest.mark.parametrize(
    ("old", "new", "options", "value"),
    [
        (1.0, 1.1, {"absolute": 0.1}, 0.0),
        (0.3, 0.1, {"absolute": 0.2}, 0.0),
        (100, 99, {"relative": 0.01}, 0.0),
        (100, 98, {"relative": 0.01}, 0.02),
        (100, 98, {"relative": 0.01, "absolute": 2}, 0.0),
        (0, 1e-9, {"relative": 0.5}, 1.0),
    ],
)
def test_the_tolerances_hold_to_the_digit(old, new, options, value):
    """Numbers are taken as the decimals they are written as; either tolerance is enough."""
    assert apart(old, new, **options) == value


def test_large_integers_keep_their_last_digit():
    """As floats these two would be equal."""
    assert 0.0 < apart(2**53, 2**53 + 1) < 1e-15


def test_a_difference_too_small_for_a_float_is_still_one():
    """0 means within tolerance and nothing else."""
    assert apart("1e-999999", f"1.{'0' * 400}1e-999999") == 5e-324


@pytest.mark.parametrize(("old", "new"), [("12.50", 12.5), (" 7 ", "7.0"), ("1e3", 1000), ("-.5", -0.5)])
def test_numeric_strings_are_numbers(old, new):
    """Many systems write decimals as strings."""
    assert apart(old, new) == 0.0


def test_a_whole_text_body_may_be_a_number():
    """A body such as 007 is no JSON and a number all the same."""
    assert Number()(Answer.of(text="007\n"), Answer.of(text="7")).value == 0.0


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (True, "boolean"),
        (None, "null"),
        ([1], "array"),
        ("nan", "string"),
        ("inf", "string"),
        ("1_000", "string"),
        ("", "string"),
        ("1e99999999999999999999", "string"),
    ],
)
def test_what_is_no_number_is_not_comparable(value, kind):
    """The side and the kind are named, the value is not."""
    with pytest.raises(NotComparable, match=f"^model: the {kind} is no number$"):
        apart(1, value)


def test_numbers_beyond_all_measure_are_not_comparable():
    """Even decimals end somewhere."""
    with pytest.raises(NotComparable, match="too large or too small to be compared"):
        apart("9e999999999999999999", "-9e999999999999999999")


@pytest.mark.parametrize(
    ("old", "new", "kind", "detail"),
    [
        ({"n": 4}, {"n": 3}, "changed", "4 -> 3"),
        ({"n": 4}, {}, "missing", "4 -> nothing"),
        ({}, {"n": "x"}, "added", 'nothing -> "x"'),
    ],
)
def test_a_difference_names_its_place_and_kind(old, new, kind, detail):
    """A number on one side only is 1."""
    value = 0.25 if kind == "changed" else 1.0
    found = Number("/n")(Answer.of(json=old), Answer.of(json=new))
    assert found == Divergence(value, detail, (Difference("/n", value, detail, kind),))


def test_a_number_on_neither_side_is_not_comparable():
    """A pointer that leads nowhere must not look like a match."""
    with pytest.raises(NotComparable, match="neither answer has a value at /n"):
        Number("/n")(Answer.of(json={}), Answer.of(json={}))


@pytest.mark.parametrize("option", ["absolute", "relative"])
@pytest.mark.parametrize("value", [-1, float("nan"), float("inf")])
def test_a_tolerance_is_finite_and_not_negative(option, value):
    """Anything else is the operator's error."""
    with pytest.raises(ValueError, match=f"{option} must be a finite number of at least 0, not {value}"):
        Number(**{option: value})


@pytest.mark.parametrize(
    ("old", "new", "options", "within"),
    [
        (1.001, 1.004, {"decimals": 2}, True),
        (1.004, 1.006, {"decimals": 2}, False),
        ("1.005", "1.00", {"decimals": 2}, True),
        ("1.015", "1.02", {"decimals": 2}, True),
        (12.4, 12, {"decimals": 0}, True),
        (1e50, 1e50 + 1e35, {"decimals": 2}, False),
        ("1e-999999", 0, {"decimals": 2}, True),
        (12345, 12341, {"digits": 3}, True),
        (0.0012345, 0.0012341, {"digits": 4}, True),
        (0.0012345, 0.0012351, {"digits": 4}, False),
        (0.3, 0.1 + 0.2, {"ulp": 1}, True),
        (0.3, 0.30000000000000016, {"ulp": 1}, False),
        (0.3, 0.30000000000000016, {"ulp": 3}, True),
        ("1e400", "1.0000000000000000000001e400", {"ulp": 1}, False),
        (0, 5e-324, {"ulp": 1}, True),
    ],
)
def test_numbers_may_be_equal_once_rounded_or_within_steps_of_a_double(old, new, options, within):
    """Half goes to the even digit; either side may be the larger one."""
    assert (apart(old, new, **options) == 0.0, apart(new, old, **options) == 0.0) == (within, within)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ulp": -1}, "ulp must be from 0 to 1000, not -1"),
        ({"decimals": 1001}, "decimals must be from 0 to 1000, not 1001"),
        ({"digits": 0}, "digits must be from 1 to 1000, not 0"),
        ({"digits": 1, "decimals": 1}, "rounded to decimals or to digits, not to both"),
    ],
)
def test_rounding_has_its_bounds(options, message):
    """Anything else is the operator's error."""
    with pytest.raises(ValueError, match=message):
        Number(**options)
