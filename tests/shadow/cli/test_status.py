"""`shadow status`."""

from __future__ import annotations

import json

import pytest

from shadow.clock import SystemClock
from shadow.record import tallies, workers
from shadow.record.rows import MINUTE
from shadow.record.workers import Worker


@pytest.fixture
def running(shell):
    """Let a proxy and a scorer have been heard of just now, and traffic have come."""
    now, store = SystemClock().now(), shell.store()
    with store.transaction() as db:
        for role, pid in (("proxy", 11), ("scorer", 12)):
            state = {"refused_config": "1 problem"} if role == "proxy" else {}
            workers.beat(db.conn, Worker(role, role, "host", pid, started=now, seen=now, state=state))
        counts = {
            ("address", "shadow", "legacy", "shadow", "compared"): 1234,
            ("address", "shadow", "legacy", "shadow", ""): 2,
            ("", "off", "legacy", "unmatched", "off"): 5,
        }
        tallies.add(db.conn, {(now // MINUTE, *key): n for key, n in counts.items()})
    store.close()
    return shell


def test_a_ready_house_is_0(running):
    """What runs, what is switched, what went through."""
    ended = running.run("status")
    lines = ended.out.splitlines()
    assert (ended.code, ended.err, lines[0]) == (0, "", "ready")
    assert lines[1].startswith("proxy 11 on host, seen ")
    assert lines[2] == "  refuses the changed configuration: 1 problem"
    assert lines[4:7] == [
        "route address: shadow, exposure 0%, sample 100%",
        "  1,236 requests, served by legacy 1,236",
        "  compared 1,234, unscored 2",
    ]
    assert lines[-1] == "unmatched: 5 requests"


def test_a_route_without_traffic_says_so(running):
    """It is listed all the same."""
    lines = running.run("status").out.splitlines()
    assert lines[lines.index("route plain: off, exposure 0%, sample 100%") + 1] == (
        "  0 requests, served by nobody yet"
    )


def test_a_kill_shows(running):
    """At every route."""
    running.run("kill", "--by", "ops")
    assert running.run("status").out.count(", killed") == 4


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_house_that_is_not_ready_is_1(shell, form):
    """Nothing has run here yet."""
    ended = shell.run("status", "--format", form)
    assert (ended.code, ended.err) == (1, "")
    assert "there is no store at" in ended.out


def test_json_is_what_the_admin_api_gives(running):
    """For scripts."""
    found = json.loads(running.run("status", "--format", "json").out)
    assert (found["ready"], found["traffic"]["address"]["requests"]) == (True, 1236)


def test_a_broken_file_is_2(shell):
    """Nobody knows which store it means."""
    shell.write("legacy: {}\n")
    assert shell.run("status").code == 2
