"""The curve of risk and coverage as a picture."""

from __future__ import annotations

import sys

import pytest

from fallback.certify.terms import Loss, Terms
from shadow.calibrate.findings import find
from shadow.calibrate.picture import png
from shadow.calibrate.rows import labelled_of
from shadow.errors import ShadowError

ROWS = [{"confidence": 1 - at / 800, "loss": int(at > 360)} for at in range(400)]


@pytest.fixture
def findings():
    """Certify some labels."""
    return find(labelled_of(ROWS), Terms(Loss.WRONG, 0.05, 0.95))


def test_the_curve_is_drawn(findings):
    """As a PNG of 800 by 500 dots, the same each time."""
    drawn = png(findings, "rows")
    assert drawn.startswith(b"\x89PNG\r\n\x1a\n")
    assert (int.from_bytes(drawn[16:20], "big"), int.from_bytes(drawn[20:24], "big")) == (800, 500)
    assert drawn == png(findings, "rows")


def test_without_matplotlib_it_is_said_how_to_get_it(findings, monkeypatch):
    """Nothing else needs it."""
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ShadowError, match=r"pip install 'shadow-router\[plots\]'"):
        png(findings, "rows")
