"""The admin role as a process."""

from __future__ import annotations

import asyncio
import os
import signal
import socket

import pytest
from aiohttp import ClientSession
from structlog.testing import capture_logs

from shadow.admin import role


@pytest.mark.parametrize("inherited", [True, False])
async def test_the_process_answers_until_it_is_told_to_stop(office, inherited):
    """On a socket it was given, or on the configured address."""
    office.file.write_text(office.file.read_text() + "admin: {port: 0}\n")
    sock = socket.create_server(("127.0.0.1", 0)) if inherited else None
    with capture_logs() as logs:
        running = asyncio.ensure_future(role._run(office.file, {}, sock))
        while not logs:
            await asyncio.sleep(0.01)
        async with (
            ClientSession() as session,
            session.get(f"http://127.0.0.1:{logs[0]['port']}/healthz") as answer,
        ):
            assert answer.status == 200
        os.kill(os.getpid(), signal.SIGTERM)
        await running
    assert [entry["event"] for entry in logs] == ["shadow.admin_started", "shadow.admin_stopped"]
    if sock is not None:
        assert logs[0]["port"] != 0
        sock.close()
