"""Fitting a combined estimator from what was recorded."""

from __future__ import annotations

from copy import deepcopy

import pytest

from comparators import Answer
from fallback.confidence.agreement import Agreement, Samples
from fallback.confidence.combined import Combined
from fallback.confidence.simple import Field
from fallback.words import Phase, Reason, Side
from shadow.config.hashes import model_hash
from shadow.config.model import Config
from shadow.fitting import FitError, fit_from_record, fit_from_rows
from shadow.ids import new_id
from shadow.record.exchange import Exchange
from shadow.record.store import open_store
from shadow.record.workers import Worker
from shadow.record.writer import Batch, Writer
from shadow.request import Observation, Request

SIGNALS = {"sure": {"use": "field", "options": {"pointer": "/sure"}}, "agree": {"use": "agreement"}}
FILE = {
    "legacy": {"url": "http://127.0.0.1:1"},
    "models": {"m": {"adapter": "passthrough", "url": "http://127.0.0.1:2"}},
    "routes": {
        "x": {
            "match": {"path": "/x"},
            "model": "m",
            "compare": [{"use": "json", "ignore": ["/sure"]}],
            "confidence": {"use": "combined", "options": {"signals": SIGNALS}},
            "rollout": {"phase": "shadow"},
        },
        "y": {"match": {"path": "/y"}, "model": "m", "confidence": {"use": "agreement"}},
        "z": {"match": {"path": "/z"}},
    },
}


def configured(signals=SIGNALS) -> Config:
    """Give the configuration with these signals."""
    file = deepcopy(FILE)
    file["routes"]["x"]["confidence"]["options"]["signals"] = signals
    return Config.model_validate(file)


@pytest.fixture
def store(tmp_path):
    """Record 120 reviewed answers: the model is right when it is surer, and agrees with legacy more often then."""
    url = f"sqlite:///{tmp_path / 'shadow.db'}"
    config = configured()
    rows = []
    for number in range(120):
        sure = (number % 10) / 10 + 0.05
        said = 1 if number % 3 else 2
        rows.append(
            Exchange(
                id=new_id(),
                at=number,
                route="x",
                phase=Phase.SHADOW,
                served=Side.LEGACY,
                reason=Reason.SHADOW,
                disposition=None,
                method="POST",
                path="/x",
                request=Request("POST", "/x", (), b"%d" % number),
                legacy=Observation(0.1, Answer.of(json={"a": 1})),
                model=Observation(0.1, Answer.of(json={"a": said, "sure": sure})),
                model_name="m",
                config_hash=model_hash(config.models["m"]),
            )
        )
    pen = Writer(lambda: open_store(url, busy=0.0))
    assert pen.write(Batch(rows=rows), Worker("w1", "proxy", "host", 1, started=0, seen=0)) == []
    pen.close()
    opened = open_store(url, busy=0.0)
    opened.db.execute("UPDATE exchanges SET state = 2, verdict = 'match'")
    for number, each in enumerate(rows):
        right = number % 10 > 4 or number % 7 == 0
        verdict = "model_right" if right else "neither"
        answer = None if right else b'{"a": 9}'
        opened.db.execute(
            "INSERT INTO reviews (id, exchange, at, by, verdict, right_answer) VALUES (?, ?, 1, 'ops', ?, ?)",
            (new_id(), each.id, verdict, answer),
        )
    yield opened
    opened.close()


def test_a_fit_is_of_the_reviewed_answers_of_an_earlier_period(store):
    """It knows its period and its loss, and that the surer the righter; each request counts once."""
    found = fit_from_record(store, configured(), "x", until=100)
    assert (found.rows, found.loss, found.route, found.since, found.until) == (100, "wrong", "x", None, 100)
    high, low = found.predict({"sure": 0.9, "agree": 1.0}), found.predict({"sure": 0.1, "agree": 1.0})
    assert (high > 0.8, low < 0.5) == (True, True)
    assert fit_from_record(store, configured(), "x", since=20, until=100).rows == 80


def test_another_models_answers_are_no_part_of_it(store):
    """Of a model that was changed since nobody knows how sure it would be."""
    store.db.execute("UPDATE exchanges SET config_hash = 'another'")
    with pytest.raises(FitError, match="no signals"):
        fit_from_record(store, configured(), "x", until=100)


def test_agreement_is_not_fitted_to_agreement(store):
    """It would foretell itself."""
    with pytest.raises(FitError, match="agree: agreement with legacy foretells divergence"):
        fit_from_record(store, configured(), "x", until=100, loss="divergence")
    alone = configured({"sure": SIGNALS["sure"]})
    assert fit_from_record(store, alone, "x", until=100, loss="divergence").wrong == 34


@pytest.mark.parametrize(
    ("route", "part"),
    [("w", 'no route named "w"'), ("y", "only combined"), ("z", "has no model")],
)
def test_what_cannot_be_fitted_is_told(store, route, part):
    """In words."""
    with pytest.raises(FitError, match=part):
        fit_from_record(store, configured(), route, until=100)


def test_the_rows_of_a_replay_can_be_fitted():
    """Those with other signals are left out; where samples are missing the message says where they are."""
    combined = Combined(signals={"sure": Field("/sure"), "again": Samples()})
    rows = [
        {"signals": {"sure": 0.1 + 0.1 * (n % 8), "again": 0.2 * (n % 5)}, "loss": int(n % 8 < 3)}
        for n in range(80)
    ]
    assert (
        fit_from_rows(
            [*rows, {"loss": 0}, {"signals": {"sure": 0.5}, "loss": 0}], combined, loss="wrong"
        ).rows
        == 80
    )
    empty = [{"signals": {"sure": 0.5, "again": None}, "loss": 0}] * 80
    with pytest.raises(FitError, match=r"0 labelled rows .* replay it"):
        fit_from_rows(empty, combined, loss="divergence")
    with pytest.raises(FitError, match="foretells"):
        fit_from_rows(rows, Combined(signals={"agree": Agreement()}), loss="divergence")


def test_rows_weigh_as_they_were_drawn():
    """One that stands for four counts like four."""
    combined = Combined(signals={"sure": Field("/sure")})
    rows = [{"signals": {"sure": n % 10 / 10 + 0.05}, "loss": int(n % 10 < 4)} for n in range(100)]
    rows += [{"signals": {"sure": 0.05}, "loss": 0}] * 10
    heavy = [{**row, "probability": 0.25} if row["loss"] == 0 else row for row in rows]
    fourfold = [each for row in rows for each in [row] * (1 if row["loss"] else 4)]
    asked = {"sure": 0.5}
    found = fit_from_rows(heavy, combined, loss="wrong").predict(asked)
    assert found == pytest.approx(fit_from_rows(fourfold, combined, loss="wrong").predict(asked), abs=0.01)
    assert found > fit_from_rows(rows, combined, loss="wrong").predict(asked) + 0.05
