"""The time an exchange has: who exceeds it, or kills the scorer, is known to the next one."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap

import pytest

from shadow.scorer.fence import LOST_AT_MOST, REST, RESTING, TRIES, WAITING, Fence


@pytest.fixture
def now():
    """Give a time that a test moves."""
    return [100.0]


@pytest.fixture
def fence(now):
    """Give a fence whose alarm is far away, and no alarm afterwards."""
    made = Fence(lambda: now[0])
    made.seconds = 1000.0
    yield made
    made.end()


def fall(fence, exchange, route="r", by=signal.SIGALRM):
    """Let a scorer fall over an exchange, if it may begin with it at all."""
    return fence.begin(exchange, route) or fence.fell(by)


def test_the_alarm_is_set_for_as_long_as_an_exchange_is_looked_at(fence):
    """And not when there is none."""
    assert fence.begin("a", "r") == ""
    assert 0 < signal.getitimer(signal.ITIMER_PROF)[0] <= 1001  # the system counts in ticks
    assert 0 < signal.getitimer(signal.ITIMER_REAL)[0] <= 1000 * WAITING
    fence.end()
    assert [signal.getitimer(each)[0] for each in (signal.ITIMER_PROF, signal.ITIMER_REAL)] == [0.0, 0.0]


@pytest.mark.parametrize("alarm", [signal.SIGPROF, signal.SIGALRM])
def test_an_exchange_that_took_too_long_is_given_up(fence, alarm):
    """By whoever comes next, with the time it had; the others are looked at."""
    assert fall(fence, "a", by=alarm) is True
    assert [fence.begin(each, "r") for each in "ab"] == ["comparing took longer than 1000 s", ""]
    assert fence.counts == {"timed_out": 1, "fallen": 0}


def test_a_scorer_that_is_killed_is_given_another_chance_and_an_exchange_one(fence):
    """Who killed it cannot be known the first time: an operator, or what it was at."""
    assert fall(fence, "a", by=signal.SIGKILL) is True
    assert fall(fence, "b", by=signal.SIGSEGV) is True
    assert fall(fence, "a", by=signal.SIGSEGV) is True
    assert fall(fence, "a", by=signal.SIGSEGV) is True
    assert fence.begin("a", "r") == "comparing ended the scorer (SIGSEGV)"
    assert fence.begin("b", "r") == ""
    assert fence.counts == {"timed_out": 0, "fallen": 4}


def test_a_scorer_that_ends_over_no_exchange_is_not_this_ones_matter(fence):
    """Whoever started it will see that."""
    assert fence.fell(signal.SIGKILL) is False
    fence.begin("a", "r")
    fence.end()
    assert fence.fell(signal.SIGKILL) is False


@pytest.mark.parametrize(("by", "times"), [(signal.SIGALRM, 1), (signal.SIGKILL, TRIES)])
def test_a_route_whose_exchanges_keep_taking_too_long_or_killing_the_scorer_rests(fence, now, by, times):
    """Others do not wait behind it for ever; after its rest one exchange is tried again."""

    def lose(exchange):
        for _ in range(times):
            assert fall(fence, exchange, by=by) is True

    for number in range(LOST_AT_MOST):
        lose(f"{number}")
    assert fence.begin("next", "r") == RESTING
    assert fence.begin("next", "other") == ""
    now[0] += REST
    lose("again")
    assert fence.begin("next", "r") == RESTING


def test_late_exchanges_far_apart_are_no_reason_to_rest(fence, now):
    """Three in a year are three bad answers."""
    for number in range(2 * LOST_AT_MOST):
        assert fall(fence, f"{number}") is True
        now[0] += 1000.0
    now[0] -= 1000.0
    assert fence.begin("next", "r") == ""


def test_what_is_remembered_is_bounded(fence, now, monkeypatch):
    """The oldest are forgotten: they have long been written."""
    monkeypatch.setattr("shadow.scorer.fence.REMEMBERED", 2)
    for exchange in "abc":
        fall(fence, exchange)
        now[0] += 1000.0
    assert [fence.begin(each, "x") != "" for each in "abc"] == [False, True, True]


RUN = """
import os, signal, sys, time
from shadow.scorer.fence import watched

def run(fence, pipe):
    fence.seconds = 0.05
    print("begun", fence.begin("a", "r"), dict(fence.counts), flush=True)
    {body}

watched(run)
print("ended", flush=True)
"""


def ran(body):
    """Run a scorer that does this; give its exit code and what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", RUN.format(body=textwrap.dedent(body).replace("\n", "\n    "))],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.returncode, [line for line in done.stdout.splitlines() if line.startswith(("begun", "ended"))]


def test_code_that_never_returns_is_ended_and_another_process_goes_on():
    """Even code that never lets go of the interpreter."""
    code, said = ran("if not fence.counts['timed_out']: sum(range(10**12))\nfence.end()")
    assert (code, said) == (
        0,
        [
            "begun  {'timed_out': 0, 'fallen': 0}",
            "begun comparing took longer than 0.05 s {'timed_out': 1, 'fallen': 0}",
            "ended",
        ],
    )


@pytest.mark.parametrize(
    ("body", "code", "times"),
    [
        ("fence.end(); sys.exit(3)", 3, 1),
        ("fence.end(); os.kill(os.getpid(), signal.SIGKILL)", 128 + signal.SIGKILL, 1),
        (
            "if fence.counts['fallen'] < 2: os.kill(os.getpid(), signal.SIGKILL)\nfence.end(); sys.exit(0)",
            0,
            3,
        ),
        ("fence.end(); os.kill(os.getppid(), signal.SIGTERM); time.sleep(20)", 0, 1),
        (
            "fence.end(); os.kill(os.getppid(), signal.SIGKILL); os.read(pipe, 1); sys.exit(0)",
            -signal.SIGKILL,
            1,
        ),
    ],
    ids=["an exit", "a kill at rest", "kills at work", "a stop", "its parent's end"],
)
def test_the_end_of_the_scorer_is_the_end_of_both(body, code, times):
    """An error's code is told, a stop is handed on, and whoever loses its parent learns it by the pipe."""
    ended, said = ran(body)
    assert (ended, sum(line.startswith("begun") for line in said)) == (code, times)
