"""`shadow compare --ask`: a judge and an embedding on real sockets, asked about the pairs of two files."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from click.testing import CliRunner

from shadow.cli.compare import compare

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


class Models(BaseHTTPRequestHandler):
    """A judge that prefers the longer answer, and an embedding of a text's length."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        """Answer as OpenAI's API does."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/v1/embeddings":
            self.server.embedded.append(asked["input"])
            reply = {"data": [{"embedding": [1.0, float(len(asked["input"]))]}]}
        else:
            said = asked["messages"][1]["content"]
            self.server.judged.append(said)
            first, second = (
                said.partition(f"<{side}>")[2].partition(f"</{side}>")[0] for side in ("first", "second")
            )
            word = "first" if len(first) > len(second) else "second"
            reply = {
                "choices": [{"message": {"content": json.dumps({"better": word})}, "finish_reason": "stop"}]
            }
        body = json.dumps(reply).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def models():
    """Serve both on a port of their own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Models)
    server.daemon_threads = True
    server.judged, server.embedded, server.status = [], [], 200
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


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
    assert (told["verdicts"]["not_comparable"], told["asked"], models.judged, models.embedded) == (
        4,
        {},
        [],
        [],
    )


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
