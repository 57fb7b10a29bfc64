"""A kill works with a file that cannot be used."""

from __future__ import annotations

import pytest

from shadow.cli.rescue import store_and_routes
from shadow.errors import ConfigError

KILLED = "SELECT route, value FROM switches"


@pytest.mark.parametrize(
    "broken",
    [
        "models: {parser: {adapter: passthrough, url: 'http://127.0.0.1:2', api_key: '${NOT_SET}'}}\n",
        "rotues: {}\n",
        "listen: {port: high}\n",
    ],
)
def test_a_kill_does_not_wait_for_the_file_to_be_right(shell, broken):
    """What is wrong is told, and everything is killed all the same."""
    text = shell.file.read_text()
    shell.write(
        text.replace(text.splitlines(keepends=True)[3], broken) if "models" in broken else text + broken
    )
    ended = shell.run("kill")
    assert (ended.code, ended.out) == (0, "killed: every route\n")
    assert ended.err.startswith("warning: shadow.yaml cannot be used, ")
    assert shell.rows(KILLED) == [("*", "true")]


def test_a_route_of_a_broken_file_can_be_killed(shell):
    """If it is in it."""
    shell.write(shell.file.read_text() + "rotues: {}\n")
    assert [shell.run("kill", route).code for route in ("address", "adress")] == [0, 2]
    assert shell.rows(KILLED) == [("address", "true")]


@pytest.mark.parametrize("text", ["routes: [\n", "\xff", "store: ${NOT_SET}\nlegacy: {}\n", "store: 3\n"])
def test_without_a_store_there_is_nothing_to_switch(shell, text):
    """The problem with the file is then the answer."""
    shell.file.write_text(text, encoding="latin-1")
    ended = shell.run("kill")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("shadow: shadow.yaml cannot be used")


def test_the_store_is_where_a_good_file_would_have_it(shell, tmp_path):
    """Beside the file, under the default's name, or wherever the environment says."""
    shell.write("legacy: {}\n")
    assert store_and_routes(shell.file, {})[:2] == (f"sqlite:///{tmp_path}/shadow.db", [])
    shell.write("store: sqlite:///${WHERE}/x.db\nlegacy: {}\nroutes: {a: {}, b: 1}\n")
    assert store_and_routes(shell.file, {"WHERE": "/var"})[:2] == ("sqlite:////var/x.db", ["a", "b"])


def test_a_good_file_is_no_trouble(shell, tmp_path):
    """Its store and routes are its own."""
    found = (f"sqlite:///{tmp_path}/shadow.db", ["address", "unsure", "blind", "plain"], "")
    assert store_and_routes(shell.file, {}) == found


def test_a_file_that_is_not_there_is_told(tmp_path):
    """There is nothing to rescue."""
    with pytest.raises(ConfigError, match="cannot read it"):
        store_and_routes(tmp_path / "none.yaml", {})


def test_another_kind_of_store_is_named_as_it_is(shell):
    """Whoever opens it says that it comes with a later release."""
    shell.write("store: postgresql://user@host/db\nlegacy: {}\n")
    assert store_and_routes(shell.file, {})[:2] == ("postgresql://user@host/db", [])
    ended = shell.run("kill")
    assert (ended.code, "PostgreSQL" in ended.err) == (2, True)
