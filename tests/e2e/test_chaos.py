"""kill -9 of a worker, the scorer and the whole house under load; `python benchmarks/chaos.py` does it 20 times."""

from __future__ import annotations

import pytest

from benchmarks.chaos import VICTIMS, chaos

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


async def test_no_answer_of_the_model_is_missing_and_none_is_scored_twice(tmp_path):
    """After each kill the house answers again; in the end rows, tallies, roll-ups and scores agree."""
    said: list[str] = []
    assert await chaos(tmp_path, len(VICTIMS), say=said.append) == []
    assert len([line for line in said if line.startswith("kill")]) == len(VICTIMS)
