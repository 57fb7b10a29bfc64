"""The processes of a benchmark: each on a core of its own, with its processor time and memory, and its end.

Whoever starts one here ends it here, whatever happens in between; times are in seconds.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

LATENCY = Path("/dev/cpu_dma_latency")
SLEEPER = Path("/sys/devices/system/cpu/cpuidle/current_driver")

PATIENCE = 60.0
"""Seconds a process may take to listen."""

SETTLED = 3.0
"""Seconds after which a server that nobody asks has started all that it starts."""
STILL = 0.05
"""Seconds without work after which a process has nothing left to do."""


class NotStartedError(Exception):
    """A process ended, or took too long, before it was ready."""


def cores() -> tuple[int | None, int | None]:
    """Give the core of the proxy and that of all the rest; None where they cannot be kept apart."""
    mine = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if len(mine) < 2:
        print(
            "there is only one core, or no way to choose one: load and proxy share it, and the figures say little",
            file=sys.stderr,
        )
        return None, None
    return mine[-1], mine[0]


@contextmanager
def pinned(core: int | None) -> Iterator[None]:
    """Start processes on one core; they stay where they were born."""
    if core is None:
        yield
        return
    mine = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, mine)


@contextmanager
def awake(*cores: int | None) -> Iterator[None]:
    """Keep cores from sleeping, with what nobody else wants: a virtual one takes longer to wake than we measure."""
    with ExitStack() as stack:
        for core in cores:
            _occupy(core, stack, "pass")
        yield


@contextmanager
def sleepless(*cores: int | None) -> Iterator[None]:
    """Keep cores from sleeping, as `awake` does, and from being late as well.

    Where the system lets us, by asking it to; it does so for as long as the file is open. Else by giving each core
    something to do that nobody else wants, and that asks at every step whether somebody else wants the core: what
    only computes is taken off it too late, now and then by milliseconds.
    """
    with ExitStack() as stack:
        try:
            asked = stack.enter_context(LATENCY.open("wb", buffering=0)) if _sleeps_on_request() else None
        except OSError:
            asked = None
        if asked is not None:
            asked.write(bytes(4))  # microseconds until a core works again
        else:
            for core in cores:
                _occupy(core, stack, "os.sched_yield()")
        yield


def _sleeps_on_request() -> bool:
    """Tell whether anything here decides how deep a core sleeps."""
    try:
        return SLEEPER.read_text().strip() != "none"
    except OSError:
        return False


def _occupy(core: int | None, stack: ExitStack, step: str) -> None:
    if core is None or not hasattr(os, "SCHED_IDLE"):
        return
    with pinned(core):
        process = subprocess.Popen([sys.executable, "-c", f"import os\nwhile True: {step}"])
    stack.callback(process.wait)
    stack.callback(process.kill)
    os.sched_setscheduler(process.pid, os.SCHED_IDLE, os.sched_param(0))


@contextmanager
def stubs(core: int | None, behaviours: list[str], *, yielding: bool = False) -> Iterator[list[int]]:
    """Run stubs in a process, and give their ports; `yielding` lets everything else on the core go first."""
    command = [sys.executable, str(Path(__file__).with_name("stubs.py")), *behaviours]
    with pinned(core):
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    if yielding:
        os.setpriority(os.PRIO_PROCESS, process.pid, 19)
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield [int(port) for port in process.stdout.readline().split()]
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


@contextmanager
def proxy(core: int | None, path: Path) -> Iterator[int]:
    """Run one worker and give its process id."""
    with pinned(core), path.with_suffix(".log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "shadow", "proxy", "-c", str(path)], stderr=log)
    while b"worker_started" not in path.with_suffix(".log").read_bytes():
        if process.poll() is not None:
            sys.exit(f"the proxy did not start:\n{path.with_suffix('.log').read_text()}")
        time.sleep(0.05)
    try:
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@contextmanager
def started(
    command: Sequence[str],
    *,
    core: int | None,
    log: Path,
    ready: Callable[[], bool],
    sockets: Sequence[int] = (),
    environ: Mapping[str, str] | None = None,
) -> Iterator[int]:
    """Run any server, and give its process id once it is ready; all it started ends with it.

    Raises NotStartedError, with what the server said, when it does not.
    """
    with pinned(core), log.open("wb") as words:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=words,
            process_group=0,
            pass_fds=sockets,
            env={**os.environ, **(environ or {})},
        )
    try:
        _until(ready, process, log)
        yield process.pid
    finally:
        _end(process)


def _until(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            said = log.read_text(errors="replace")[-2000:]
            raise NotStartedError(f"{process.args!r} did not start:\n{said}")
        time.sleep(0.05)


def listening(port: int) -> bool:
    """Tell whether somebody takes connections at a port of loopback."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1.0):
            return True
    except OSError:
        return False


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(10)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def ended_by_signals() -> None:
    """Let a SIGTERM end the script as Ctrl-C does: everything it started is ended first."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


# --- what they take


def tree(pid: int) -> list[int]:
    """Give a process and all that it started, directly or not, as far as that can be seen."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parent = int(path.read_bytes().rpartition(b")")[2].split()[1])
            children.setdefault(parent, []).append(int(path.parent.name))
    found, new = [], [pid]
    while new:
        found += new
        new = [child for each in new for child in children.get(each, [])]
    return found


def cpu_seconds(pid: int, *, alone: bool = False) -> float:
    """Give the processor time so far of a process's threads and of all it started; NaN where it cannot be known."""
    spent = [_own_cpu_seconds(each) for each in ([pid] if alone else tree(pid))]
    return spent[0] + sum(seconds for seconds in spent[1:] if seconds == seconds)  # noqa: PLR0124 - not NaN


def _own_cpu_seconds(pid: int) -> float:
    try:
        times = [path.read_text().split()[0] for path in Path(f"/proc/{pid}/task").glob("*/schedstat")]
    except OSError:
        return float("nan")
    return sum(map(int, times)) / 1e9 if times else float("nan")


def cpu_at_rest(pid: int, within: float = 5.0) -> float:
    """Give the processor time once what was left to do is done, such as rows to be written."""
    deadline = time.monotonic() + within
    spent = cpu_seconds(pid)
    while time.monotonic() < deadline:
        time.sleep(STILL)
        before, spent = spent, cpu_seconds(pid)
        if not spent - before > STILL / 10:
            break
    return spent


def resident(pid: int) -> float:
    """Give the bytes of memory that a process and all it started hold; NaN where it cannot be known."""
    held = [own_resident(each) for each in tree(pid)]
    return held[0] + sum(size for size in held[1:] if size == size)  # noqa: PLR0124 - not NaN


def own_resident(pid: int) -> float:
    """Give the bytes of memory that a process holds, all of what it shares included; NaN where it cannot be known."""
    return _held(pid, "status", "VmRSS:")


def resident_at_most(pid: int) -> float:
    """Give the most that `own_resident` has ever been."""
    return _held(pid, "status", "VmHWM:")


def proportional(pid: int) -> float:
    """Give the bytes of memory that a process holds alone, and its part of what it shares; NaN where unknown."""
    return _held(pid, "smaps_rollup", "Pss:")


def _held(pid: int, file: str, name: str) -> float:
    try:
        words = Path(f"/proc/{pid}/{file}").read_text().split()
        return int(words[words.index(name) + 1]) * 1024.0
    except (OSError, ValueError):
        return float("nan")


def open_descriptors(pid: int) -> float:
    """Count the files and sockets that a process has open; NaN where it cannot be known."""
    return _entries(Path(f"/proc/{pid}/fd"))


def threads(pid: int) -> float:
    """Count a process's threads; NaN where it cannot be known."""
    return _entries(Path(f"/proc/{pid}/task"))


def _entries(folder: Path) -> float:
    try:
        return float(sum(1 for _ in folder.iterdir()))
    except OSError:
        return float("nan")
