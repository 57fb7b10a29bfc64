"""Comparing by another process: bounded, timed, begun anew."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import msgspec
import pytest

from comparators import Answer, Reply
from comparators.divergence import Verdict
from comparators.panel import Judgement
from fallback.decision import ModelState
from shadow.config.model import Panels
from shadow.proxy.panel_process import NotJudgedError, PanelProcess

PANEL = msgspec.json.encode({"specs": [{"use": "exact"}]})
ONE, OTHER = Answer.of(text="one"), Answer.of(text="other")
MATCH, DIVERGED = Judgement(Verdict.MATCH, 0.0, ()), Judgement(Verdict.DIVERGED, 1.0, ())
ENDLESS: list[object] = []
ENDLESS.append(ENDLESS)
SLOW = """
import time
from comparators import Divergence


class Slow:
    def __call__(self, legacy, model):
        time.sleep(60 if model.text == "hang" else 0)
        return Divergence(0.0)
"""


@pytest.fixture
async def panels():
    """Give a panel process that ends with the test."""
    made = PanelProcess(Panels(timeout="100ms", queue=2))
    yield made
    await made.close()
    assert made.pid is None


async def test_answers_are_judged_by_a_process_of_their_own(panels):
    """Several questions at a time; the process is begun once."""
    assert panels.pid is None
    first, second = await asyncio.gather(
        panels.judge(PANEL, ONE, [ONE, OTHER]), panels.judge(PANEL, OTHER, [ONE])
    )
    assert (first, second) == ([MATCH, DIVERGED], [DIVERGED])
    assert panels.pid not in (None, os.getpid())
    assert panels.snapshot() == {"judged": 2, "judge_failed": 0, "judge_shed": 0, "judge_falls": 0}


async def test_more_than_the_queue_holds_are_shed(panels):
    """Legacy answers then, and a counter tells."""
    found = await asyncio.gather(*(panels.judge(PANEL, ONE, [ONE]) for _ in range(3)), return_exceptions=True)
    assert [isinstance(each, NotJudgedError) for each in found] == [False, False, True]
    assert (found[2].state, panels.shed, panels.failed) == (ModelState.SHED, 1, 0)


async def test_a_comparison_that_hangs_is_ended_and_the_next_one_works(panels, tmp_path, monkeypatch):
    """With the process it hangs in; whoever waits behind it gets no judgement either."""
    (tmp_path / "slow_plugin.py").write_text(SLOW)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *filter(None, sys.path)]))
    slow = msgspec.json.encode({"specs": [{"use": "slow_plugin:Slow"}]})
    assert await panels.judge(slow, ONE, [ONE]) == [MATCH]
    hung = panels.judge(slow, ONE, [Answer.of(text="hang")])
    found = await asyncio.gather(hung, panels.judge(slow, ONE, [ONE]), return_exceptions=True)
    assert [getattr(each, "state", None) for each in found] == [ModelState.PLUGIN_FAILED] * 2
    assert await panels.judge(slow, ONE, [ONE]) == [MATCH]
    assert (panels.falls, panels.failed, panels.judged) == (1, 2, 2)


async def test_a_process_that_falls_is_begun_anew(panels):
    """Whoever waits is told, whoever comes next is served."""
    await panels.begin()
    asked = asyncio.ensure_future(panels.judge(PANEL, ONE, [ONE]))
    os.kill(panels.pid, signal.SIGKILL)
    with pytest.raises(NotJudgedError, match="ended"):
        await asked
    assert await panels.judge(PANEL, ONE, [ONE]) == [MATCH]
    assert panels.falls == 1


async def test_who_no_longer_waits_does_not_confuse_those_behind(panels):
    """Its word is dropped when it comes; until then it counts as waiting."""
    await panels.begin()
    gone = asyncio.ensure_future(panels.judge(PANEL, ONE, [ONE]))
    await asyncio.sleep(0)
    gone.cancel()
    assert await panels.judge(PANEL, ONE, [OTHER]) == [DIVERGED]
    assert (len(panels._waiting), panels._timer) == (0, None)


@pytest.mark.parametrize(
    "text", [object(), "\ud800", ENDLESS], ids=["no text", "half a character", "endless"]
)
async def test_an_answer_that_cannot_be_handed_over_is_no_judgement(panels, text):
    """What a plugin calls text may be none."""
    with pytest.raises(NotJudgedError, match="handed over"):
        await panels.judge(PANEL, ONE, [Answer(reply=Reply(text))])
    with pytest.raises(NotJudgedError, match="cannot be built"):
        await panels.judge(b"[{}]", ONE, [ONE])
    assert panels.failed == 2


async def test_a_process_that_cannot_be_started_is_no_judgement(panels, monkeypatch):
    """It is tried again the next time."""
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    await panels.begin()
    with pytest.raises(NotJudgedError, match="cannot be started"):
        await panels.judge(PANEL, ONE, [ONE])
    monkeypatch.undo()
    assert await panels.judge(PANEL, ONE, [ONE]) == [MATCH]
