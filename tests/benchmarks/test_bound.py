"""What a worker may hold at most: by its settings, as the docs have it, and in fact."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from benchmarks.bound import MIB, bound, press
from shadow.config.load import load

DOCS = Path(__file__).parents[2] / "docs/operations.md"
ROUTE = {"match": {"path": "/x"}, "model": "m", "compare": [{"use": "json"}]}


@pytest.fixture
def allowed(tmp_path):
    """Give the MiB that a configuration allows a worker which held 60 when it was new; parts of the file by name."""

    def of(route=None, model=None, **parts):
        config = {
            "legacy": {"url": "http://127.0.0.1:1"} | parts.pop("legacy", {}),
            "models": {"m": {"adapter": "passthrough", "url": "http://127.0.0.1:2"} | (model or {})},
            "routes": {"x": ROUTE | (route or {})},
            **parts,
        }
        path = tmp_path / "shadow.yaml"
        path.write_text(json.dumps(config))
        return bound(load(path, environ={}), 60 * MIB) / MIB

    return of


def test_every_limit_counts(allowed):
    """Whoever halves one gets a smaller bound."""
    whole = allowed()
    smaller = [
        allowed(record={"queue": "32MiB"}),
        allowed(listen={"max_connections": 5000}),
        allowed(listen={"max_header_size": "16KiB"}),
        allowed(legacy={"max_connections": 128}),
        allowed(legacy={"max_header_size": "32KiB"}),
        allowed(model={"max_in_flight": 32}),
        allowed(model={"reply_limit": "256KiB"}),
        allowed(route={"capture": {"body_limit": "128KiB"}}),
    ]
    assert [each for each in smaller if not 60 < each < whole] == []


def test_answers_that_are_weighed_while_clients_wait_count_where_there_are_any(allowed):
    """As many as may wait."""
    inline = {
        "use": "constant",
        "options": {"value": 1},
        "threshold": 0.5,
        "inline": {"compare": [{"use": "json"}]},
    }
    weighed = [
        allowed(route={"confidence": inline, "rollout": {"phase": "live"}}, panels={"queue": n})
        for n in (64, 32)
    ]
    assert weighed[0] > weighed[1] > allowed(panels={"queue": 64})


def test_the_page_tells_what_the_defaults_allow(allowed):
    """And what the smaller settings do that it shows."""
    defaults, smaller = (
        int(found.replace(",", "")) for found in re.findall(r"\*\*([\d,]+) MiB\*\*", DOCS.read_text())
    )
    few = allowed(
        listen={"max_connections": 500},
        legacy={"max_connections": 64},
        model={"max_in_flight": 32},
        record={"queue": "32MiB"},
    )
    assert (defaults, smaller) == (round(allowed()), round(few))


@pytest.mark.slow
async def test_a_worker_with_everything_against_it_holds_no_more_than_that(tmp_path):
    """Its queue is full, its model floods, and its clients send much and take nothing."""
    assert await press(tmp_path, 3.0, say=lambda _: None) == []
