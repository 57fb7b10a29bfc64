import pytest

from comparators.answer import Answer
from comparators.divergence import Difference, Divergence
from comparators.status import Status


def apart(old, new, **options):
    """Compare two statuses."""
    return Status(**options)(Answer(status=old), Answer(status=new)).value


@pytest.mark.parametrize(
    ("old", "new", "value", "by_class"),
    [(200, 200, 0.0, 0.0), (200, 201, 0.5, 0.0), (200, 404, 1.0, 1.0), (500, 503, 0.5, 0.0)],
)
def test_a_status_of_another_class_is_further_off(old, new, value, by_class):
    """Within a class it may count for nothing."""
    assert (apart(old, new), apart(old, new, class_only=True)) == (value, by_class)


def test_a_body_does_not_matter():
    """Nor do headers that are not named."""
    old = Answer.of(json={"a": 1}, headers={"X-Id": "1"})
    assert Status()(old, Answer.of(text="b", headers={"X-Id": "2"})) == Divergence(0.0)


def test_named_headers_are_compared():
    """By name in any case, and by all values in order."""
    old = Answer(headers=((b"ETag", b"a"), (b"Vary", b"x"), (b"vary", b"y")))
    new = Answer(status=201, headers=((b"etag", b"b"), (b"VARY", b"x"), (b"Vary", b"y"), (b"Age", b"1")))
    found = Status(headers=["etag", "Vary", "Age", "Link", "AGE"])(old, new)
    assert found == Divergence(
        0.5,
        "status 200 -> 201; etag: a -> b; age: nothing -> 1",
        (
            Difference("/status", 0.5, "status 200 -> 201"),
            Difference("/headers/etag", 1.0, "etag: a -> b"),
            Difference("/headers/age", 1.0, "age: nothing -> 1", "added"),
        ),
    )


def test_headers_count_by_their_share():
    """As long as that is more than the status tells."""
    old, new = (Answer.of(body=b"x", headers={"A": value, "B": value, "C": "same"}) for value in "12")
    assert (Status(headers=["A", "C"])(old, new).value, Status(headers=["a", "b"])(old, new).value) == (
        0.5,
        1.0,
    )


def test_headers_are_a_list():
    """One name is not many letters."""
    with pytest.raises(ValueError, match="headers must be a list of names, not 'etag'"):
        Status(headers="etag")
