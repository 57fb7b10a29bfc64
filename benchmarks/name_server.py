"""A name server that takes every question and answers none, and commands that know no other. Needs root, and Linux."""

from __future__ import annotations

import socket
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ADDRESS = "127.0.0.77"
_FILE = f"nameserver {ADDRESS}\noptions timeout:30 attempts:1\n"
_RUN = 'mount --bind "$0" /etc/resolv.conf && exec "$@"'


@contextmanager
def mute_name_server(folder: Path) -> Iterator[list[str]]:
    """Give the words to put before a command, so that it asks this one; none where that is not to be had."""
    file = folder / "resolv.conf"
    file.write_text(_FILE)
    words = ["unshare", "--mount", "sh", "-c", _RUN, str(file)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        yield words if _binds(deaf) and _runs([*words, "true"]) else []


def _binds(deaf: socket.socket) -> bool:
    try:
        deaf.bind((ADDRESS, 53))
    except OSError:
        return False
    return True


def _runs(command: list[str]) -> bool:
    try:
        return subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False
