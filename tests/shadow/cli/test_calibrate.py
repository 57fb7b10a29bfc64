"""`shadow calibrate` certifies files and routes, and puts a route's certificate in force."""

from __future__ import annotations

import json

import pytest

from shadow.config.hashes import model_hash
from shadow.config.load import load
from shadow.scorer.certify import EVERY, Certifier

CERTIFIED = """
store: sqlite:///shadow.db
legacy: {url: "http://127.0.0.1:1"}
models: {parser: {adapter: passthrough, url: "http://127.0.0.1:2"}}
routes:
  address:
    match: {path: /v1/address}
    model: parser
    confidence:
      use: constant
      options: {value: 1}
      threshold: certified
      certify: {loss: divergence, at_most: 0.05}
    rollout: {phase: live}
    cohorts: {language: "header:Accept-Language"}
  plain:
    match: {path: /v1/plain}
"""


@pytest.fixture
def certified(shell, fill):
    """Write a configuration with a certified route and 400 good exchanges, taken up by the scorer."""
    shell.write(CERTIFIED)
    config = load(shell.file, environ={})
    store = shell.store()
    Certifier(config).look(store, EVERY)
    model = model_hash(config.models["parser"])
    fill(store, [(0.9, "match")] * 400, config_hash=model, cohorts={"language": "de"})
    store.close()
    return shell


def rows(shell, *found):
    """Write labelled rows to a file."""
    text = "".join(json.dumps({"confidence": confidence, "loss": loss}) + "\n" for confidence, loss in found)
    (shell.folder / "rows.jsonl").write_text(text)


def test_a_file_needs_no_store_and_no_configuration(shell):
    """JSON gives what scripts ask for at the top."""
    shell.file.unlink()
    rows(shell, *[(0.9, 0)] * 100, *[(0.2, 1)] * 50)
    ended = shell.run("calibrate", "--from", "rows.jsonl", "--at-most", "0.05", "--format", "json")
    told = json.loads(ended.out)
    assert (ended.code, ended.err) == (0, "")
    assert [told[key] for key in ("threshold", "reason", "n", "k")] == [0.9, None, 100, 0]
    assert told["upper_bound"] == pytest.approx(0.0295, abs=1e-4)
    assert told["coverage"] == pytest.approx(2 / 3)
    assert (told["loss"], told["at_most"], told["probability"]) == ("wrong", 0.05, 0.95)
    assert not (shell.folder / "shadow.db").exists()


def test_never_is_an_answer_and_no_failure(shell):
    """With its reason, in words."""
    rows(shell, *[(0.9, 1)] * 100)
    ended = shell.run("calibrate", "--from", "rows.jsonl", "--loss", "divergence")
    assert ended.code == 0
    assert "Never serve the model (risk_too_high)" in ended.out
    assert "review exchanges" in " ".join(ended.out.split())


def test_a_page_is_written_to_a_file(shell):
    """And said so beside the output."""
    rows(shell, *[(0.9, 0)] * 100)
    ended = shell.run("calibrate", "--from", "rows.jsonl", "--format", "html", "-o", "page.html")
    assert (ended.out, ended.err) == ("", "wrote page.html\n")
    assert "<svg" in (shell.folder / "page.html").read_text()


def test_a_picture_is_written_to_a_file(shell):
    """Of the curve."""
    rows(shell, *[(1 - at / 800, 0) for at in range(400)])
    ended = shell.run("calibrate", "--from", "rows.jsonl", "--format", "png", "-o", "curve.png")
    assert (ended.code, ended.err) == (0, "wrote curve.png\n")
    assert (shell.folder / "curve.png").read_bytes().startswith(b"\x89PNG")


def test_an_estimator_is_fitted_to_a_file_of_rows(shell):
    """The fit is a file that the configuration names."""
    rule = "{use: combined, options: {signals: {sure: {use: field, options: {pointer: /sure}}}}}"
    shell.write(CERTIFIED.partition("    confidence:")[0] + f"    confidence: {rule}\n")
    found = [{"signals": {"sure": 0.1 * (n % 9) + 0.05}, "loss": int(n % 9 < 4)} for n in range(90)]
    (shell.folder / "signals.jsonl").write_text("\n".join(map(json.dumps, found)))
    ended = shell.run("calibrate", "--route", "address", "--from", "signals.jsonl", "--fit", "fit.json")
    assert (ended.code, "90 rows, 40 wrong" in ended.err) == (0, True)
    assert json.loads((shell.folder / "fit.json").read_text())["rows"] == 90


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "give either --route ROUTE or --from FILE"),
        (("--from", "rows.jsonl", "--route", "address"), "give either --route ROUTE or --from FILE"),
        (("--from", "rows.jsonl", "--apply"), "--apply needs --route"),
        (("--from", "rows.jsonl", "--at-most", "0"), "--at-most must be above 0 and below 1, not 0.0"),
        (("--from", "gone.jsonl"), "cannot read gone.jsonl: No such file or directory"),
        (("--from", "rows.jsonl", "-o", "no/such/folder"), "cannot write no/such/folder"),
        (("--from", "rows.jsonl", "--format", "png"), "--format png needs -o FILE"),
        (("--route", "gone"), 'no route named "gone"; there is: address, unsure, blind, plain'),
        (("--route", "plain"), "routes.plain has no model"),
        (("--route", "address", "--cohort", "tier"), 'no cohort named "tier"; there is: language'),
        (("--from", "rows.jsonl", "--fit", "f"), "--fit needs --route, and puts nothing in force"),
        (("--route", "address", "--apply", "--fit", "f"), "--fit needs --route, and puts nothing in force"),
        (("--route", "address", "--apply"), "routes.address.confidence.threshold is not certified"),
    ],
)
def test_wrong_use_is_told(shell, words, why):
    """With exit code 2."""
    rows(shell, (0.9, 0))
    ended = shell.run("calibrate", *words)
    assert ended.code == 2
    assert why in ended.err


def test_a_route_is_certified_from_its_record(certified):
    """By the file's own promise: what the scorer keeps."""
    told = json.loads(certified.run("calibrate", "--route", "address", "--format", "json").out)
    assert (told["threshold"], told["n"], told["k"], told["loss"]) == (0.9, 400, 0, "divergence")
    assert told["certificate"]["kind"] == "anytime"
    assert told["certificate"]["scope"]["route"] == "address"
    assert certified.rows("SELECT count(*) FROM certificates") == [(0,)]


def test_another_promise_is_only_looked_at(certified):
    """In one shot, and it cannot be put in force."""
    other = ("calibrate", "--route", "address", "--at-most", "0.1", "--cohort", "language")
    told = json.loads(certified.run(*other, "--format", "json").out)
    assert told["certificate"]["kind"] == "one_shot"
    assert told["cohorts"]["de"]["threshold"] == 0.9
    ended = certified.run(*other, "--apply")
    assert ended.code == 2
    assert "promises divergence at most 0.05 with probability 0.95, not divergence at most 0.1" in ended.err


def test_a_fixed_threshold_may_name_the_promise_it_is_to_keep_one_day(certified):
    """For looking at; what is served is the operator's own threshold."""
    certified.write(CERTIFIED.replace("threshold: certified", "threshold: 0.8").replace("0.05", "0.2"))
    told = json.loads(certified.run("calibrate", "--route", "address", "--format", "json").out)
    assert (told["loss"], told["at_most"], told["certificate"]["kind"]) == ("divergence", 0.2, "one_shot")


def test_a_certificate_is_put_in_force_through_the_switches(certified):
    """With who and why in the audit log; the switch shows what it rests on."""
    before = certified.run("switch", "show", "address").out
    assert "threshold=None" in before
    assert "no certificate in force: legacy answers" in before
    ended = certified.run("calibrate", "--route", "address", "--apply", "--by", "ops", "--why", "board")
    ((ident,),) = certified.rows("SELECT id FROM certificates WHERE void_at IS NULL")
    assert ended.err == f"in force: certificate {ident}\n"
    assert (
        f"threshold=0.9 patience=0ms, certificate {ident}" in certified.run("switch", "show", "address").out
    )
    assert certified.rows("SELECT who, what, why FROM audit") == [("ops", "certificate_set", "board")]
    again = certified.run("calibrate", "--route", "address", "--apply")
    assert again.err == "in force already\n"
    assert certified.run("switch", "set", "address", "phase=live", "--by", "a", "--why", "b").code == 0


def test_what_the_scorer_has_not_taken_up_cannot_be_put_in_force(certified):
    """The workers would not take it for theirs."""
    certified.write(CERTIFIED.replace("value: 1", "value: 0.9"))
    ended = certified.run("calibrate", "--route", "address", "--apply")
    assert ended.code == 2
    assert "the scorer has not taken this configuration up" in ended.err
