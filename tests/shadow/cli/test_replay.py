"""`shadow replay`, where there is nothing to send; tests/e2e/test_replay.py sends."""

from __future__ import annotations

import json

import pytest

from shadow import logs


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    """Leave this process's own logging as it is."""
    monkeypatch.setattr(logs, "set_up", lambda: None)


def test_an_empty_record_is_replayed_at_once(shell):
    """And told of."""
    shell.store().close()
    ended = shell.run("replay", "--route", "address", "--model", "parser", "--format", "json")
    assert ended.code == 0
    found = json.loads(ended.out)
    assert (found["route"], found["answered"], found["left"]) == ("address", 0, 0)
    again = shell.run("replay", "--route", "address", "--model", "parser", "--since", "24h", "-o", "out")
    assert (again.code, again.out, again.err) == (0, "", "wrote out\n")
    assert found["replay"] in (shell.folder / "out").read_text()
    anew = shell.run("replay", "--route", "address", "--model", "parser", "--new", "--export", "rows.jsonl")
    assert found["replay"] not in anew.out
    assert (shell.folder / "rows.jsonl").read_text() == ""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ("--route", "adress", "--model", "parser"),
            'no route named "adress"; there is: address, unsure, blind',
        ),
        (("--route", "address", "--model", "parsr"), 'no model named "parsr"; there is: parser'),
        (("--route", "address", "--model", "parser", "--since", "24"), "--since: a duration needs a unit"),
        (
            ("--route", "address", "--model", "parser", "--budget", "1"),
            "--budget: models.parser.price says nothing",
        ),
        (("--route", "address", "--model", "parser", "-o", "none/x"), "cannot write none/x"),
    ],
)
def test_what_cannot_be_done_is_2(shell, words, told):
    """In words."""
    shell.store().close()
    ended = shell.run("replay", *words)
    assert (ended.code, ended.out, told in ended.err) == (2, "", True)


@pytest.mark.parametrize(
    "words", [("--limit", "0"), ("--budget", "0"), ("--at-once", "0"), ("--loss", "x"), ()]
)
def test_wrong_use_is_2(shell, words):
    """Also without a route and a model."""
    named = ("--route", "address", "--model", "parser") if words else ()
    assert shell.run("replay", *named, *words).code == 2
