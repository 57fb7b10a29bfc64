"""Reviews come in from a file, each once, each of an exchange that is there."""

from __future__ import annotations

import json

import pytest

from shadow.errors import ShadowError
from shadow.record.audit import Entry, verify
from shadow.record.fingerprint import fingerprint
from shadow.record.reviews import Imported, Review, add, read_reviews
from shadow.record.store import open_store

ENTRY = Entry(7, "ops", "reviews_imported", "", "weekly")


@pytest.fixture
def record(tmp_path):
    """Open an empty store."""
    made = open_store(f"sqlite:///{tmp_path / 'shadow.db'}")
    yield made
    made.close()


@pytest.fixture
def written(tmp_path):
    """Give a function that writes lines to a file."""

    def write(*lines):
        path = tmp_path / "reviews.jsonl"
        path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
        return path

    return write


def test_reviews_are_kept_once_with_whoever_judged(record, fill, written):
    """The file's own word, or that of whoever brings them in; a second import changes nothing."""
    one, other = fill(record, [(0.9, "match")] * 2)
    path = written(
        {
            "exchange": one,
            "verdict": "model_right",
            "right_answer": {"zip": "1"},
            "by": "sre",
            "probability": 0.5,
        },
        "",
        {"exchange": other, "verdict": "neither", "note": "odd"},
    )
    assert add(record, read_reviews(path), ENTRY) == Imported(2, 0, ())
    assert add(record, read_reviews(path), ENTRY) == Imported(0, 2, ())
    rows = record.db.execute(
        "SELECT exchange, at, by, verdict, right_answer, note, probability FROM reviews ORDER BY by DESC"
    ).fetchall()
    assert rows == [
        (one, 7, "sre", "model_right", b'{"zip": "1"}', "", 0.5),
        (other, 7, "ops", "neither", None, "odd", 1.0),
    ]
    log = record.db.execute("SELECT who, what, why, after FROM audit").fetchall()
    assert log == [("ops", "reviews_imported", "weekly", '{"reviews":2}')]
    assert verify(record) is None


def test_a_fingerprint_finds_the_first_exchange_that_the_model_answered(record, fill, written):
    """Retries of it are the same question."""
    fill(record, [(None, "match")], body="hello", model_status=None)
    first, _ = fill(record, [(0.9, "match")] * 2, body="hello")
    asked = fingerprint("POST", "/v1/address", b"hello")
    found = read_reviews(
        written({"fingerprint": asked, "verdict": "both"}, {"fingerprint": "f", "verdict": "both"})
    )
    assert add(record, found, ENTRY) == Imported(1, 0, ("with fingerprint f",))
    assert record.db.execute("SELECT exchange FROM reviews").fetchall() == [(first,)]


def test_a_review_of_an_exchange_that_is_not_there_is_named(record):
    """And kept out."""
    assert add(record, [Review(verdict="both", exchange="gone")], ENTRY) == Imported(0, 0, ("gone",))
    assert record.db.execute("SELECT count(*) FROM audit").fetchone() == (0,)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "line 2: input data was truncated"),
        ({"exchange": "a", "verdict": "good"}, "line 2: invalid enum value 'good'"),
        ({"verdict": "both"}, "line 2: name either an exchange or a fingerprint"),
        ({"exchange": "a", "fingerprint": "b", "verdict": "both"}, "line 2: name either an exchange"),
        ({"exchange": "a", "verdict": "both", "probability": 0}, "line 2: probability must be above 0"),
        ({"exchange": "a", "verdict": "both", "rigth_answer": 1}, "line 2: object contains unknown field"),
    ],
)
def test_a_line_that_is_no_review_is_named_and_none_is_read(written, line, why):
    """Half a file would be worse than none."""
    with pytest.raises(ShadowError, match=why):
        read_reviews(written({"exchange": "a", "verdict": "both"}, line))


def test_many_problems_are_not_all_told(written):
    """Ten of them, and how many more."""
    with pytest.raises(ShadowError, match=r"line 10: .* and 5 more$"):
        read_reviews(written(*["{"] * 15))


def test_a_file_that_is_not_there_is_named(tmp_path):
    """Without a stack."""
    with pytest.raises(ShadowError, match=r"cannot read .*gone"):
        read_reviews(tmp_path / "gone")
