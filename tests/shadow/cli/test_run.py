"""`shadow serve|proxy|scorer|admin`: what keeps them from starting."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest


@pytest.fixture
def taken():
    """Give a port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def run(shell, *words):
    """Run a role as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "shadow", *words],
        cwd=shell.folder,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize(("role", "key"), [("serve", "listen"), ("proxy", "listen"), ("admin", "admin")])
def test_a_taken_port_is_told_in_a_line(shell, taken, role, key):
    """With where it was to be; 2."""
    shell.write(shell.file.read_text() + f"{key}: {{port: {taken}}}\n")
    ended = run(shell, role)
    last = ended.stderr.splitlines()[-1]
    assert (ended.returncode, ended.stdout, "Traceback" in ended.stderr) == (2, "", False)
    assert last.startswith("shadow: ")
    assert str(taken) in last


@pytest.mark.slow
@pytest.mark.parametrize("role", ["serve", "proxy", "scorer", "admin"])
@pytest.mark.parametrize("broken", ["legacy: {}", "legacy: {url: 'https://h', ca: nowhere.pem}"])
def test_a_broken_file_is_told_in_a_line(shell, role, broken):
    """Before anything is bound or opened; a certificate that cannot be loaded is one of the ways to be broken."""
    shell.write(f"{broken}\n")
    ended = run(shell, role)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.splitlines()[0] == "shadow: shadow.yaml cannot be used, 1 problem:"
    assert list(shell.folder.iterdir()) == [shell.file]
