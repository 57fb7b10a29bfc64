import pytest

from comparators.divergence import Severity
from comparators.json_rule import Rule
from comparators.number import Number


def test_a_severity_may_be_a_word():
    """As a configuration writes it."""
    assert (Rule(severity="info").severity, Rule().severity) == (Severity.INFO, None)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tolerance": 0.1}, "a tolerance needs a comparator"),
        ({"comparator": Number(), "tolerance": 2}, r"tolerance must be in \[0, 1\], not 2"),
        ({"weight": -1}, "weight must be a finite number of at least 0, not -1"),
        ({"weight": 2e9}, "weight must be at most 1e\\+09 within a document"),
        ({"severity": "bad"}, "'bad' is not a valid Severity"),
    ],
)
def test_bad_options_stop_the_construction(options, message):
    """They are the operator's errors."""
    with pytest.raises(ValueError, match=message):
        Rule(**options)
