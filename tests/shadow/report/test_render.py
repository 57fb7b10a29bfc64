from __future__ import annotations

import re
import subprocess
import sys

import pytest

from shadow.errors import ShadowError
from shadow.report import FORMATS, render


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_renders_every_kind_of_route(report, form):
    """Lively, failing, waiting, quiet and never used routes are all there; no number is a NaN."""
    found = render(report, form)
    assert [name for name in ("address", "broken", "waiting", "quiet", "never") if name not in found] == []
    assert re.findall(r"\b(nan|inf|None|undefined)\b", found) == []


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_renders_an_empty_store(empty, form):
    """Nothing recorded is no error."""
    found = render(empty, form)
    assert found.endswith("\n")
    assert re.findall(r"\b(nan|inf|None|undefined)\b", found) == []


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_what_is_read_by_people_says_what_it_is(report, form):
    """Span, what counts as diverged, versions, configuration and the meaning of no confidence."""
    found = render(report, form).replace("\\", "")
    words = ("beginning of the record", "any difference", "2026-09-01", "c0ffee", "may be none", "455")
    assert [word for word in words if word not in found] == []


@pytest.mark.parametrize("form", ["text", "markdown", "html", "csv"])
def test_no_format_lets_control_characters_through(report, form):
    """A client cannot steer the terminal or reorder the lines of whoever reads the report."""
    assert re.findall("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e]", render(report, form)) == []


def test_an_unknown_format_is_refused_with_the_known_ones(empty):
    """The message names what may be taken."""
    with pytest.raises(
        ShadowError, match="no report format 'pdf': take one of text, html, json, csv, markdown"
    ):
        render(empty, "pdf")


def test_choosing_a_format_imports_nothing_before_it_is_used():
    """The page's and the terminal's libraries load only for them."""
    code = "import sys, shadow.report; print([m for m in ('jinja2', 'rich', 'sqlite3') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"
