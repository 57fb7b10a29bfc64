"""`shadow compare --ask`: a judge and an embedding on real sockets, asked about the pairs of two files."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from shadow.cli.compare import compare
from tests.e2e.asked import asked

CONFIG = """
legacy: {url: "http://127.0.0.1:1"}
models: {parser: {adapter: passthrough, url: "http://127.0.0.1:2"}}
judges: {fair: {adapter: openai, url: "http://127.0.0.1:PORT/v1", model: m, price: {per_call: 0.01}, LIMITS}}
embeddings: {mini: {adapter: openai, url: "http://127.0.0.1:PORT/v1"}}
routes:
  address:
    match: {path: /v1/address}
    model: parser
    compare:
      - {use: judge, judge: fair, pointer: /text}
      - {use: embedding, embedding: mini, pointer: /text, tolerance: 0.001}
    rollout: {phase: shadow}
"""
ROWS = {"a": ("same", "same"), "b": ("one", "other"), "c": ("aaaa", "bbbb"), "d": ("one", "other")}


@pytest.fixture
def models():
    """Serve both on a port of their own."""
    with asked() as server:
        yield server


@pytest.fixture
def run(tmp_path, models):
    """Give the function that compares the rows and reads what is told."""

    def compared(*words, limits=""):
        text = CONFIG.replace("PORT", str(models.server_port)).replace(", LIMITS", limits and f", {limits}")
        (tmp_path / "shadow.yaml").write_text(text)
        for side, name in enumerate(("l", "m")):
            lines = [
                json.dumps({"id": key, "answer": {"text": texts[side]}, "request": "where?"})
                for key, texts in ROWS.items()
            ]
            (tmp_path / f"{name}.jsonl").write_text("\n".join(lines))
        files = [str(tmp_path / name) for name in ("l.jsonl", "m.jsonl")]
        return CliRunner().invoke(
            compare, [*files, "-c", str(tmp_path / "shadow.yaml"), "--route", "address", *words]
        )

    return compared


def test_without_asking_they_are_left_out_and_named(run, models):
    """Nobody is called, and nothing is left that could be compared."""
    told = json.loads(run("--format", "json").stdout)
    assert told["left_out"] == ["judge/text", "embedding/text"]
    assert (told["verdicts"]["not_comparable"], told["asked"], models.calls) == (4, {}, 0)


def test_they_are_asked_about_what_differs_and_not_about_what_is_equal(run, models):
    """The embedding makes the verdict; what the judge prefers and what it cost is told beside it."""
    told = json.loads(run("--ask", "--format", "json").stdout)
    assert told["verdicts"] == {"match": 2, "diverged": 2, "not_comparable": 0}
    assert told["opinions"] == {"judge/text": {"tie": 2, "model": 2}}
    assert told["left_out"] == []
    assert told["asked"]["judge fair"]["outcomes"]["asked"] == len(models.judged)
    assert told["asked"]["judge fair"]["cost"] == pytest.approx(0.01 * len(models.judged))
    assert (sorted(set(models.embedded)), all("where?" in said for said in models.judged)) == (
        ["aaaa", "bbbb", "one", "other"],
        True,
    )


def test_the_text_tells_what_was_asked(run):
    """A line of opinions, and one of outcomes and cost."""
    told = run("--ask").stdout
    assert "\nasked:\n  judge/text prefers: model 2, tie 2 (no part of the verdict)\n" in told
    assert "\n  judge fair: asked " in told
    assert "; cost 0.0" in told


def test_an_embedding_that_fails_makes_pairs_not_comparable(run, models):
    """Never a match, and the outcome is told."""
    models.status = 503
    told = json.loads(run("--ask", "--format", "json").stdout)
    assert told["verdicts"] == {"match": 1, "diverged": 0, "not_comparable": 3}
    assert set(told["asked"]["embedding mini"]["outcomes"]) <= {"failed", "breaker_open"}
    assert "embedding mini: failed" in json.dumps(told["examples"])


def test_a_budget_is_kept(run, models):
    """What does not fit into it is not asked, and is counted."""
    told = json.loads(run("--ask", "--format", "json", limits="budget: {per_day: 0.02}").stdout)
    assert len(models.judged) == 2
    assert told["asked"]["judge fair"]["outcomes"]["over_budget"] >= 2


@pytest.mark.slow
def test_several_processes_compare_what_one_asks(run):
    """The words go with the pairs."""
    one, two = (
        json.loads(run("--ask", "--format", "json", *words).stdout) for words in ([], ["--jobs", "2"])
    )
    assert (one["verdicts"], one["opinions"]) == (two["verdicts"], two["opinions"])
