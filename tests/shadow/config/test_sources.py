"""Where keys and cohorts are read from."""

from __future__ import annotations

import pytest

from shadow.config.sources import Source


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("header:X-Account-Id", "header", "X-Account-Id"),
        ("query:user", "query", "user"),
        ("cookie:sid", "cookie", "sid"),
        ("json:/tenant/id", "json", "/tenant/id"),
        ("json:/a~1b", "json", "/a~1b"),
        ("client_ip", "client_ip", ""),
    ],
)
def test_a_source_is_a_kind_and_a_name(text, kind, name):
    """Every kind is read, and written back as it was."""
    assert (Source.parse(text), str(Source.parse(text))) == (Source(kind, name), text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "header:",
        "header: X",
        "X-Tier",
        "body:x",
        "json:tenant",
        "json:",
        "json:/a~2",
        "client_ip:x",
        "query:a&b",
        None,
        5,
        ["header:X"],
    ],
)
def test_what_is_no_source_is_refused(text):
    """The refusal names every kind."""
    with pytest.raises(
        ValueError, match=r"^must be header:NAME, query:NAME, cookie:NAME, json:/POINTER or client_ip$"
    ):
        Source.parse(text)
