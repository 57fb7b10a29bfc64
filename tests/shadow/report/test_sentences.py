from __future__ import annotations

from dataclasses import replace

from shadow.report import sentences
from shadow.report.gather import gather
from shadow.report.model import Backlog


def told(report, name):
    """Give the sentences on one route."""
    return list(sentences.route(next(route for route in report.routes if route.route == name)))


def test_an_empty_store_says_so(empty):
    """Nobody has to guess from empty tables."""
    assert list(sentences.summary(empty)) == ["No traffic was recorded in this span, and no route is known."]


def test_a_route_without_traffic_says_so_and_nothing_else(report):
    """One sentence is all there is to say."""
    assert told(report, "never") == ["No traffic was recorded for this route in this span."]


def test_known_routes_without_traffic_are_told_together(book):
    """The summary tells an idle system from an unknown one."""
    report = gather(book.close(), panels={"idle": []}, now=book.now)
    assert list(sentences.summary(report)) == ["No matched traffic was recorded in this span."]


def test_a_lively_route_leads_with_who_served_and_how_far_they_agree(report):
    """The two numbers a reader wants first come first."""
    assert told(report, "address") == [
        "The model served 120 of 705 requests (17.0 %); legacy served the rest.",
        "The panel called 632 of 700 compared answers a match: 90.3 % (95 % interval 87.9–92.3 %).",
        "Requests by phase: canary 705.",
        "The model side failed on 5 of 705 observed calls (timeout 5).",
        (
            "Accounting: requests = sum of all dispositions (705 and 705, difference 0, holds); compared by "
            "the counters = compared by the roll-ups (700 and 700, difference 0, holds)."
        ),
    ]


def test_a_model_that_only_fails_is_told(report):
    """Nothing compared is explained by what happened instead."""
    assert told(report, "broken")[:4] == [
        "Legacy served all 7 requests; the model served none.",
        "No answers were compared: the requests ended as model_failed 7.",
        "Requests by phase: shadow 7.",
        "The model side failed on every one of 7 observed calls (connect 7).",
    ]


def test_a_route_that_waits_for_the_scorer_says_so(report):
    """What is missing from the comparison is counted."""
    assert "4 exchanges wait for the scorer and are in no comparison below." in told(report, "waiting")


def test_comparisons_without_any_confidence_say_so(book):
    """A threshold cannot work without a confidence."""
    book.exchange(times=3)
    report = gather(book.close(), now=book.now)
    assert "No model answer came with a confidence, so none could be served by its confidence." in told(
        report, "intent"
    )


def test_counts_that_do_not_add_up_are_told_loudly(book):
    """A failed check stands in the summary and with its route."""
    book.tally("intent", 3, disposition="vanished")
    report = gather(book.close(), now=book.now)
    warning = (
        "The counts do not add up: requests = sum of all dispositions should hold, but 3 is not 0. "
        "Do not rely on this report before the cause is known."
    )
    assert warning in list(sentences.summary(report))
    assert warning in told(report, "intent")
    assert told(report, "intent")[-1].startswith(
        "Accounting: requests = sum of all dispositions (3 and 0, difference 3, differs)",
    )


def test_the_backlog_and_unmatched_requests_are_told(report):
    """A capped count says that it is one."""
    found = replace(report, backlog=Backlog(100_000, 1, capped=True))
    assert list(sentences.summary(found)) == [
        "30 requests matched no route and went to legacy.",
        "At this moment at least 100,000 recorded exchanges wait for the scorer.",
        "At this moment at least 1 exchanges are open: begun and not yet finished.",
    ]


def test_the_span_is_told_in_words(report):
    """A report without a start says what it begins with."""
    assert sentences.span(report) == "the beginning of the record to 2026-09-21 14:14 UTC"
    assert sentences.span(replace(report, since=0)) == "1970-01-01 00:00 UTC to 2026-09-21 14:14 UTC"


def test_a_request_without_disposition_waits_for_the_scorer():
    """The empty word is never shown as nothing."""
    assert (sentences.word(""), sentences.word("compared")) == ("waiting for the scorer", "compared")
