"""The page of the fault suite names tests that are there, and every one of the suite."""

from __future__ import annotations

import re

import pytest

ROW = re.compile(r"^\| [^|]+ \| `([\w/.]+)` \| ((?:`\w+`(?:, )?)+) \|$", re.MULTILINE)
TEST = re.compile(r"^(?:async )?def test_(\w+)\(", re.MULTILINE)
UNNAMED = {
    "faults/test_clients.py": {
        "a_head_that_takes_its_time_is_not_ended_by_the_idle_time_before_it",
        "a_long_upload_that_keeps_its_pace_is_passed_on",
        "a_head_within_the_limit_may_have_a_body_beyond_it",
        "a_large_head_behind_a_request_under_way_waits_for_that",
        "framing_that_drips_has_the_time_of_a_pause",
        "many_requests_together_are_no_large_head",
        "what_comes_behind_the_last_request_does_not_cost_it_its_answer",
    },
    "faults/test_framing.py": {
        "a_tunnel_is_not_opened_by_an_upgrade_either",
        "what_is_unusual_but_has_one_meaning_is_passed_on",
    },
    "faults/test_store.py": {"a_failing_store_is_told_in_log_and_state"},
}
"""Tests of the suite that show a detail of a promise, and no promise of their own."""


@pytest.fixture
def rows(root):
    """Give each line of the page's tables: a file and its tests."""
    page = (root / "docs/faults.md").read_text()
    found = [(file, re.findall(r"`(\w+)`", names)) for file, names in ROW.findall(page)]
    assert len(found) == len(re.findall(r"^\| .* \| `", page, re.MULTILINE))
    return found


def names_in(root, file) -> set[str]:
    """Give the names of a file's tests."""
    return set(TEST.findall((root / "tests/e2e" / file).read_text()))


def test_every_test_that_the_page_names_is_there(root, rows):
    """In the file that it names."""
    gone = [(file, name) for file, names in rows for name in names if name not in names_in(root, file)]
    assert gone == []


def test_every_test_of_the_suite_is_on_the_page(root, rows):
    """But for those that show a detail."""
    named: dict[str, set[str]] = {}
    for file, names in rows:
        named.setdefault(file, set()).update(names)
    for path in sorted((root / "tests/e2e/faults").glob("test_*.py")):
        file = f"faults/{path.name}"
        assert names_in(root, file) - named[file] == UNNAMED.get(file, set()), file


def test_every_row_shows_something(rows):
    """So a change of the page's form cannot empty these tests."""
    assert len(rows) > 50
