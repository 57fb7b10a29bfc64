"""How the demo's two servers are run: one aiohttp application on a loopback port until it is told to stop."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from aiohttp import web

from shadow.lifecycle import runner, until_told_to_stop

if TYPE_CHECKING:
    from collections.abc import Callable

HOST = "127.0.0.1"


def main(build: Callable[[], web.Application], *, banner: str, port: int) -> None:
    """Read --port, build the application and serve it until told to stop; the banner goes to stderr."""
    parser = argparse.ArgumentParser(description=banner)
    parser.add_argument("--port", type=int, default=port)
    chosen = parser.parse_args().port
    with runner() as loop:
        loop.run(_serve(build(), banner, chosen))


async def _serve(app: web.Application, banner: str, port: int) -> None:
    house = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await house.setup()
    try:
        await web.TCPSite(house, HOST, port).start()
        sys.stderr.write(f"{banner}, on http://{HOST}:{port}\n")
        await until_told_to_stop()
    finally:
        await house.cleanup()
