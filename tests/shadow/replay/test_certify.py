"""A replay certifies the new model, or says why it cannot."""

from __future__ import annotations

from fallback.certify.terms import Loss, Terms
from shadow.config.model import Route
from shadow.replay.certify import certified, terms_of
from shadow.replay.text import _certificate

TERMS = Terms(Loss.DIVERGENCE, 0.05, 0.95)


def rows(n: int, *, wrong: int = 0):
    """Give labelled rows as a replay has them."""
    for at in range(n):
        yield {
            "confidence": 1 - at / (2 * n),
            "loss": int(at >= n - wrong),
            "fingerprint": f"f{at}",
            "cohorts": {"language": "de"},
            "exchange": f"e{at}",
        }


def test_enough_good_answers_certify_a_threshold():
    """The same as `shadow calibrate --from` finds, in a sentence and as numbers."""
    found = certified(rows(400), TERMS)
    assert (found["threshold"], found["k"], found["n"], found["reason"]) == (0.50125, 0, 400, None)
    assert found["told"].startswith("Serve the model from a confidence of 0.50125 on: 100.0 %")
    lines = [*_certificate(found)]
    assert lines[1] == "certificate of the new model (divergence, at most 5.0%, with 95% probability)"
    assert lines[2] == f"  {found['told']}"


def test_too_few_answers_certify_nothing_and_it_says_what_would():
    """None at all, too."""
    for n in (0, 5):
        found = certified(rows(n), TERMS)
        assert (found["threshold"], found["reason"]) == (None, "too_few")
        assert any("59 labels at or above a threshold" in line for line in _certificate(found))


def test_the_risk_is_the_routes_own_where_it_names_one():
    """The loss is the one that is asked for."""
    plain = {"match": {"path": "/x"}, "model": "m"}
    certify = {"loss": "wrong", "at_most": 0.02, "probability": 0.9}
    sure = {"use": "constant", "options": {"value": 1}, "threshold": "certified", "certify": certify}
    assert terms_of(Route.model_validate(plain), "wrong") == Terms(Loss.WRONG, 0.05, 0.95)
    found = terms_of(Route.model_validate({**plain, "confidence": sure}), "divergence")
    assert found == Terms(Loss.DIVERGENCE, 0.02, 0.9)
