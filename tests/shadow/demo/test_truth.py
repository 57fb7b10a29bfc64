from shadow.demo import truth
from shadow.demo.ledger import Pair
from shadow.demo.traffic import Question, Served
from shadow.report.model import TruthRow

GOLD = {"intent": "yes"}
YES, NO = {"intent": "yes", "took_ms": 3}, {"intent": "no"}


def served(n, answer=YES, side="legacy", phase="shadow"):
    """Give the n-th thing served."""
    return Served(Question(str(n), "intent", "t", "c", GOLD), phase, f"x{n}", side, "shadow", answer)


def judged(*pairs, **changes):
    """Judge as many served answers as there are pairs."""
    return truth.judge(
        [served(n, **changes) for n in range(len(pairs))], {f"x{n}": pair for n, pair in enumerate(pairs)}
    )


def test_an_exchange_is_held_against_its_gold_answer():
    """Each side and what was served are judged apart."""
    (one,) = judged(Pair(NO, YES, 0.9), side="model", phase="live")

    assert (one.phase, one.served_by_model, one.served_right) == ("live", True, True)
    assert (one.legacy_right, one.model_right, one.agreed, one.confidence) == (False, True, False, 0.9)


def test_a_model_without_an_answer_is_neither_right_nor_wrong():
    """No answer of the model is no verdict on it."""
    (one,) = judged(Pair(YES, None, None))

    assert (one.model_right, one.agreed) == (None, False)


def test_what_was_not_recorded_is_not_judged():
    """An exchange without a record is left out."""
    assert truth.judge([served(1)], {}) == []


def test_the_table_has_a_line_for_each_step():
    """Counts and shares stand in aligned columns."""
    lines = truth.table(
        judged(Pair(YES, YES, 0.9), Pair(NO, YES, 0.9), Pair(YES, NO, 0.2), Pair(NO, None, None))
    )

    assert [line.split("  ") for line in lines] == [
        line.split("  ") for line in lines if len(line) == len(lines[0])
    ]
    assert lines[1].split() == ["intent", "shadow", "4", "50.0%", "66.7%", "100.0%", "0.0%"]


def test_disagreements_say_who_was_right():
    """Of the differences, each is the model's, the legacy's or nobody's."""
    lines = truth.disagreements(
        judged(Pair(YES, YES, 1), Pair(NO, YES, 1), Pair(YES, NO, 1), Pair(NO, {"intent": "maybe"}, 1))
    )

    assert lines == [
        "intent: the sides differed 3 times; the model was right 1 times, legacy 1, neither 1",
    ]


def test_the_warning_counts_what_a_threshold_would_have_let_through():
    """Confident and wrong answers are counted at several thresholds."""
    lines = truth.warning(judged(Pair(YES, NO, 0.9), Pair(YES, NO, 0.6), Pair(YES, YES, 0.3)), (0.5, 0.95))

    assert lines == [
        "it was right 1 times in 3, with a mean confidence of 0.60",
        "a threshold of 0.50 would have served 2 answers, 2 of them wrong",
        "a threshold of 0.95 would have served 0 answers, 0 of them wrong",
        "its confidence does not tell right from wrong: it must not be served, whatever the threshold",
    ]


def test_a_model_that_is_mostly_right_is_not_condemned():
    """The last word on a real model follows from what it did."""
    assert len(truth.warning(judged(Pair(YES, YES, 0.9)), (0.5,))) == 2


def test_only_a_real_model_is_warned_of():
    """The last chapter ends with the warning only when asked to."""
    exchanges = judged(Pair(YES, YES, 0.9))

    assert not any("confidence is worth" in line for line in truth.chapter(exchanges, real=False))
    assert any("confidence is worth" in line for line in truth.chapter(exchanges, real=True))


def test_a_share_of_nothing_is_a_dash():
    """Nothing divided by nothing is told as such."""
    assert truth.share(0, 0) == "-"


def test_a_route_has_a_row_for_the_report():
    """Of what both sides answered: a missing answer is neither right nor wrong."""
    rows = truth.rows(judged(Pair(YES, YES, 1), Pair(NO, YES, 1), Pair(NO, NO, 1), Pair(YES, None, None)))

    assert rows == (TruthRow("intent", 3, 1, 2, 3, truth.NOTE),)


def test_nothing_judged_gives_no_row():
    """There is nothing to show."""
    assert truth.rows([]) == ()
