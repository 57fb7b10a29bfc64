"""`shadow switch show|set`, `shadow kill`, `shadow revive`."""

from __future__ import annotations

import getpass
import re

import pytest

from shadow.cli import options

WHO = ("--by", "ops", "--why", "two clean weeks")
AUDIT = "SELECT who, what, route, why, after FROM audit ORDER BY seq"


def shown(shell, route="address"):
    """Give what `switch show` prints of a route."""
    return shell.run("switch", "show", route).out.splitlines()


def test_several_settings_are_one_change(shell):
    """In force together, with a row in the audit trail for each."""
    ended = shell.run("switch", "set", "address", "phase=canary", "exposure=5%", *WHO)
    assert (ended.code, ended.out, ended.err) == (0, "address: phase=canary exposure=0.05\n", "")
    assert shown(shell) == [
        "address: phase=canary sample=1.0 exposure=0.05 threshold=0.9 patience=300ms",
        "  exposure=0.05 by ops: two clean weeks",
        "  phase=canary by ops: two clean weeks",
    ]
    assert shell.rows(AUDIT) == [
        ("ops", "switch_set", "address", "two clean weeks", '{"phase":"canary"}'),
        ("ops", "switch_set", "address", "two clean weeks", '{"exposure":0.05}'),
    ]


def test_half_a_change_is_never_in_force(shell):
    """When the store fails at the second setting, the first is not set either."""
    store = shell.store()
    store.db.execute(
        "CREATE TRIGGER half BEFORE INSERT ON switches WHEN NEW.key = 'exposure'"
        " BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    store.close()
    ended = shell.run("switch", "set", "address", "phase=canary", "exposure=5%", *WHO)
    assert (ended.code, ended.out) == (2, "")
    assert shell.rows("SELECT * FROM switches") == shell.rows(AUDIT) == []


def test_a_setting_can_be_for_a_while(shell):
    """Its end is told by both commands."""
    pattern = r" until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"
    ended = shell.run("switch", "set", "address", "sample=0.5", "--for", "2h", *WHO)
    assert re.fullmatch(rf"address: sample=0.5{pattern}\n", ended.out)
    assert re.fullmatch(rf"  sample=0.5 by ops{pattern}: two clean weeks", shown(shell)[1])
    assert shell.rows("SELECT until - at FROM switches") == [(7_200_000_000,)]


def test_every_wrong_setting_is_told(shell):
    """At once, and nothing is set."""
    ended = shell.run(
        "switch", "set", "address", "phase=lvie", "speed=3", "sample=2", "patience=5", "--for", "2", *WHO
    )
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == (
        "shadow: phase=lvie: a phase is one of off, shadow, canary, live; speed=3: not a setting; write key=value"
        " with one of phase, sample, exposure, threshold, patience; sample=2: must be a number from 0 to 1, or a"
        " percentage such as 10%; patience=5: must be a duration with a unit, such as 300ms or 2s;"
        ' --for: a duration needs a unit (ms, s, m, h, d), like "5s"\n'
    )
    assert not (shell.folder / "shadow.db").exists()


@pytest.mark.parametrize(
    ("route", "setting", "told"),
    [
        ("adress", "phase=off", 'no route named "adress"; there is: address, unsure, blind, plain'),
        ("plain", "phase=shadow", "routes.plain has no model: its phase can only be off"),
        (
            "blind",
            "phase=canary",
            "routes.blind has no confidence and threshold: its phase can only be off or shadow",
        ),
        (
            "unsure",
            "phase=live",
            "routes.unsure has no confidence and threshold: its phase can only be off or shadow",
        ),
    ],
)
def test_a_route_that_cannot_is_refused(shell, route, setting, told):
    """Before anything is written."""
    ended = shell.run("switch", "set", route, setting, *WHO)
    assert (ended.code, ended.out, ended.err) == (2, "", f"shadow: {told}\n")
    assert shell.rows("SELECT * FROM switches") == []


def test_a_threshold_given_with_the_phase_is_one(shell):
    """Or one given before, as long as it is in force."""
    assert shell.run("switch", "set", "unsure", "phase=live", "threshold=0.8", *WHO).code == 0
    assert shell.run("switch", "set", "unsure", "phase=canary", *WHO).code == 0
    assert shown(shell, "unsure")[0] == (
        "unsure: phase=canary sample=1.0 exposure=0.0 threshold=0.8 patience=0ms"
    )


def test_a_change_needs_a_reason(shell):
    """An empty one is none."""
    ended = shell.run("switch", "set", "address", "phase=off", "--by", "ops", "--why", " ")
    assert (ended.code, ended.err) == (
        2,
        "shadow: the switch phase of route address needs to say why it is changed\n",
    )


def test_show_tells_of_every_route(shell):
    """What the file says, where nothing is above it."""
    shell.store().close()
    ended = shell.run("switch", "show")
    assert (ended.code, [line.partition(":")[0] for line in ended.out.splitlines()]) == (
        0,
        ["address", "unsure", "blind", "plain"],
    )


def test_show_of_an_unknown_route_is_2(shell):
    """It says which there are."""
    shell.store().close()
    ended = shell.run("switch", "show", "adress")
    assert (ended.code, ended.err) == (
        2,
        'shadow: no route named "adress"; there is: address, unsure, blind, plain\n',
    )


def test_show_makes_no_store(shell):
    """Who looks changes nothing."""
    ended = shell.run("switch", "show")
    assert (ended.code, list(shell.folder.iterdir())) == (2, [shell.file])
    assert ended.err.startswith("shadow: there is no store at ")


def test_a_kill_of_everything_and_its_end(shell):
    """It needs no words: who is known, and why can wait."""
    killed = shell.run("kill")
    assert (killed.code, killed.out) == (0, "killed: every route\n")
    assert shown(shell)[0].startswith("address: killed, phase=shadow")
    revived = shell.run("revive", *WHO)
    assert (revived.code, revived.out) == (0, "revived: every route\n")
    assert shown(shell)[0].startswith("address: phase=shadow")
    assert shell.rows(AUDIT) == [
        (getpass.getuser(), "killed", "*", "no reason given", '{"killed":true}'),
        ("ops", "revived", "*", "two clean weeks", None),
    ]


def test_a_kill_of_one_route_leaves_the_others(shell):
    """And is lifted by its own name."""
    shell.run("kill", "address", *WHO)
    assert [shown(shell, route)[0].split()[1] for route in ("address", "blind")] == [
        "killed,",
        "phase=shadow",
    ]
    other = shell.run("revive")
    assert (other.code, other.err) == (
        2,
        "shadow: every route: nothing was killed under that name; see `shadow switch show`\n",
    )
    assert shell.run("revive", "address").code == 0


@pytest.mark.parametrize("command", ["kill", "revive"])
def test_an_unknown_route_is_2(shell, command):
    """A misspelt kill must not look like one."""
    ended = shell.run(command, "adress")
    assert (ended.code, ended.err) == (
        2,
        'shadow: no route named "adress"; there is: address, unsure, blind, plain\n',
    )


def test_a_user_without_a_name_can_kill(shell, monkeypatch):
    """As in a container whose user is only a number."""

    def nameless():
        raise OSError("no username set in the environment")

    monkeypatch.setattr(options.getpass, "getuser", nameless)
    assert shell.run("kill").code == 0
    assert re.fullmatch(r"uid \d+", shell.rows(AUDIT)[0][0])
