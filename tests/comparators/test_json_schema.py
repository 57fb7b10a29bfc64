import pytest

from comparators.json_schema import validator_of


def test_every_error_is_told():
    """Not only the first."""
    errors = list(validator_of({"items": {"type": "string"}}).iter_errors([1, "a", 2]))
    assert [list(error.absolute_path) for error in errors] == [[0], [2]]


@pytest.mark.parametrize(
    ("text", "good"),
    [("2026-11-01T10:00:00Z", True), ("2026-11-01T10:00:00", False), ("2026-11-01", False), ("soon", False)],
)
def test_a_date_time_has_a_zone(text, good):
    """As RFC 3339 has it."""
    errors = list(validator_of({"format": "date-time"}).iter_errors(text))
    assert (not errors) == good


def test_a_reference_to_nothing_is_found_at_once():
    """Before any document comes."""
    with pytest.raises(ValueError, match="leads nowhere in this schema"):
        validator_of({"properties": {"a": {"$ref": "#/$defs/gone"}}})
