from __future__ import annotations

from shadow.report.outline import outline


def test_no_table_is_empty_and_every_row_fits_its_columns(report):
    """A renderer needs no special cases."""
    found = outline(report)
    tables = [table for section in (found.summary, *found.routes) for table in section.tables]
    assert all(table.rows for table in tables)
    assert {len(row) - len(table.columns) for table in tables for row in table.rows} == {0}
    assert all(len(table.bars) in (0, len(table.rows)) for table in tables)


def test_no_text_can_steer_a_terminal(report):
    """Everything laid out is printable."""
    found = outline(report)
    cells = [
        cell
        for section in (found.summary, *found.routes)
        for table in section.tables
        for row in (table.columns, *table.rows)
        for cell in row
    ]
    assert [cell for cell in cells if not cell.isprintable()] == []


def test_a_lively_route_has_every_table(report):
    """The order is the reader's: what became of it, how fast, how far apart, how sure."""
    assert [table.name for table in outline(report).routes[0].tables] == [
        "dispositions",
        "reasons",
        "latency",
        "ends",
        "panel",
        "verdicts",
        "comparators",
        "judges",
        "divergence",
        "paths",
        "confidence",
        "usage",
        "versions",
        "cohorts",
    ]


def test_truth_shows_each_side_with_its_interval(report):
    """Known right answers are told for legacy, for the model and for what was served."""
    assert outline(report).summary.table("truth").rows == (
        ("address", "legacy", "410", "500", "82.0 %", "78.4–85.1 %"),
        ("address", "model", "455", "500", "91.0 %", "88.2–93.2 %"),
        ("address", "as served", "440", "500", "88.0 %", "84.9–90.6 %"),
    )


def test_an_empty_report_still_shows_its_checks(empty):
    """Even nothing adds up."""
    found = outline(empty)
    assert [table.name for table in found.summary.tables] == ["checks"]
    assert found.routes == ()
