"""The command as a whole: its words, its help, its exit codes."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys

import click
import pytest

from shadow.cli import command
from shadow.errors import ShadowError


def every_command(group=command.shadow, words=()):
    """Give the words of every command and sub-command."""
    yield words
    if isinstance(group, click.Group):
        for name in group.list_commands(click.Context(group)):
            yield from every_command(group.get_command(click.Context(group), name), (*words, name))


@pytest.mark.parametrize("option", ["-h", "--help"])
@pytest.mark.parametrize("words", list(every_command()), ids=" ".join)
def test_every_command_has_help(shell, words, option):
    """On standard output, with what it is for."""
    ended = shell.run(*words, option)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(f"Usage: shadow {' '.join(words)}".rstrip())
    assert len(ended.out.splitlines()) > 4


def test_every_command_is_listed(shell):
    """With a line of its own."""
    listed = [line.split()[0] for line in shell.run("-h").out.partition("Commands:")[2].splitlines() if line]
    assert listed == [
        "serve",
        "proxy",
        "scorer",
        "admin",
        "check",
        "schema",
        "status",
        "report",
        "replay",
        "compare",
        "rescore",
        "switch",
        "kill",
        "revive",
        "demo",
        "calibrate",
        "review",
    ]


def test_the_version_is_the_distributions(shell):
    """So a report of a bug can name it."""
    from importlib.metadata import version

    assert shell.run("--version").out == f"shadow, version {version('shadow-router')}\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("chek",), "No such command 'chek'"),
        (("check", "--fast"), "No such option"),
        (("report", "--format", "pdf"), "'pdf' is not one of 'text', 'html', 'json', 'csv', 'markdown'"),
        (("serve", "--workers", "0"), "0 is not in the range 1<=x<=256"),
        (("switch", "set", "address", "phase=live"), "Missing option '--by'"),
        (("switch", "set"), "Missing argument 'ROUTE'"),
    ],
)
def test_wrong_use_is_2(shell, words, told):
    """Told on standard error, with where to find help."""
    ended = shell.run(*words)
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err


def test_nothing_to_do_is_2_and_shows_the_help(shell):
    """Of the command, or of the group."""
    assert [shell.run(*words).code for words in ((), ("switch",))] == [2, 2]


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (ShadowError("it is wrong"), 2, "shadow: it is wrong\n"),
        (sqlite3.DatabaseError("malformed"), 2, "shadow: the store cannot be read: malformed\n"),
        (PermissionError(13, "Permission denied", "x"), 2, "shadow: [Errno 13] Permission denied: 'x'\n"),
        (KeyboardInterrupt(), 130, "stopped\n"),
        (click.exceptions.Exit(1), 1, ""),
    ],
)
def test_an_error_is_one_line_and_a_code(shell, monkeypatch, error, code, told):
    """Nobody wants a stack for a full disk."""

    def fail():
        raise error

    found = click.command("check")(fail)
    monkeypatch.setattr(command.shadow, "get_command", lambda *_: found)
    ended = shell.run("check")
    assert (ended.code, ended.err.lstrip()) == (code, told)


def test_python_m_shadow_is_the_command(tmp_path):
    """Where the scripts' folder is not on the path."""
    ended = subprocess.run(
        [sys.executable, "-m", "shadow", "check", "-c", "none.yaml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "shadow: none.yaml cannot be used: cannot read it: No such file or directory\n"


def test_a_reader_that_leaves_early_gets_no_stack():
    """As in `shadow schema | head`."""
    reader, writer = os.pipe()
    os.close(reader)
    ended = subprocess.run(
        [sys.executable, "-m", "shadow", "schema"], stdout=writer, stderr=subprocess.PIPE, check=False
    )
    os.close(writer)
    assert ended.stderr == b""


def test_a_commands_help_brings_no_heavy_library():
    """So the shell's completion and `-h` answer at once."""
    program = (
        "import sys; from shadow.cli.command import shadow; shadow(['report', '-h'], standalone_mode=False);"
        "print([name for name in ('aiohttp', 'numpy', 'pydantic', 'rapidfuzz', 'jinja2', 'sqlite_utils')"
        " if name in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[-1] == "[]"
