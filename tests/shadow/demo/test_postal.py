import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.demo import data, postal


def test_every_recorded_legacy_address_is_reproduced():
    """The parser gives the recorded legacy answer to each of the 412 addresses."""
    assert [postal.parse(row.text) for row in data.addresses()] == [row.legacy for row in data.addresses()]


@pytest.mark.parametrize(
    ("text", "street"),
    [
        ("3763 Las Vegas Boulevard South, Las Vegas, NV 89109", "las vegas blvd s"),
        ("107 Forest Avenue, Locust Valley, NY 11560", "frst ave"),
        ("200 North Davie Street, Greensboro, NC 27401", "n davie st"),
    ],
)
def test_a_street_has_one_spelling(text, street):
    """Kinds of street and points of the compass are abbreviated wherever they stand in the street."""
    assert postal.parse(text)["street"] == street


def test_a_text_that_is_no_address_has_empty_fields():
    """What the library cannot read is answered with empty fields."""
    assert postal.parse("Kalispell, MT 59901") == dict.fromkeys(data.FIELDS, "")


@given(st.text(max_size=60))
def test_any_text_gets_its_five_fields(text):
    """No text makes the parser fail."""
    assert tuple(postal.parse(text)) == data.FIELDS
