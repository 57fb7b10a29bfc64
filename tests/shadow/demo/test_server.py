import asyncio
import signal
import sys

import pytest
from aiohttp import ClientConnectorError, ClientSession

from shadow.demo import ports
from shadow.demo.children import Children
from shadow.demo.options import Ports


@pytest.mark.parametrize(
    ("module", "path", "banner"), [("legacy", "/healthz", b"legacy: "), ("model", "/", b"model: REPLAYS ")]
)
async def test_a_server_runs_by_itself_until_it_is_told_to_stop(tmp_path, module, path, banner):
    """Started as a module it says what it is and where, answers, and ends in order on SIGTERM."""
    port = ports.choose(Ports(0, 0, 0, 0)).legacy
    command = [sys.executable, "-m", f"shadow.demo.{module}", "--port", str(port)]
    async with Children() as children, ClientSession() as session:
        child = await children.start(module, command, tmp_path / "log")
        while True:
            children.check()
            try:
                async with session.get(f"http://127.0.0.1:{port}{path}") as response:
                    assert response.status == 200
                    break
            except ClientConnectorError:
                await asyncio.sleep(0.02)
        child.process.send_signal(signal.SIGTERM)
        assert await child.process.wait() == 0

    said = (tmp_path / "log").read_bytes()
    assert said.startswith(banner)
    assert said.rstrip().endswith(f"on http://127.0.0.1:{port}".encode())
