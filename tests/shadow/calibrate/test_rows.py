"""Labelled rows are read from JSON lines, and what is none is named by its line."""

from __future__ import annotations

import numpy as np
import pytest

from shadow.calibrate.rows import read_rows
from shadow.errors import ShadowError


@pytest.fixture
def read(tmp_path):
    """Give a function that reads a text as a file of rows."""

    def read_text(text):
        path = tmp_path / "rows.jsonl"
        path.write_text(text)
        return read_rows(path)

    return read_text


def test_rows_become_labels(read):
    """Losses may be true or false, confidences unknown, lines empty; more keys do no harm."""
    found = read(
        '{"confidence": 0.5, "loss": 0}\n\n{"confidence": null, "loss": true, "id": 7}\n'
        '{"confidence": 1, "loss": 0.25, "probability": 0.5}\n'
    )
    assert np.array_equal(found.labels.confidence, [0.5, np.nan, 1.0], equal_nan=True)
    assert found.labels.loss.tolist() == [0, 1, 0.25]
    assert found.labels.weight is not None
    assert found.labels.weight.tolist() == [1, 1, 2]


def test_no_rows_are_no_labels(read):
    """And no error: the answer is never."""
    assert len(read("").labels) == 0


def test_a_request_counts_once(read):
    """By its fingerprint."""
    row = '{"confidence": 0.5, "loss": 0, "fingerprint": "a"}\n'
    found = read(row * 3 + '{"confidence": 0.7, "loss": 0}\n')
    assert (len(found.labels), found.retries) == (2, 2)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "line 2: input data was truncated"),
        ('{"confidence": 0.5}', "line 2: object missing required field `loss`"),
        (
            '{"confidence": "high", "loss": 0}',
            r"line 2: expected `float | null`, got `str` - at `\$.confidence`",
        ),
        ('{"confidence": 2, "loss": 0}', "row 2: confidence must be from 0 to 1"),
        ('{"confidence": 1, "loss": -1}', "row 2: loss must be from 0 to 1"),
    ],
)
def test_a_line_that_is_no_row_is_named(read, line, why):
    """And what is wrong with it."""
    with pytest.raises(ShadowError, match=why.replace("|", r"\|")):
        read('{"confidence": 0.5, "loss": 0}\n' + line + "\n")


def test_a_file_that_is_not_there_is_named(tmp_path):
    """Without a stack."""
    with pytest.raises(ShadowError, match=r"cannot read .*gone: No such file"):
        read_rows(tmp_path / "gone")


def test_a_cohorts_values_are_slices(read):
    """What is in none is in no slice."""
    found = read(
        '{"confidence": 0.5, "loss": 0, "cohorts": {"language": "de"}}\n{"confidence": 0.6, "loss": 1}\n'
        '{"confidence": 0.7, "loss": 1, "cohorts": {"language": "en"}}\n'
    )
    slices = found.slices("language")
    assert {name: each.confidence.tolist() for name, each in slices.items()} == {"de": [0.5], "en": [0.7]}
