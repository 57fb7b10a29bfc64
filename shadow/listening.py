"""Binds the sockets that clients and operators connect to, and says in one line why one cannot be had."""

from __future__ import annotations

import os
import socket

from shadow.errors import ShadowError

BACKLOG = 1024


def bind(host: str, port: int, key: str) -> socket.socket:
    """Bind a listening socket; ShadowError, naming the setting, when the address is taken or not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(BACKLOG)
    except OSError as exc:
        sock.close()
        why = os.strerror(exc.errno) if exc.errno is not None and exc.errno > 0 else str(exc.strerror or exc)
        raise ShadowError(f"{key}: cannot listen on {host}:{port}: {why}") from exc
    sock.set_inheritable(True)
    return sock
