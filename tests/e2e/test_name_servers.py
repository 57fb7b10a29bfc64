"""A name server that never answers for the model's host: legacy, which has a name too, is reached all the same."""

from __future__ import annotations

import asyncio
import json
import sys

import pytest

from benchmarks.house import config_of
from benchmarks.name_server import mute_name_server
from benchmarks.processes import started

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


async def answer_and_close(reader, writer):
    """Answer one request, so that the next one needs a new connection."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(OK)
    writer.close()


async def asked(port):
    """Send a request, and give the first line of what comes back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /v1/x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    return answer.split(b"\r\n")[0]


@pytest.fixture
def deaf(tmp_path):
    """Let the name servers be silent, where a test may do that."""
    with mute_name_server(tmp_path) as words:
        if not words:
            pytest.skip("it takes root, and Linux, to change the name servers of a process")
        yield words


@pytest.mark.slow
async def test_a_model_whose_name_is_not_found_keeps_nobody_from_legacy(deaf, tmp_path):
    """Every call of the model waits for the look-up; each of legacy's needs a connection, and a look-up, of its own."""
    legacy = await asyncio.start_server(answer_and_close, "127.0.0.1", 0)
    config = config_of(
        f"http://localhost:{legacy.sockets[0].getsockname()[1]}",
        "http://model.example:9",
        legacy__timeout="3s",
        routes__x__rollout__phase="shadow",
    )
    path, log = tmp_path / "shadow.yaml", tmp_path / "log"
    path.write_text(json.dumps(config))
    command = [*deaf, sys.executable, "-m", "shadow", "proxy", "-c", str(path)]
    with started(
        command, core=None, log=log, ready=lambda: "shadow.worker_started" in log.read_text()
    ) as pid:
        assert pid
        port = config["listen"]["port"]
        told = [await asked(port) for _ in range(12)]
        assert told == [b"HTTP/1.1 200 OK"] * 12
    assert "shadow.worker_stopped" in log.read_text()  # nothing waits for a look-up that nobody ends
    assert "Traceback" not in log.read_text()
    legacy.close()
    await legacy.wait_closed()
