"""How a process learns that it has to stop."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sys

import pytest

from shadow.lifecycle import (
    SUPERVISED,
    descriptors,
    loop_factory,
    raise_descriptor_limit,
    runner,
    told_to_stop,
    until_told_to_stop,
)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_tells_to_stop(number):
    """SIGTERM of a supervisor, SIGINT of a person."""
    told = told_to_stop()
    assert not told.is_set()
    os.kill(os.getpid(), number)
    await told.wait()


async def test_a_signal_that_comes_again_does_not_end_the_process_half_drained():
    """Who stops a whole group signals each process, and the supervisor does so once more."""
    told = told_to_stop()
    for _ in range(3):
        os.kill(os.getpid(), signal.SIGTERM)
        await told.wait()


async def test_waiting_returns_once_told():
    """For those who have nothing else to do."""
    waiting = asyncio.ensure_future(until_told_to_stop())
    await asyncio.sleep(0)
    os.kill(os.getpid(), signal.SIGTERM)
    assert await waiting is None


@pytest.fixture
def pipe(monkeypatch):
    """Give the supervisor's end of the pipe that stands for it; standard input is the other."""
    ours, theirs = os.pipe()
    monkeypatch.setenv(SUPERVISED, "1")
    with os.fdopen(ours) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield theirs


async def test_the_end_of_the_supervisor_tells_to_stop(pipe):
    """Whatever ends it closes its end of the pipe; words on it mean nothing."""
    told = told_to_stop()
    os.write(pipe, b"words")
    await asyncio.sleep(0)
    assert not told.is_set()
    os.close(pipe)
    await told.wait()
    assert not asyncio.get_running_loop().remove_reader(sys.stdin.fileno())


async def test_without_a_supervisor_standard_input_means_nothing(pipe, monkeypatch):
    """A role started by hand goes on when its input ends."""
    monkeypatch.delenv(SUPERVISED)
    os.close(pipe)
    told = told_to_stop()
    assert not asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
    assert not told.is_set()


async def test_the_end_of_a_pipe_of_ones_own_is_a_stop_too(monkeypatch):
    """As the scorer's parent holds one, with a supervisor or without."""
    monkeypatch.delenv(SUPERVISED, raising=False)
    reading, writing = os.pipe()
    told = told_to_stop(reading)
    os.close(writing)
    await told.wait()
    os.close(reading)


def test_every_role_runs_in_the_same_kind_of_loop():
    """The runner's loop is the factory's."""
    factory = loop_factory()
    assert factory is not None
    made = factory()
    made.close()
    with runner() as each:
        assert type(each.get_loop()) is type(made)


@pytest.fixture
def few_files():
    """Let this process open fewer files than it may, for the time of a test; give how many it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard - 1, 200), hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_process_may_open_as_many_files_as_the_system_allows(few_files):
    """The soft limit is raised to the hard one, and raising it again changes nothing."""
    assert descriptors() == 200
    for _ in range(2):
        raise_descriptor_limit()
        assert descriptors() == few_files


def test_a_limit_that_cannot_be_raised_stays(few_files, monkeypatch):
    """Some systems promise more than they give: that is no reason not to start."""

    def refuse(*_: object) -> None:
        raise ValueError("current limit exceeds maximum limit")

    monkeypatch.setattr(resource, "setrlimit", refuse)
    raise_descriptor_limit()
    monkeypatch.undo()
    assert descriptors() == 200
