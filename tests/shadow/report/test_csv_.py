from __future__ import annotations

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.report.csv_ import COLUMNS, cell, to_csv


def rows_of(report):
    """Read the CSV back."""
    return list(csv.reader(StringIO(to_csv(report), newline="")))


def test_it_is_one_tidy_table(report):
    """Every row has the same columns, and no number stands twice."""
    head, *rows = rows_of(report)
    assert tuple(head) == COLUMNS
    assert {len(row) for row in rows} == {len(COLUMNS)}
    keys = [tuple(row[:5]) for row in rows if row[1] not in ("config", "panel")]
    assert len(keys) == len(set(keys))


def test_numbers_are_bare(report):
    """Machines read counts, shares and seconds, not words."""
    found = {tuple(row[:5]): row[5] for row in rows_of(report)}
    assert found["address", "dispositions", "compared", "", "n"] == "700"
    assert float(found["address", "latency", "model", "", "p99_seconds"]) == pytest.approx(0.9, rel=0.05)
    assert found["never", "agreement", "all", "", "share"] == ""
    assert found["waiting", "dispositions", "waiting", "", "n"] == "4"
    assert found["address", "truth", "model_right", "", "k"] == "455"
    assert found["address", "cohorts", "de", "agreement", "share"] == "1.0"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1 -> 2", "@SUM(A1)", "  =1", "\uff1d1"])
def test_a_formula_is_disarmed(text):
    """A spreadsheet shows what a client sent and runs none of it."""
    assert cell(text) == f"'{text}"


def test_numbers_and_plain_text_stay_as_they_are():
    """Only text is guarded: a negative number is a number."""
    assert [cell(value) for value in (-1, 0.5, None, "Main St -> Elm")] == [-1, 0.5, None, "Main St -> Elm"]


@given(st.text())
def test_no_cell_of_text_begins_a_formula_or_holds_a_line_end(text):
    """Whatever a client sends, the cell is inert and stays on its line."""
    shown = cell(text)
    assert shown.lstrip()[:1] not in set("=+-@\t\r")
    assert shown.isprintable()
