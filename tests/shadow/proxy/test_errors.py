"""Errors of the proxy's own: how they read, and how they are counted."""

from __future__ import annotations

import json
import re

from shadow.proxy.errors import CUT, OwnErrors, problem


def test_an_error_is_a_problem_document():
    """With the exchange's id."""
    head, body = problem(504, "too late", exchange="0199")
    assert head == (
        b"HTTP/1.1 504 Gateway Timeout\r\nContent-Type: application/problem+json\r\nContent-Length: %d\r\n"
        % len(body)
    )
    assert json.loads(body) == {
        "type": "about:blank",
        "title": "Gateway Timeout",
        "status": 504,
        "detail": "too late",
        "exchange": "0199",
    }


def test_an_error_of_no_exchange_gets_an_id_of_its_own():
    """It is made when the error is written, so that it costs nobody else anything."""
    ids = [json.loads(problem(502, "none")[1])["exchange"] for _ in range(2)]
    assert all(re.fullmatch("[0-9a-f-]{36}", each) for each in ids)
    assert ids[0] < ids[1]


def test_errors_are_counted_by_status_and_kind():
    """Those that no route saw are also counted apart."""
    errors = OwnErrors()
    errors.add("502", "legacy")
    errors.add("502", "legacy")
    errors.add(CUT, "legacy")
    errors.refuse(400, "malformed")
    assert errors.snapshot() == {"502": {"legacy": 2}, "cut": {"legacy": 1}, "400": {"malformed": 1}}
    assert errors.refused == 1


def test_only_the_first_refusal_of_a_kind_is_logged(capsys):
    """A flood of bad requests is a number, not a full disk."""
    errors = OwnErrors()
    for _ in range(3):
        errors.refuse(400, "malformed")
        errors.refuse(431, "head_too_large")
    told = capsys.readouterr().out
    assert (told.count("malformed"), told.count("head_too_large"), errors.refused) == (1, 1, 6)
