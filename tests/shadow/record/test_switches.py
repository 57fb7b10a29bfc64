"""Overrides."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import Any

import pytest

from shadow.errors import ShadowError
from shadow.record.audit import verify
from shadow.record.store import Store, open_store
from shadow.record.switches import Override, clear, kill, read, revision, revive, set_override, set_overrides

HALF = Override("address", "exposure", 0.5, "ops", "try it", at=10)


def log(store: Store) -> list[tuple[Any, ...]]:
    """Read what the audit log says, in order."""
    return store.db.execute("SELECT what, route, who, why, before, after FROM audit ORDER BY seq").fetchall()


def test_an_override_is_read_as_it_was_set(store: Store) -> None:
    """With who, why and when."""
    set_override(store, HALF)
    assert read(store, now=11) == [HALF]


def test_a_later_override_takes_the_place_of_the_one_before(store: Store) -> None:
    """And the log tells both."""
    later = replace(HALF, value=0.1, at=20, until=30, why="less")
    set_override(store, HALF)
    set_override(store, later)
    assert read(store, now=21) == [later]
    assert log(store) == [
        ("switch_set", "address", "ops", "try it", None, '{"exposure":0.5}'),
        ("switch_set", "address", "ops", "less", '{"exposure":0.5}', '{"exposure":0.1,"until":30}'),
    ]


def test_a_lapsed_override_is_not_read(store: Store) -> None:
    """From its end on."""
    set_override(store, replace(HALF, until=30))
    assert [len(read(store, now=29)), len(read(store, now=30))] == [1, 0]


def test_clearing_takes_an_override_away(store: Store) -> None:
    """There may be none to clear: that is said and not logged."""
    set_override(store, HALF)
    gone = replace(HALF, by="sre", why="done", at=20)
    assert [clear(store, gone), clear(store, gone)] == [True, False]
    assert read(store, now=21) == []
    assert log(store)[1:] == [("switch_cleared", "address", "sre", "done", '{"exposure":0.5}', None)]


def test_a_kill_survives_a_restart_until_it_is_revived(url: str) -> None:
    """It is no state of a process."""
    first = open_store(url)
    kill(first, "*", by="ops", why="on fire", at=1)
    first.close()
    second = open_store(url)
    assert [(o.route, o.key, o.value) for o in read(second, now=2)] == [("*", "killed", True)]
    assert revive(second, "*", by="ops", why="put out", at=3)
    assert read(second, now=4) == []
    assert [(row[0], row[3]) for row in log(second)] == [("killed", "on fire"), ("revived", "put out")]
    assert verify(second) is None
    second.close()


def test_reviving_lifts_exactly_the_kill_of_that_scope(store: Store) -> None:
    """A route killed by itself stays killed when everything else is revived."""
    kill(store, "address", by="ops", why="x", at=1)
    assert not revive(store, "*", by="ops", why="x", at=2)
    assert [o.route for o in read(store, now=3)] == ["address"]


def test_the_revision_grows_with_every_change(store: Store) -> None:
    """And stays while nothing changes."""
    seen = [revision(store)]
    assert set_override(store, HALF) == revision(store)
    seen.append(revision(store))
    kill(store, "*", by="a", why="b", at=1)
    seen.append(revision(store))
    revive(store, "*", by="a", why="b", at=1)
    seen += [revision(store), revision(store)]
    assert seen == [0, 1, 2, 3, 3]


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("exposition", 1, "does not exist: known are phase, sample, exposure, threshold, patience, killed"),
        ("phase", "on", "must be one of off, shadow, canary, live, not 'on'"),
        ("phase", None, "must be one of"),
        ("sample", 1.5, "must be a number from 0 to 1, not 1.5"),
        ("exposure", True, "must be a number from 0 to 1, not True"),
        ("threshold", float("nan"), "must be a number from 0 to 1"),
        ("patience", -1, "must be seconds, 0 or more"),
        ("patience", float("inf"), "must be seconds, 0 or more"),
        ("killed", False, r"must be true \(revive lifts it\)"),
    ],
)
def test_a_value_out_of_range_is_refused(store: Store, key: str, value: Any, problem: str) -> None:
    """Naming the route, the key, and what would do."""
    with pytest.raises(ShadowError, match=f"the switch {key} of route address {problem}"):
        set_override(store, replace(HALF, key=key, value=value))
    assert revision(store) == 0


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"by": " "}, "by whom"),
        ({"why": ""}, "why it is changed"),
        ({"route": ""}, "names no route"),
        ({"until": 10}, "ends before it begins"),
    ],
)
def test_a_change_nobody_answers_for_is_refused(store: Store, changes: dict, problem: str) -> None:
    """So is one that lapsed before it was made."""
    with pytest.raises(ShadowError, match=problem):
        set_override(store, replace(HALF, **changes))


def test_killing_and_reviving_need_a_name_and_a_reason(store: Store) -> None:
    """In haste, too: the log must tell later."""
    with pytest.raises(ShadowError, match="by whom"):
        kill(store, "*", by="", why="x", at=1)
    with pytest.raises(ShadowError, match="why it is changed"):
        revive(store, "*", by="ops", why="", at=1)
    with pytest.raises(ShadowError, match="why it is changed"):
        clear(store, replace(HALF, why=""))


@pytest.mark.parametrize(
    ("key", "value"), [("phase", "live"), ("sample", 0), ("threshold", 1.0), ("patience", 0.3)]
)
def test_every_switch_takes_its_values(store: Store, key: str, value: Any) -> None:
    """The ends of a range belong to it."""
    set_override(store, replace(HALF, key=key, value=value))
    assert [(o.key, o.value) for o in read(store, now=11)] == [(key, value)]


def test_overrides_set_together_are_in_force_together(store: Store) -> None:
    """With one revision at the end, and a row in the log for each."""
    phase = replace(HALF, key="phase", value="canary")
    assert set_overrides(store, [phase, HALF]) == revision(store) == 2
    assert read(store, now=11) == [HALF, phase]
    assert [after for *_, after in log(store)] == ['{"phase":"canary"}', '{"exposure":0.5}']


def test_one_override_that_cannot_be_keeps_all_from_being_set(store: Store) -> None:
    """And every problem is told."""
    wrong = [replace(HALF, value=2), HALF, replace(HALF, key="speed")]
    with pytest.raises(ShadowError) as caught:
        set_overrides(store, wrong)
    assert str(caught.value) == (
        "the switch exposure of route address must be a number from 0 to 1, not 2; the switch speed of route"
        " address does not exist: known are phase, sample, exposure, threshold, patience, killed"
    )
    assert (read(store, now=11), log(store)) == ([], [])


def test_a_failure_half_way_leaves_none_of_them_in_force(store: Store) -> None:
    """Nobody is exposed by half a change."""
    store.db.execute(
        "CREATE TRIGGER half BEFORE INSERT ON switches WHEN NEW.key = 'exposure'"
        " BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    with pytest.raises(sqlite3.IntegrityError):
        set_overrides(store, [replace(HALF, key="phase", value="canary"), HALF])
    assert (read(store, now=11), log(store)) == ([], [])


def test_setting_nothing_changes_nothing(store: Store) -> None:
    """The revision stays what it is."""
    set_override(store, HALF)
    assert set_overrides(store, []) == 1
