"""Replies that a small language model really gave, with their probabilities."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="session")
def recorded():
    """Give recorded chat completions by id."""
    rows = map(json.loads, (DATA / "smollm2_replies.jsonl").read_text().splitlines())
    return {row["id"]: row["response"] for row in rows}
