import pytest

from shadow.upstream.target import Origin, below


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:9001", ("http", "127.0.0.1", 9001, b"", b"127.0.0.1:9001")),
        ("http://legacy", ("http", "legacy", 80, b"", b"legacy")),
        ("https://legacy:443/", ("https", "legacy", 443, b"", b"legacy")),
        (
            "https://Legacy.Example:8443/v1/",
            ("https", "legacy.example", 8443, b"/v1", b"legacy.example:8443"),
        ),
        ("http://[::1]:80/a%2Fb", ("http", "::1", 80, b"/a%2Fb", b"[::1]")),
        ("http://[::1]:81", ("http", "::1", 81, b"", b"[::1]:81")),
    ],
)
def test_a_url_is_taken_apart(url, expected):
    """Scheme, host, port, base path and Host header come out; the scheme's own port is not told."""
    origin = Origin.parse(url)
    assert (origin.scheme, origin.host, origin.port, origin.base_path, origin.host_header) == expected


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("ftp://host", "begins with http:// or https://"),
        ("http://", "needs a host"),
        ("http://ho st", "needs a host"),
        ("http://host\n", "needs a host"),
        ("http://host:99999", "valid host and port"),
        ("http://[::1", "valid host and port"),
        ("http://user:secret@host?x", "no query and no fragment"),
        ("http://host/#f", "no query and no fragment"),
    ],
)
def test_what_is_no_origin_is_refused_without_quoting_it(url, problem):
    """The message names the rule, never the URL, which may hold a password."""
    with pytest.raises(ValueError, match=problem) as refusal:
        Origin.parse(url)
    assert "secret" not in str(refusal.value)


def test_credentials_become_an_authorization_that_is_not_shown():
    """User and password, percent-decoded, are Basic credentials; neither repr nor str tells them."""
    origin = Origin.parse("http://us%40er:pa%3Ass@host")
    assert origin.authorization == b"Basic dXNAZXI6cGE6c3M="
    assert "dXNAZXI6cGE6c3M=" not in repr(origin)
    assert str(origin) == "host:80"


@pytest.mark.parametrize(
    ("target", "placed"),
    [
        (b"/x?y", b"/base/x?y"),
        (b"//x", b"/base//x"),
        (b"http://h/x", b"http://h/base/x"),
        (b"http://h", b"http://h/base"),
        (b"http://h?x=/", b"http://h/base?x=/"),
        (b"*", b"*"),
    ],
)
def test_a_base_path_goes_in_front_of_the_path(target, placed):
    """Not in front of a scheme, and not in front of what is no path."""
    assert below(b"/base", target) == placed
