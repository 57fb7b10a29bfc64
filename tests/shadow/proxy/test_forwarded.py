"""What legacy is told besides the client's own words."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from shadow.config.model import Legacy
from shadow.proxy.forwarded import policy

SENT = ((b"hOST", b"h:80"), (b"X-A", b"1"))
CLAIMED = (
    (b"Host", b"h"),
    (b"x-forwarded-FOR", b"9.9.9.9"),
    (b"X-Forwarded-Host", b"public"),
    (b"X-Forwarded-Proto", b"https"),
    (b"X-Forwarded-For", b"8.8.8.8"),
    (b"X-Forwarded-Client-Cert", b"CN=root"),
    (b"Forwarded", b"for=9.9.9.9"),
)


@dataclass
class Asked:
    """A request's client."""

    remote: str | None = "192.0.2.1"
    version: tuple[int, int] = (1, 1)


def told(headers=SENT, asked=None, *, encrypted=False, **keys):
    """Give the headers that legacy gets by a policy."""
    legacy = Legacy.model_validate({"url": "http://legacy", **keys})
    made = policy(legacy, host=b"legacy:9001", encrypted=encrypted)
    return made(headers, asked or Asked())


def test_without_a_policy_there_is_nothing_to_run():
    """A request costs nothing more by default."""
    assert policy(Legacy(url="http://legacy"), host=b"legacy", encrypted=True) is None


def test_the_host_may_be_legacys_own():
    """Its place and its spelling stay; everything else too."""
    assert told(host="upstream") == ((b"hOST", b"legacy:9001"), (b"X-A", b"1"))


def test_x_forwarded_tells_address_scheme_and_host():
    """The host is the one the client asked for, also where legacy gets another."""
    assert told(forwarded="x-forwarded", host="upstream", encrypted=True) == (
        (b"hOST", b"legacy:9001"),
        (b"X-A", b"1"),
        (b"X-Forwarded-For", b"192.0.2.1"),
        (b"X-Forwarded-Proto", b"https"),
        (b"X-Forwarded-Host", b"h:80"),
    )


def test_forwarded_tells_the_same_in_one_header():
    """As RFC 7239 writes it."""
    assert told(forwarded="forwarded") == (*SENT, (b"Forwarded", b'for=192.0.2.1;host="h:80";proto=http'))


def test_both_are_written_when_asked_for():
    """In that order."""
    names = [name for name, _ in told(forwarded="both")[2:]]
    assert names == [b"X-Forwarded-For", b"X-Forwarded-Proto", b"X-Forwarded-Host", b"Forwarded"]


@pytest.mark.parametrize("forwarded", ["x-forwarded", "forwarded"])
def test_what_a_client_claims_is_replaced(forwarded):
    """Whichever is written, none of the client's own words about itself remains."""
    plain = told((CLAIMED[0],), forwarded=forwarded)
    assert told(CLAIMED, forwarded=forwarded, client_forwarded="replace") == plain


@pytest.mark.parametrize(
    "name", [b"X_Forwarded_For", b"x_forwarded-PROTO", b"X-Forwarded_Host", b"X_FORWARDED-client_cert"]
)
def test_a_claim_spelled_with_underscores_is_replaced_too(name):
    """To servers of CGI's kind, `_` and `-` are one."""
    sent = told((*SENT, (name, b"6.6.6.6"), (b"X_A", b"1")), forwarded="x-forwarded", host="keep")
    assert sent[2:] == ((b"X_A", b"1"), *told(forwarded="x-forwarded")[2:])


def test_what_a_proxy_of_ones_own_told_is_extended():
    """The chain grows at its end, and the scheme and host that it saw stay."""
    assert told(CLAIMED, forwarded="both", client_forwarded="append") == (
        *CLAIMED[:4],
        (b"X-Forwarded-For", b"8.8.8.8, 192.0.2.1"),
        CLAIMED[5],
        (b"Forwarded", b'for=9.9.9.9, for=192.0.2.1;host="h";proto=http'),
    )


def test_an_empty_chain_begins_anew():
    """No empty element stands in front."""
    headers = (*SENT, (b"X-Forwarded-For", b""))
    assert told(headers, forwarded="x-forwarded", client_forwarded="append")[2] == (
        b"X-Forwarded-For",
        b"192.0.2.1",
    )


def test_without_forwarded_the_clients_words_go_as_they_came():
    """They are headers like any other then."""
    assert told(CLAIMED, via="edge") == (*CLAIMED, (b"Via", b"1.1 edge"))


@pytest.mark.parametrize(
    ("remote", "plain", "element"),
    [
        ("2001:db8::1", b"2001:db8::1", b'for="[2001:db8::1]"'),
        ("fe80::1%eth0", b"fe80::1", b'for="[fe80::1]"'),
        ("::ffff:192.0.2.1", b"192.0.2.1", b"for=192.0.2.1"),
        (None, b"unknown", b"for=unknown"),
    ],
)
def test_each_kind_of_address_is_written_as_it_should_be(remote, plain, element):
    """Brackets and quotes for IPv6 in Forwarded, no zone, and IPv4 by itself."""
    sent = dict(told((), Asked(remote), forwarded="both"))
    assert (sent[b"X-Forwarded-For"], sent[b"Forwarded"]) == (plain, element + b";proto=http")


def test_a_host_cannot_leave_its_quotes():
    """The client chooses it."""
    sent = dict(told(((b"Host", b'h";for="x\\'),), forwarded="forwarded"))
    assert sent[b"Forwarded"] == b'for=192.0.2.1;host="h\\";for=\\"x\\\\";proto=http'


@pytest.mark.parametrize("version", [(1, 0), (1, 1)])
def test_via_tells_the_version_the_client_spoke(version):
    """After those of the proxies before."""
    headers = (*SENT, (b"Via", b"1.1 front"))
    assert told(headers, Asked(version=version), via="edge:80") == (
        *headers,
        (b"Via", b"1.%d edge:80" % version[1]),
    )
