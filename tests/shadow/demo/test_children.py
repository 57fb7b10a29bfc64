import asyncio
import contextlib
import os
import sys

import pytest

from shadow.demo.children import Children
from shadow.demo.options import DemoError

STUBBORN = """
import os, signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
signal.pause()
"""
PATIENT = "import sys; print('up', flush=True); sys.stdin.read()"


def alive(pid):
    """Tell whether a process is there, zombies apart."""
    try:
        with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123 - no file, a view of the kernel's
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def first_line(child):
    """Wait until a child has said its first line."""
    while not (said := child.log.read_text()).endswith("\n"):
        await asyncio.sleep(0)
    return said.strip()


async def test_every_process_is_gone_when_the_block_ends(tmp_path):
    """Leaving the block ends what was started."""
    async with Children() as children:
        started = [
            await children.start(name, [sys.executable, "-c", PATIENT], tmp_path / name)
            for name in ("a", "b")
        ]

    assert [child.process.returncode is None for child in started] == [False, False]


async def test_a_process_that_will_not_end_is_killed_with_what_it_started(tmp_path):
    """After the grace the whole group is killed."""
    async with Children(grace=0.05) as children:
        child = await children.start("stubborn", [sys.executable, "-c", STUBBORN], tmp_path / "log")
        grandchild = int(await first_line(child))
        assert alive(grandchild)

    while alive(grandchild):
        await asyncio.sleep(0)
    assert child.process.returncode == -9


async def test_a_cancelled_block_leaves_nothing(tmp_path):
    """Being told to stop in the middle, and again while ending, still ends every process."""
    started = []

    async def block():
        async with Children() as children:
            for name in ("a", "b"):
                started.append(await children.start(name, [sys.executable, "-c", STUBBORN], tmp_path / name))
                await first_line(started[-1])
            await asyncio.Event().wait()

    async with asyncio.TaskGroup() as group:
        running = group.create_task(block())
        while len(started) < 2:
            await asyncio.sleep(0)
        await first_line(started[-1])
        running.cancel()
        await asyncio.sleep(0)
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running

    assert [child.process.returncode for child in started] == [-9, -9]


async def test_a_fallen_process_is_told_with_its_last_words(tmp_path):
    """A process that ends by itself stops the demo, which says why."""
    async with Children() as children:
        command = [sys.executable, "-c", "print('no such port'); raise SystemExit(3)"]
        child = await children.start("router", command, tmp_path / "log")
        children_before = child.process.returncode
        await child.process.wait()
        with pytest.raises(DemoError) as caught:
            children.check()

    assert children_before is None
    assert str(caught.value) == (
        f"router ended by itself with 3; its last words, from {tmp_path / 'log'}:\nno such port"
    )


async def test_the_input_of_a_process_ends_with_the_demo(tmp_path):
    """A process sees on its input when the demo is gone, however that came about."""
    async with Children() as children:
        child = await children.start("server", [sys.executable, "-c", PATIENT], tmp_path / "log")
        await first_line(child)
        child.process.stdin.close()

        assert await child.process.wait() == 0
        assert os.environ.get("SHADOW_SUPERVISED") is None
