"""The difference between two sets of differences."""

from __future__ import annotations

import msgspec
import pytest

from shadow.rescore.diff import EXAMPLES, PATHS, Diff, change_of
from shadow.scorer.sums import Judged, Told


def judged(verdict, *told):
    """Give a judgement."""
    return Judged(verdict, 0.5, None, told)


def far(label="json", *pointers):
    """Give a comparator's number above its tolerance."""
    return Told(label, 0.5, over=True, pointers=pointers or ("/a",))


def near(label="json"):
    """Give one within."""
    return Told(label, 0.0, over=False, pointers=())


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("match", "match", None),
        ("match", "diverged", "newly_diverging"),
        ("diverged", "match", "newly_agreeing"),
        ("diverged", "not_comparable", "no_longer_comparable"),
        ("not_comparable", "match", "newly_comparable"),
        ("not_comparable", "diverged", "newly_comparable"),
        ("not_comparable", "not_comparable", None),
    ],
)
def test_each_change_of_a_verdict_has_a_name(old, new, told):
    """Or is none."""
    assert change_of(old, new) == told


def test_changes_are_counted_with_examples_of_where():
    """The places that differ now and did not before, or the reverse."""
    diff = Diff()
    diff.add("x1", judged("match", near()), judged("diverged", far("json", "/a", "/b")))
    diff.add("x2", judged("diverged", far("json", "/a", "/b")), judged("match", near()))
    diff.add("x3", judged("diverged", far()), judged("diverged", far("json", "/b")))
    assert (diff.scored, diff.unchanged) == (3, 1)
    assert (diff.changes["newly_diverging"], diff.changes["newly_agreeing"]) == (1, 1)
    assert diff.before == {"match": 1, "diverged": 2, "not_comparable": 0}
    (example,) = diff.examples["newly_diverging"]
    assert (example.exchange, example.paths) == ("x1", ("json /a", "json /b"))


def test_comparators_are_counted_on_both_sides():
    """One that is new, or is gone, was not measured on the other."""
    diff = Diff()
    diff.add("x1", judged("match", near(), near("old")), judged("diverged", far(), near("new")))
    told = {label: msgspec.structs.astuple(sides) for label, sides in diff.comparators.items()}
    assert told == {"json": (1, 0, 1, 1, 1, 0), "old": (1, 0, 0, 0, 0, 0), "new": (0, 0, 1, 0, 0, 0)}


def test_a_comparator_of_the_whole_is_named_alone():
    """It has no place."""
    diff = Diff()
    diff.add("x1", judged("match"), judged("diverged", Told("exact", 1.0, over=True, pointers=())))
    assert diff.examples["newly_diverging"][0].paths == ("exact",)


def test_examples_have_an_end():
    """Exchanges and their places."""
    diff = Diff()
    for i in range(EXAMPLES + 3):
        diff.add(
            str(i), judged("match"), judged("diverged", far("json", *(f"/{n}" for n in range(PATHS + 5))))
        )
    assert (len(diff.examples["newly_diverging"]), diff.changes["newly_diverging"]) == (
        EXAMPLES,
        EXAMPLES + 3,
    )
    assert len(diff.examples["newly_diverging"][0].paths) == PATHS


def test_a_diff_can_be_kept_and_gone_on_with():
    """As JSON."""
    diff = Diff()
    diff.add("x1", judged("match", near()), judged("diverged", far()))
    diff.skip("bodies not kept")
    again = msgspec.json.decode(msgspec.json.encode(diff), type=Diff)
    again.add("x2", judged("match", near()), judged("match", near()))
    assert (again.unchanged, again.scored, again.skipped) == (1, 2, {"bodies not kept": 1})
