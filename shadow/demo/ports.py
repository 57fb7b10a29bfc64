"""Which loopback ports the demo uses: checked before anything starts, chosen where 0 was asked for."""

from __future__ import annotations

import contextlib
import errno
import socket
from dataclasses import asdict, replace

from shadow.demo.options import DemoError, Ports
from shadow.demo.server import HOST

_OPTION = {
    "proxy": "--port",
    "admin": "--admin-port",
    "legacy": "--legacy-port",
    "model": "--model-port",
}


def choose(wanted: Ports) -> Ports:
    """Give the ports with a free one in place of each 0; DemoError, naming all that are taken."""
    problems: list[str] = []
    chosen: dict[str, int] = {}
    with contextlib.ExitStack() as held:
        for name, port in asdict(wanted).items():
            sock = held.enter_context(socket.socket())
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind((HOST, port))
                sock.listen()
            except (OSError, OverflowError) as exc:
                problems.append(f"{_OPTION[name]}: {_trouble(port, exc)}")
            else:
                chosen[name] = sock.getsockname()[1]
    if problems:
        raise DemoError("; ".join([*problems, "choose others, or 0 for any free one"]), code=2)
    return replace(wanted, **chosen)


def _trouble(port: int, exc: Exception) -> str:
    if isinstance(exc, OSError) and exc.errno == errno.EADDRINUSE:
        return f"port {port} is taken"
    return f"port {port} cannot be used ({getattr(exc, 'strerror', None) or exc})"
