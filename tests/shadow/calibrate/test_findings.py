"""What is told beside the certificate: the curve, other risks, cohorts, calibration, what would change a never."""

from __future__ import annotations

import numpy as np
import pytest

from fallback.certify.labels import Labels
from fallback.certify.terms import Loss, Terms, Why
from shadow.calibrate.findings import find
from shadow.calibrate.render import render
from shadow.calibrate.rows import Labelled

DRAWS = np.random.default_rng(2)
CONFIDENCE = DRAWS.beta(5, 1, 1500)
LOSS = (DRAWS.random(1500) > CONFIDENCE).astype(float)
GOOD = Labelled(
    Labels.of(CONFIDENCE, LOSS), tuple({"language": "deen"[i % 2 * 2 :][:2]} for i in range(1500))
)
BAD = Labelled(Labels.of(CONFIDENCE, np.ones(1500)))
NOTHING = Labelled(Labels.of([], []))


def test_the_documents_top_is_what_scripts_ask_for():
    """As the contract has it."""
    document = find(GOOD, Terms(at_most=0.1)).document()
    asked = ["threshold", "reason", "n", "k", "upper_bound", "coverage"]
    assert list(document)[:6] == asked
    assert document["reason"] is None
    assert document["k"] / document["n"] < document["upper_bound"] <= 0.1
    assert 0 < document["coverage"] <= 1


def test_never_is_null_with_a_reason():
    """And nothing is covered."""
    document = find(BAD, Terms()).document()
    assert [document[key] for key in ("threshold", "reason", "n", "k", "upper_bound", "coverage")] == [
        None,
        Why.RISK_TOO_HIGH,
        1500,
        1500,
        None,
        0.0,
    ]


def test_the_curve_holds_every_threshold_that_was_tried():
    """From the strictest to all."""
    curve = find(GOOD, Terms()).curve
    assert len(curve) == 50
    assert curve[-1].coverage == 1.0
    assert all(point.rate <= point.upper_bound for point in curve)


def test_other_risks_are_shown_with_the_one_asked_for():
    """More risk, more coverage."""
    others = find(GOOD, Terms(at_most=0.03)).other_risks
    assert [other.at_most for other in others] == [0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2]
    assert others[-1].coverage >= others[0].coverage


def test_cohorts_share_the_doubt():
    """Half of it each."""
    cohorts = find(GOOD, Terms(at_most=0.1), cohort="language").cohorts
    assert {name: each.doubt for name, each in cohorts.items()} == {"de": 0.025, "en": 0.025}


@pytest.mark.parametrize(
    ("found", "loss", "told"),
    [
        (NOTHING, Loss.WRONG, ["at least 59 labels"]),
        (BAD, Loss.WRONG, ["at least 59 labels", "more such labels will not change it"]),
        (BAD, Loss.DIVERGENCE, ["at least 59", "will not change it", "review exchanges"]),
        (
            Labelled(Labels.of(np.full(80, 0.9), [1.0] + [0.0] * 79)),
            Loss.WRONG,
            ["at least 59 labels", "more labels would do if losses stay"],
        ),
    ],
)
def test_a_never_says_what_labels_would_change_it(found, loss, told):
    """Or that none would; divergence may be legacy's own fault."""
    notes = find(found, Terms(loss)).notes
    assert len(notes) == len(told)
    assert all(words in note for words, note in zip(told, notes, strict=True))


def test_what_was_left_out_is_told():
    """Retries, unknown confidences, weights."""
    labels = Labels.of([0.9, None], [0, 0], probability=[0.5, 1])
    notes = find(Labelled(labels, retries=3, left_out=("5 others",)), Terms()).notes
    assert [note.split(" ")[0] for note in notes[:4]] == ["5", "3", "1", "labels"]


@pytest.mark.parametrize("found", [GOOD, BAD, NOTHING])
@pytest.mark.parametrize("form", ["text", "json", "html"])
def test_findings_are_told_in_every_format(found, form):
    """Whatever came of them; a page needs nothing else, and a name cannot break it."""
    text = render(find(found, Terms()), form, "<b>route</b> address")
    assert text.endswith("\n")
    assert "NaN" not in text
    if form == "html":
        assert "<b>" not in text.partition("<main>")[0]
        assert "http" not in text.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "")


def test_the_text_says_what_it_comes_to():
    """In one sentence, with the promise above it."""
    text = render(find(BAD, Terms()), "text", "rows.jsonl")
    assert text.startswith("Certificate for rows.jsonl\npromise: at most 5.0 % of the answers")
    assert "Never serve the model (risk_too_high)" in text
    assert "Serve the model from a confidence of" in render(find(GOOD, Terms(at_most=0.1)), "text", "x")


def test_the_page_marks_what_is_certified_and_speaks_of_no_bars():
    """A terminal draws bars, and says above them what they are of."""
    labels = Labels.of(np.linspace(0.5, 1, 3000), np.arange(3000) % 60 == 0)
    found = find(Labelled(labels), Terms(at_most=0.05))
    page, text = (render(found, form, "x") for form in ("html", "text"))
    assert page.count(f"{found.certificate.threshold:.6g} (certified)") == 1
    assert "bars" not in page
    assert "50 of 3,000" in page
    assert "█" in text


def test_with_labels_enough_it_is_told_how_sure_an_answer_at_the_threshold_is():
    """Between two probabilities, by Venn and Abers: of this model near its confidence."""
    found = find(GOOD, Terms(at_most=0.1))
    low, high = found.calibration["at_threshold"]
    assert 0.5 < low <= high < 1
    assert "(Venn–Abers)" in render(found, "text", "x")
    assert find(BAD, Terms()).calibration["at_threshold"] is None
