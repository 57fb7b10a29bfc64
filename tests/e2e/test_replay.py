"""Recorded traffic, replayed to another model by the command, beside a house that goes on serving."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest
from aiohttp import web

from shadow.record import workers
from shadow.record.store import open_store
from shadow.record.tallies import read_totals
from shadow.report.gather import gather

SENT = 6
OTHER = {"adapter": "passthrough", "version": "v2", "rewrite": {"path": "/better"}, "timeout": "5s"}
LIVE_TABLES = (
    "exchanges",
    "bodies",
    "scores",
    "rollups",
    "tallies",
    "switches",
    "audit",
    "certificates",
    "reviews",
)


async def answer(request: web.Request) -> web.Response:
    """Echo what was asked; the first model has every third one wrong."""
    asked = await request.json()
    wrong = request.path != "/better" and asked["n"] % 3 == 0
    return web.json_response({"n": asked["n"] + wrong, "confidence": 0.5 if wrong else 0.9})


@pytest.fixture
async def house(open_house):
    """Open a house with two models, let some requests have gone through it, and have them scored."""
    opened = await open_house(
        routes__x__compare=[{"use": "json", "ignore": ["/confidence"]}],
        models__other={**OTHER, "url": "http://x"},
    )
    opened.legacy.answer = opened.model.answer = answer

    async def legacy(request: web.Request) -> web.Response:
        return web.json_response({"n": (await request.json())["n"]})

    opened.legacy.answer = legacy
    file = json.loads(opened.path.read_text())
    file["models"]["other"]["url"] = opened.model.url
    opened.path.write_text(json.dumps(file))
    for number in range(SENT):
        await opened.post("/v1/x", json={"n": number}, headers={"Authorization": "Bearer secret-1"})
    await opened.settle()
    return opened


async def replay(house, *words):
    """Run the command beside the house; give its exit code, output and errors."""
    command = (
        sys.executable,
        "-m",
        "shadow",
        "replay",
        "-c",
        str(house.path),
        "--route",
        "x",
        "--model",
        "other",
    )
    pipe = asyncio.subprocess.PIPE
    house.replaying = process = await asyncio.create_subprocess_exec(
        *command, *words, stdout=pipe, stderr=pipe
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


def live(house):
    """Give everything that live figures are made of, and some of these figures."""
    store = open_store(f"sqlite:///{house.store}", readonly=True)
    try:
        rows = {
            name: store.db.execute(f"SELECT * FROM {name} ORDER BY 1, 2, 3").fetchall()
            for name in LIVE_TABLES
        }
        report = gather(store.db, route="x", since=None, by=None, panels={}, now=0)
        return rows, report, read_totals(store), [worker.role for worker in workers.read(store)]
    finally:
        store.close()


async def test_a_replay_compares_both_and_changes_no_live_figure(house):
    """The other model agrees where the first did not, and nothing of that is in the record of the traffic."""
    before, asked = live(house), len(house.model.requests)
    code, out, err = await replay(
        house, "--format", "json", "--export", str(house.path.with_name("rows.jsonl"))
    )
    assert (code, "secret" in out + err) == (0, False)
    found = json.loads(out)
    assert (found["answered"], found["left"], found["failed"]) == (SENT, 0, {})
    assert (found["before"]["match"], found["after"]["match"]) == (4, 6)
    assert found["changes"]["newly_agreeing"] == 2
    assert found["paths"] == [{"comparator": "json", "pointer": "/n", "before": 2, "after": 0}]
    assert live(house) == before
    sent = house.model.requests[asked:]
    assert {path for _, path, _, _ in sent} == {"/better"}
    assert all("Authorization" not in headers for _, _, headers, _ in sent)
    assert len({headers["Idempotency-Key"] for _, _, headers, _ in house.model.requests}) == 2 * SENT
    rows = [json.loads(line) for line in house.path.with_name("rows.jsonl").read_text().splitlines()]
    assert [(row["confidence"], row["loss"]) for row in rows] == [(0.9, 0)] * SENT


async def test_a_replay_is_done_in_parts(house):
    """Each run goes on where the last one ended."""
    code, out, err = await replay(house, "--limit", "2")
    assert (code, "2 answered" in out, "4 left" in out) == (0, True, True)
    assert "stopped at --limit; run it again to go on" in err
    asked = len(house.model.requests)
    code, out, err = await replay(house)
    assert (code, "6 answered" in out, "0 left" in out) == (0, True, True)
    assert len(house.model.requests) == asked + 4


async def test_a_model_that_fails_ends_the_replay_and_is_told(house):
    """By the exit code, too; the failures are tried again the next time."""

    async def fail(_: web.Request) -> web.Response:
        return web.json_response({}, status=503)

    house.model.answer = fail
    code, out, err = await replay(house, "--at-once", "1")
    assert (code, "failed: 5 failed" in out) == (1, True)
    assert "the model keeps failing" in err
    house.model.answer = answer
    code, out, _ = await replay(house)
    assert (code, "6 answered; failed: none" in out) == (0, True)


async def test_a_replay_that_is_killed_goes_on_where_it_was(house):
    """What was answered is kept; what was under way is asked again."""
    arrived, asked = asyncio.Event(), len(house.model.requests)

    async def stuck(request: web.Request) -> web.Response:
        if len(house.model.requests) - asked > 3:
            arrived.set()
            await asyncio.Event().wait()
        return await answer(request)

    house.model.answer = stuck
    running = asyncio.ensure_future(replay(house, "--at-once", "1"))
    await arrived.wait()
    house.replaying.kill()
    assert (await running)[0] == -signal.SIGKILL
    house.model.answer = answer
    code, out, _ = await replay(house)
    assert (code, "6 answered; failed: none" in out) == (0, True)
    assert len(house.model.requests) - asked == 7


async def test_a_replay_that_is_told_to_stop_ends_in_order(house):
    """With what is under way, and says how to go on."""
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def slow(request: web.Request) -> web.Response:
        arrived.set()
        await go_on.wait()
        return await answer(request)

    house.model.answer = slow
    running = asyncio.ensure_future(replay(house, "--at-once", "1"))
    await arrived.wait()
    os.kill(house.replaying.pid, signal.SIGINT)
    while not told_to_stop(house.replaying.pid):
        await asyncio.sleep(0.01)
    go_on.set()
    code, out, err = await running
    assert (code, "1 answered" in out, "5 left" in out, "stopped; run it again to go on" in err) == (
        0,
        True,
        True,
        True,
    )


def told_to_stop(pid: int) -> bool:
    """Tell whether the process has taken the signal off its queue."""
    status = Path(f"/proc/{pid}/status").read_text()
    pending = [line.split()[1] for line in status.splitlines() if line.startswith(("SigPnd", "ShdPnd"))]
    return all(int(each, 16) & (1 << (signal.SIGINT - 1)) == 0 for each in pending)
