"""A judge on a real socket, asked by a real scorer; and rescoring, which asks nobody unless it is told to."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import nullcontext

import pytest

from comparators import Answer
from shadow.clock import SystemClock
from shadow.config.load import load
from shadow.record.rollup import Rollup
from shadow.record.store import open_store
from shadow.record.workers import Worker
from shadow.record.writer import Batch, Writer
from shadow.request import Request
from shadow.rescore.run import Order, Rescoring, plan_of
from shadow.scorer.role import Scorer
from tests.e2e.asked import asked
from tests.shadow.recording import exchange_of

CONFIG = """
legacy: {url: "http://127.0.0.1:1"}
models: {parser: {adapter: passthrough, url: "http://127.0.0.1:2"}}
judges: {fair: {adapter: openai, url: "http://127.0.0.1:PORT/v1", model: m, price: {per_call: 0.01}}}
embeddings: {mini: {adapter: openai, url: "http://127.0.0.1:PORT/v1"}}
routes:
  address:
    match: {path: /v1/address}
    model: parser
    compare:
      - {use: judge, judge: fair}
      - {use: embedding, embedding: mini, tolerance: TOLERANCE}
    rollout: {phase: shadow}
"""


@pytest.fixture
def models():
    """Serve both on a port of their own."""
    with asked() as server:
        yield server


@pytest.fixture
def file(tmp_path, models):
    """Give the function that writes the configuration with a tolerance."""

    def write(tolerance):
        text = CONFIG.replace("PORT", str(models.server_port)).replace("TOLERANCE", str(tolerance))
        (tmp_path / "shadow.yaml").write_text(text)
        return tmp_path / "shadow.yaml"

    return write


def exchange(old, new):
    """Make an exchange of two texts."""
    request = Request("POST", "/v1/address", (), b"where?")
    return exchange_of(Answer.of(text=old), Answer.of(text=new), at=SystemClock().now(), request=request)


@pytest.fixture
def store(file, models, tmp_path):
    """Give a store of three exchanges, scored with both of them asked."""
    url = f"sqlite:///{tmp_path / 'shadow.db'}"
    pen = Writer(lambda: open_store(url))
    rows = (exchange("Main St", "Main Street"), exchange("Elm", "Oak"), exchange("same", "same"))
    now = SystemClock().now()
    assert pen.write(Batch(rows=rows), Worker("w1", "proxy", "host", 1, started=now, seen=now)) == []
    pen.close()
    scorer = Scorer(load(file(0), environ={}), SystemClock())
    pause = threading.Event()
    while scorer.scored < 3:
        scorer.step()
        pause.wait(0.005)
    scorer.close()
    opened = open_store(url)
    yield opened
    opened.close()


def rescore(store, path, **changes):
    """Score everything anew, and give what changes."""
    config = load(path, environ={})
    order = Order(
        plan_of(config, "address", apply=True, span="", ask=changes.get("ask", False)),
        0,
        "ops",
        "test",
        SystemClock().now(),
        **changes,
    )
    rescoring = Rescoring(store, config, order)
    rescoring.run(path, {}, lambda _what, _total: nullcontext(lambda _n: None))
    return rescoring.standing.diff


def verdicts(store):
    """Give every verdict, in order."""
    return [row[0] for row in store.db.execute("SELECT verdict FROM exchanges ORDER BY seq").fetchall()]


def opinions(store):
    """Give every opinion, in order."""
    return [
        row[0]
        for row in store.db.execute(
            "SELECT preferred FROM opinions AS o JOIN exchanges AS e ON e.id = o.exchange ORDER BY seq"
        ).fetchall()
    ]


def over(store):
    """Tell of each of the judge's scores whether it is above tolerance, in order."""
    return [
        row[0]
        for row in store.db.execute(
            "SELECT over FROM scores AS s JOIN exchanges AS e ON e.id = s.exchange"
            " WHERE comparator = 'judge' ORDER BY seq"
        ).fetchall()
    ]


def preferred(store):
    """Give the sums of what is preferred."""
    sums = [Rollup.loads(text) for (text,) in store.db.execute("SELECT sums FROM rollups").fetchall()]
    counts = sum((each.counts for each in sums), start=Counter())
    return {key: n for key, n in counts.items() if key.startswith("preferred:") and n}


def test_both_are_asked_about_what_differs(store, models):
    """The embedding makes the verdict, the judge has its opinion beside it; what it cost is booked."""
    assert (len(models.judged), len(models.embedded)) == (4, 4)
    assert verdicts(store) == ["diverged", "match", "match"]
    assert opinions(store) == ["model", "tie", "tie"]
    assert store.db.execute("SELECT sum(cost) FROM asked_days").fetchone()[0] == pytest.approx(0.04)


def test_rescoring_asks_nobody(store, models, file):
    """A changed tolerance moves the verdict; the judge's opinion stays."""
    diff = rescore(store, file(0.5))
    assert (diff.changes["newly_agreeing"], diff.scored, verdicts(store)) == (1, 3, ["match"] * 3)
    assert store.db.execute("SELECT count(*) FROM scores WHERE comparator = 'judge'").fetchone() == (3,)
    assert models.calls == 8


def test_of_another_version_they_are_asked_if_that_is_told(store, models, file):
    """Without it those exchanges keep their scores."""
    path = file(0)
    path.write_text(path.read_text().replace("mini: {", 'mini: {version: "2", '))
    found = [rescore(store, path, ask=ask) for ask in (False, True)]
    assert [(diff.scored, sum(diff.skipped.values())) for diff in found] == [(1, 2), (3, 0)]
    assert (models.calls, verdicts(store)) == (12, ["diverged", "match", "match"])


def test_one_that_cannot_be_asked_leaves_the_scores_as_they_are(store, models, file):
    """A server that is down is no reason to call answers incomparable."""
    path = file(0)
    path.write_text(path.read_text().replace("mini: {", 'mini: {version: "2", '))
    models.status = 503
    diff = rescore(store, path, ask=True)
    assert (diff.scored, sum(diff.skipped.values()), verdicts(store)) == (
        1,
        2,
        ["diverged", "match", "match"],
    )


def test_a_judge_with_another_rubric_is_asked_if_that_is_told(store, models, file):
    """Its new opinions stand in the place of the old ones, in the sums, too, and what they cost is booked."""
    path = file(0)
    path.write_text(path.read_text().replace("model: m,", 'model: m, rubric: "The shorter one.",'))
    models.shorter = True
    diff = rescore(store, path)
    assert (models.calls, opinions(store)) == (8, ["model", "tie", "tie"])
    diff = rescore(store, path, ask=True)
    assert (diff.scored, diff.unsaid, models.calls) == (3, {}, 12)
    assert opinions(store) == ["legacy", "tie", "tie"]
    assert preferred(store) == {"preferred:judge:legacy": 1, "preferred:judge:tie": 2}
    assert store.db.execute("SELECT sum(cost) FROM asked_days").fetchone()[0] == pytest.approx(0.08)


def test_a_judge_s_word_is_held_against_a_changed_tolerance_without_asking(store, models, file):
    """What is kept of it is enough."""
    path = file(0)
    path.write_text(path.read_text().replace("judge: fair}", "judge: fair, tolerance: 1}"))
    assert over(store) == [1, 0, 0]
    rescore(store, path)
    assert (over(store), models.calls, opinions(store)) == ([0, 0, 0], 8, ["model", "tie", "tie"])


def test_a_judge_without_budget_leaves_what_it_said(store, models, file):
    """The rescoring tells how often, and the verdicts do not need it."""
    path = file(0)
    path.write_text(
        path.read_text().replace("model: m,", 'model: m, rubric: "Another.", budget: {per_day: 0.01},')
    )
    diff = rescore(store, path, ask=True)
    assert (diff.scored, diff.unsaid) == (3, {"judge fair: over budget": 2})
    assert (models.calls, opinions(store)) == (8, ["model", "tie", "tie"])
