"""`shadow rescore`."""

from __future__ import annotations

import json

import pytest


def test_without_traffic_there_is_nothing_to_do(shell):
    """Said in words, and as JSON."""
    shell.store().close()
    ended = shell.run("rescore", "--route", "address")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(
        "route address: 0 exchanges scored anew, nothing written; --apply rewrites the scores\n"
    )
    document = json.loads(shell.run("rescore", "--route", "address", "--format", "json").out)
    assert (document["schema"], document["applied"], document["scored"]) == ("shadow-rescore/1", False, 0)


def test_apply_is_audited_by_the_users_name(shell):
    """Or the one that is given."""
    shell.store().close()
    shell.run("rescore", "--route", "address", "--apply", "--by", "ops", "--why", "new tolerance")
    assert shell.rows("SELECT who, why FROM audit WHERE what = 'rescored'") == [("ops", "new tolerance")]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--route", "adress"), 'no route named "adress"; there is: address, unsure, blind, plain'),
        (
            ("--route", "address", "--since", "24"),
            '--since: a duration needs a unit (ms, s, m, h, d), like "5s"',
        ),
    ],
)
def test_what_cannot_be_done_is_2(shell, words, told):
    """In words."""
    ended = shell.run("rescore", *words)
    assert (ended.code, ended.out, ended.err) == (2, "", f"shadow: {told}\n")


def test_without_a_store_there_is_nothing_to_rescore(shell):
    """And none is made."""
    ended = shell.run("rescore", "--route", "address")
    assert (ended.code, ended.err) == (2, f"shadow: there is no store at {shell.folder / 'shadow.db'}\n")
    assert list(shell.folder.iterdir()) == [shell.file]
