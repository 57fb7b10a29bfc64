"""What is in force, and how a person's settings are read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fallback.switch import Grant, Override, Switch, certified, in_force, parse_settings
from fallback.words import Phase

FILE = Switch(Phase.SHADOW, sample=1.0, exposure=0.1, threshold=0.8, patience=0.3)


def test_without_overrides_the_file_is_in_force():
    """Nothing is added."""
    assert in_force(FILE, [], 0) == FILE


def test_an_override_lies_above_the_file():
    """As it comes from the store, a phase is a word."""
    found = in_force(FILE, [Override("phase", "canary"), Override("exposure", 0.25)], 0)
    assert (found.phase, found.exposure, found.threshold) == (Phase.CANARY, 0.25, 0.8)


@pytest.mark.parametrize(("now", "expected"), [(9, 0.5), (10, 0.1), (11, 0.1)])
def test_an_override_lapses(now, expected):
    """At its end it is over."""
    assert in_force(FILE, [Override("exposure", 0.5, 10)], now).exposure == expected


def test_a_kill_is_in_force_from_wherever_it_comes():
    """Every route's kill comes first in order, a route's own after it."""
    assert in_force(FILE, [Override("killed", True)], 0).killed  # noqa: FBT003 - an override's value


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("phase", "loud"),
        ("exposure", 1.5),
        ("exposure", True),
        ("threshold", "high"),
        ("patience", -1),
        ("patience", float("inf")),
        ("killed", "no"),
        ("mood", 1),
    ],
)
def test_an_override_nobody_can_read_kills(key, value):
    """In doubt the model is left alone; the rest stays as the file says."""
    found = in_force(FILE, [Override(key, value)], 0)
    assert found.killed
    assert found.exposure == 0.1


def test_settings_are_read_as_a_person_types_them():
    """Shares as numbers or percentages, durations with units."""
    pairs = ["phase=canary", "exposure=25%", "threshold=0.8", "patience=300ms", "sample=1"]
    expected = {"phase": Phase.CANARY, "exposure": 0.25, "threshold": 0.8, "patience": 0.3, "sample": 1.0}
    assert parse_settings(pairs) == expected


@pytest.mark.parametrize(
    ("pair", "part"),
    [
        ("phase", "key=value"),
        ("mood=good", "phase, sample, exposure, threshold, patience"),
        ("phase=loud", "off, shadow, canary, live"),
        ("exposure=1.5", "from 0 to 1"),
        ("exposure=101%", "from 0 to 1"),
        ("threshold=nan", "from 0 to 1"),
        ("patience=300", "unit"),
        ("patience=-1s", "unit"),
    ],
)
def test_a_wrong_setting_is_named(pair, part):
    """The message holds the setting and what it should be."""
    with pytest.raises(ValueError, match=part) as raised:
        parse_settings([pair])
    assert pair in str(raised.value)


def test_all_problems_come_in_one_message():
    """Nobody has to try three times."""
    with pytest.raises(ValueError, match=r"mood=1.*exposure=2.*sample is set twice"):
        parse_settings(["mood=1", "exposure=2", "sample=1", "sample=0"])


CERTIFIED = Switch(Phase.LIVE, certified=True)
GRANT = Grant("c1", "basis", None, {"": 0.7})


def test_a_certificate_gives_the_threshold():
    """And is named by what is decided with it."""
    found = certified(CERTIFIED, GRANT, "basis")
    assert (found.threshold, found.certificate, found.certified) == (0.7, "c1", True)


@pytest.mark.parametrize(
    "grant", [None, GRANT, Grant("c2", "now", None, {"": None}), Grant("c3", "now", None, {})]
)
def test_without_a_certificate_of_what_runs_there_is_no_threshold(grant):
    """None at all, one that stands on something else, one that says never, one that says nothing."""
    found = certified(replace(CERTIFIED, threshold=0.2), grant, "now")
    assert (found.threshold, found.certificate, found.certified) == (None, None, True)


@pytest.mark.parametrize(("by_hand", "expected"), [(0.9, 0.9), (0.1, 0.7)])
def test_a_threshold_set_by_hand_can_only_be_stricter(by_hand, expected):
    """Nobody proved the looser one."""
    assert certified(replace(CERTIFIED, threshold=by_hand), GRANT, "basis").threshold == expected


def test_each_value_of_a_cohort_has_its_own_threshold():
    """A value that nobody certified has none, and so has a request without that cohort."""
    grant = Grant("c1", "basis", "language", {"de": 0.7, "en": None})
    found = certified(CERTIFIED, grant, "basis")
    thresholds = [found.of([("tier", "gold"), ("language", value)]).threshold for value in ("de", "en", "fr")]
    assert thresholds == [0.7, None, None]
    assert found.of([("language", "de")]).certificate == "c1"
    assert found.of([("language", "en")]).certificate is None
    assert found.of([("tier", "gold")]) is found
    assert found.of([]) is found
