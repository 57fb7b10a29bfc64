"""What is kept of a replay, and when it is the same one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shadow.config.model import Config
from shadow.replay.ledger import hash_of, open_replay, rows, spent, write
from shadow.replay.measure import Measured

FULL = Measured(
    "e1",
    5,
    "f1",
    {"language": "de"},
    seconds=0.5,
    problem=None,
    confidence=0.9,
    verdict="diverged",
    divergence=0.25,
    paths=(("json", "/a"), ("json", "/b")),
    signals={"sure": 0.9, "agree": None},
    tokens_in=3,
    tokens_out=4,
    cost=0.5,
    before_model="old",
    before_version="v1",
    before_confidence=0.7,
    before_verdict="match",
    before_divergence=0.0,
    before_paths=(),
    wrong=True,
    regret=False,
)


def opened(shelf, config=None, model="new", *, anew=False):
    """Open a replay of the route to a model."""
    return open_replay(shelf.store, config or shelf.config, "x", model, now=shelf.replay.began + 1, anew=anew)


def changed(shelf, change):
    """Give the configuration with something changed."""
    change(shelf.file["routes"]["x"], shelf.file["models"]["new"])
    return Config.model_validate(shelf.file)


def test_a_replay_goes_on_where_it_ended(shelf):
    """Unless another is asked for, which is the one to go on with from then on."""
    assert opened(shelf) == shelf.replay
    anew = opened(shelf, anew=True)
    assert (anew.id != shelf.replay.id, opened(shelf)) == (True, anew)


@pytest.mark.parametrize(
    "change",
    [
        lambda _, model: model.update(version="v3"),
        lambda _, model: model.update(url="http://127.0.0.1:3"),
        lambda route, _: route.update(compare=[{"use": "exact"}]),
        lambda route, _: route["confidence"].update(options={"pointer": "/other"}),
    ],
)
def test_another_model_panel_or_estimator_is_another_replay(shelf, change):
    """Its answers cannot stand beside those of the one before."""
    assert opened(shelf, changed(shelf, change)).id != shelf.replay.id


def test_what_changes_no_answer_is_the_same_replay(shelf):
    """Such as a threshold."""
    config = changed(shelf, lambda route, _: route["confidence"].update(threshold=0.9))
    assert hash_of(config.routes["x"], config.models["new"]) == shelf.replay.hash
    assert opened(shelf, model="old").id != shelf.replay.id


def test_rows_come_back_as_they_were_written(shelf):
    """In the order of their exchanges' time, from a time on."""
    earlier = replace(FULL, exchange="e0", at=1)
    write(shelf.store, shelf.replay.id, [FULL, earlier])
    assert list(rows(shelf.store, shelf.replay.id)) == [earlier, FULL]
    assert list(rows(shelf.store, shelf.replay.id, 2)) == [FULL]
    assert spent(shelf.store, shelf.replay.id) == 1.0
    assert (list(rows(shelf.store, "another")), spent(shelf.store, "another")) == ([], 0.0)


def test_a_second_try_takes_the_place_of_the_first(shelf):
    """One row for each exchange."""
    write(shelf.store, shelf.replay.id, [Measured("e1", 5, "f1", failure="late")])
    write(shelf.store, shelf.replay.id, [FULL])
    assert list(rows(shelf.store, shelf.replay.id)) == [FULL]
