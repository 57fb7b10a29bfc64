import asyncio
import os
import signal
import socket
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from shadow.demo.truth import NOTE

PORTS = ("--port", "0", "--admin-port", "0", "--legacy-port", "0", "--model-port", "0")


async def start(folder, *options):
    """Start the demo as a user does, in a folder, on free ports."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "shadow", "demo", "--quick", "--dir", str(folder), *options),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )


async def until_said(process, words):
    """Read the story until it says these words; give what was read."""
    said = b""
    while words not in said:
        line = await process.stderr.readline()
        assert line, said.decode()
        said += line
    return said.decode()


def left_running(folder):
    """Give the command lines of processes that know the folder."""
    found = []
    for pid in (entry.name for entry in Path("/proc").iterdir() if entry.name.isdigit()):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:  # noqa: PTH123 - a view of the kernel's
                command = file.read()
        except OSError:
            continue
        if os.fsencode(folder) in command and pid != str(os.getpid()):
            found.append(command)
    return found


@pytest.mark.slow
async def test_the_demo_runs_to_its_end_keeps_running_and_leaves_nothing(tmp_path):
    """Every request is recorded, scored and judged; told to stop, it leaves nothing but the folder's files."""
    process = await start(tmp_path / "demo", "--keep", *PORTS)
    err = await until_said(process, b"keeps running until Ctrl-C")
    process.send_signal(signal.SIGTERM)
    out, rest = (text.decode() for text in await process.communicate())

    assert process.returncode == 143, err + rest
    assert rest.endswith("everything is stopped, nothing is left running\n")
    assert "64 requests sent, 64 recorded, 64 scored" in err
    assert "REPLAYS recorded answers" in err
    assert [line.split()[:4] for line in out.splitlines() if "canary 25%" in line] == [
        ["intent", "canary", "25%", "12"]
    ]
    assert "model right" in out
    page = (tmp_path / "demo" / "report.html").read_text()
    assert (page[:2], page.count(NOTE)) == ("<!", 2)
    assert sorted(file.name for file in (tmp_path / "demo").iterdir()) == [
        "address.schema.json",
        "intent.schema.json",
        "logs",
        "report.html",
        "shadow.db",
        "shadow.yaml",
    ]
    assert left_running(tmp_path) == []


@pytest.mark.slow
@pytest.mark.parametrize("moment", [b"Starting a legacy server", b"requests:"])
async def test_the_demo_can_be_stopped_at_any_moment(tmp_path, moment):
    """Ctrl-C ends every process and says so, by the usual exit code."""
    process = await start(tmp_path / "demo", *PORTS)
    await until_said(process, moment)
    process.send_signal(signal.SIGINT)
    _, err = await process.communicate()

    assert process.returncode == 130
    assert err.decode().endswith("everything is stopped, nothing is left running\n")
    assert left_running(tmp_path) == []


async def test_a_taken_port_ends_the_demo_before_it_begins(tmp_path):
    """The message names the option; nothing is started and nothing written; the exit code is 2."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        port = sock.getsockname()[1]
        process = await start(tmp_path / "demo", *PORTS, "--port", str(port))
        out, err = await process.communicate()

    assert (process.returncode, out) == (2, b"")
    assert (
        err.decode() == f"shadow demo: --port: port {port} is taken; choose others, or 0 for any free one\n"
    )
    assert not (tmp_path / "demo").exists()


@pytest.mark.skipif(find_spec("llama_cpp") is not None, reason="the extra is installed")
async def test_a_missing_extra_ends_the_demo_before_it_begins(tmp_path):
    """The message has the command that installs it; the exit code is 2."""
    process = await start(tmp_path / "demo", *PORTS, "--model", "smollm2")
    _, err = await process.communicate()

    assert process.returncode == 2
    assert err.decode().endswith("pip install 'shadow-router[demo-llm]'\n")
