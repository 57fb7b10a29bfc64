"""Scoring stored answers anew."""

from __future__ import annotations

import pytest

from fallback.words import Disposition
from shadow.errors import ShadowError
from shadow.record import audit
from shadow.rescore import run as module

OLD = {"street": "Main St", "took": 1}
NEW = {"street": "Main Street", "took": 2}


@pytest.fixture
def scored(shelf, make, panels):
    """Score three exchanges strictly, then configure a mild panel."""
    shelf.record(make(OLD, OLD), make(OLD, NEW), make(OLD, {"street": "Elm", "took": 1}))
    shelf.compare_by(panels[1])
    return shelf


def test_without_apply_it_only_tells(scored):
    """Nothing is written."""
    before = scored.state()
    diff = scored.rescore(apply=False).standing.diff
    assert (
        diff.changes["newly_agreeing"],
        diff.unchanged,
        diff.before["diverged"],
        diff.after["diverged"],
    ) == (
        0,
        3,
        2,
        2,
    )
    assert (scored.state(), scored.rows("SELECT count(*) FROM audit")) == (before, [(0,)])


def test_a_changed_panel_moves_verdicts(shelf, make):
    """Into agreement here, with the place that no longer differs."""
    shelf.record(make(OLD, OLD | {"took": 9}))
    shelf.compare_by("[{use: json, ignore: [/took]}]")
    diff = shelf.rescore(apply=False).standing.diff
    assert diff.changes["newly_agreeing"] == 1
    assert diff.examples["newly_agreeing"][0].paths == ("json /took",)


def test_apply_rewrites_and_is_told_in_the_audit_trail(shelf, make):
    """With who and why, at the beginning and at the end."""
    shelf.record(make(OLD, OLD | {"took": 9}))
    shelf.compare_by("[{use: json, ignore: [/took]}]")
    shelf.rescore()
    assert shelf.rows("SELECT verdict, divergence FROM exchanges") == [("match", 0.0)]
    assert shelf.rows("SELECT what, who, why, route FROM audit ORDER BY seq") == [
        ("rescore_begun", "ops", "test", "address"),
        ("rescored", "ops", "test", "address"),
    ]
    with shelf.store() as store:
        assert audit.verify(store) is None
    assert shelf.rows("SELECT count(*) FROM rescores") == [(0,)]


def test_what_is_no_longer_comparable_moves_its_disposition(shelf, make):
    """In the row, the tallies and the roll-ups; and back."""
    shelf.record(make(OLD, OLD))
    first = shelf.state()
    shelf.compare_by("[{use: number, pointer: /street}]")
    assert shelf.rescore().standing.diff.changes["no_longer_comparable"] == 1
    assert shelf.state()["tallies"] == [("not_comparable", 1)]
    assert shelf.rows("SELECT disposition, verdict FROM exchanges") == [("not_comparable", "not_comparable")]
    shelf.compare_by("[{use: json}]")
    assert shelf.rescore().standing.diff.changes["newly_comparable"] == 1
    assert shelf.state() == first


def test_one_that_was_stopped_goes_on_where_it_was(scored, monkeypatch):
    """Each batch once; the counts are of all."""
    monkeypatch.setattr(module, "BATCH", 1)
    taken = []

    class StoppedError(Exception):
        pass

    take_one = module.Rescoring._take_one

    def stop(self, connection, asked, judgement):
        if len(taken) == 2:
            raise StoppedError
        taken.append(asked[0].exchange.id)
        take_one(self, connection, asked, judgement)

    with monkeypatch.context() as patch:
        patch.setattr(module.Rescoring, "_take_one", stop)
        with pytest.raises(StoppedError):
            scored.rescore()
    with scored.store() as store:
        assert scored.rescoring(store).standing.diff.scored == 2
    standing = scored.rescore().standing
    assert (standing.resumed, standing.diff.scored) == (True, 3)


def test_it_begins_anew_where_it_is_told_to_or_the_panel_changed(scored, monkeypatch, panels):
    """Half of one panel and half of another would be nobody's."""
    with scored.store() as store:
        scored.rescoring(store)
        assert scored.rescoring(store).standing.resumed
        assert not scored.rescoring(store, restart=True).standing.resumed
        scored.compare_by(panels[0])
        assert not scored.rescoring(store).standing.resumed


def test_two_at_once_are_one_too_many(scored):
    """The later one undoes its batch and says so."""
    with scored.store() as one, scored.store() as other:
        first, second = scored.rescoring(one), scored.rescoring(other)
        first.run(scored.file, {}, quiet)
        with pytest.raises(ShadowError, match="another rescoring of route address is under way"):
            second.run(scored.file, {}, quiet)
    assert scored.rows("SELECT sum(n) FROM tallies") == [(3,)]


def quiet(_what, _total):
    """Show nothing."""
    from contextlib import nullcontext

    return nullcontext(lambda _n: None)


def test_answers_that_were_not_kept_stay_as_they_were_scored(shelf, make, panels):
    """Their number is told."""
    shelf.compare_by(panels[0], keep="hashed")
    shelf.record(make(OLD, NEW))
    before = shelf.state()
    shelf.compare_by(panels[1], keep="hashed")
    diff = shelf.rescore().standing.diff
    assert (diff.skipped, diff.scored, shelf.state()) == ({"bodies not kept": 1}, 0, before)


def test_answers_of_a_model_that_is_gone_stay_as_they_were_scored(shelf, make, panels):
    """Nobody can read them any more."""
    shelf.record(make(OLD, NEW, model_name="gone"))
    shelf.compare_by(panels[1])
    assert shelf.rescore().standing.diff.skipped == {"model not configured any more": 1}


def test_only_what_lies_in_the_span_is_scored_anew(shelf, make):
    """And only what both sides answered."""
    late = make(OLD, NEW, disposition=Disposition.MODEL_LATE)
    shelf.record(make(OLD, NEW, at=late.at - 3_600_000_000), make(OLD, NEW), late)
    assert shelf.rescore(since=late.at).standing.diff.scored == 1


def test_another_version_of_the_model_is_counted(shelf, make):
    """Its replies are read as this one's are."""
    shelf.record(make(OLD, NEW, config_hash="another"))
    assert shelf.rescore(apply=False).standing.diff.other_model == 1


@pytest.mark.slow
def test_several_processes_do_the_same(scored, monkeypatch):
    """To the last sum."""
    monkeypatch.setattr(module, "BATCH", 1)
    diff = scored.rescore(apply=False, jobs=2).standing.diff
    assert diff == scored.rescore(apply=False).standing.diff
