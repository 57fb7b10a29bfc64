"""Where one request ends in what came, and what is not looked at."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.proxy.heads import END, LONGEST_METHOD, SEAM, rare_method, request_at

HEAD = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n"
NEXT = b"GET / HTTP/1.1\r\n\r\n"
GIVEN = {
    "a head": (NEXT, 0, b"", (18, 18)),
    "two heads": (NEXT + NEXT, 0, b"", (18, 18)),
    "the second": (NEXT + NEXT, 18, b"", (18, 18)),
    "no end": (NEXT[:-1], 0, b"", (17, 17)),
    "a body": (HEAD + b"body", 0, b"", (len(HEAD), len(HEAD) + 4)),
    "a part of a body": (HEAD + b"bo", 0, b"", (len(HEAD), len(HEAD) + 2)),
    "more than a body": (HEAD + b"body" + NEXT, 0, b"", (len(HEAD), len(HEAD))),
    "a body, written small": (HEAD.lower() + b"body", 0, b"", (len(HEAD), len(HEAD) + 4)),
    "a body, written large": (HEAD.upper() + b"body", 0, b"", (len(HEAD), len(HEAD))),
    "a length behind the head": (NEXT + HEAD[17:] + b"body", 0, b"", (18, 18)),
    "no length": (HEAD.replace(b"4", b"x") + b"body", 0, b"", (len(HEAD), len(HEAD))),
    "an end in two": (b"\n\r\n" + NEXT, 0, b"x\r", (3, 3)),
    "an end's last byte": (b"\n" + NEXT, 0, b"\r\n\r", (1, 1)),
    "a seam that is none": (NEXT, 0, b"a\r\n", (18, 18)),
    "nothing": (b"", 0, b"", (0, 0)),
}


@pytest.mark.parametrize(("data", "at", "seam", "expected"), GIVEN.values(), ids=GIVEN)
def test_a_request_is_told_from_what_is_behind_it(data, at, seam, expected):
    """By the first empty line, and the length where that is plain."""
    assert request_at(data, at, seam) == expected


@given(st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"\r\n\r\n", b"a"]), max_size=12), st.integers(0, 30))
def test_a_cut_does_not_move_the_end(pieces, cut):
    """What is found in two reads is what is found in one."""
    data = b"x" + b"".join(pieces)
    cut = min(cut, len(data))
    whole = request_at(data, 0)[0] if END in data else None
    first, second = data[:cut], data[cut:]
    if END in first:
        assert request_at(first, 0)[0] == whole
    elif END in data:
        assert cut + request_at(second, 0, first[-SEAM:])[0] == whole


METHODS = {
    b"GET / HTTP/1.1": b"",
    b"PRI * HTTP/2.0": b"",
    b"CONNECT h:1 HTTP/1.1": b"",
    b"PROPFIND / HTTP/1.1": b"PROPFIND",
    b"get / HTTP/1.1": b"get",
    b"GETX / HTTP/1.1": b"GETX",
    b"UPD": None,
    b"GET": None,
    b"M" * LONGEST_METHOD: None,
    b"M" * LONGEST_METHOD + b" ": b"M" * LONGEST_METHOD,
    b"M" * (LONGEST_METHOD + 1): b"",
    b"M" * (LONGEST_METHOD + 1) + b" / HTTP/1.1": b"",
    b" / HTTP/1.1": b"",
    b"B(EW / HTTP/1.1": b"",
    b"\x16\x03\x01": b"",
    b"\r\nBREW / HTTP/1.1": b"",
    b"GET\t/ HTTP/1.1": b"",
}


@pytest.mark.parametrize(("data", "method"), METHODS.items())
def test_a_method_that_a_parser_may_not_know_is_told(data, method):
    """Wherever it begins; not what is no word, and nothing that a parser has to see."""
    assert rare_method(data, 0) == method
    assert rare_method(b"hi" + data, 2) == method
