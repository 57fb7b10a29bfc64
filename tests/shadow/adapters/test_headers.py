from __future__ import annotations

import pytest

from shadow.adapters.headers import (
    _REMEMBERED,
    HeaderRules,
    added_headers,
    bearer,
    is_credential,
    of_another_body,
    unframed,
    wrong_headers,
)


def _raw(**headers):
    return tuple((name.replace("_", "-").encode(), value.encode()) for name, value in headers.items())


@pytest.mark.parametrize(
    "name",
    [
        "authorization",
        "proxy-authorization",
        "cookie",
        "x-api-key",
        "apikey",
        "x-auth-token",
        "x-auth",
        "x-csrf-token",
        "x-amz-security-token",
        "x-client-secret",
        "x-session-id",
        "x-forwarded-client-cert",
        "x-goog-iap-jwt-assertion",
    ],
)
def test_credentials_are_held_back_unless_named(name, a_request):
    """A header that may let its holder in goes to a model only when its configuration names it."""
    request = a_request(headers=((name.title().encode(), b"s3cret"),), exchange="")
    assert is_credential(name.encode())
    assert HeaderRules(added=())(request) == ()
    assert HeaderRules(added=(), passed=[name.upper()])(request) == request.headers


@pytest.mark.parametrize(
    "name", ["accept", "x-account-id", "traceparent", "author", "x-authored-by", "user-agent"]
)
def test_other_headers_go_along(name, a_request):
    """End-to-end headers go to the model as they came."""
    request = a_request(headers=((name.encode(), b"v"),), exchange="")
    assert HeaderRules(added=())(request) == request.headers


def test_what_belongs_to_the_client_s_connection_stays_there(a_request):
    """Hop-by-hop headers, those that Connection names, Host and framing are dropped."""
    headers = _raw(
        Host="proxy.test",
        Connection="close, X-Hop",
        X_Hop="1",
        TE="trailers",
        Transfer_Encoding="chunked",
        Content_Length="3",
        Expect="100-continue",
        Accept_Encoding="br",
        Accept="*/*",
    )
    assert HeaderRules(added=())(a_request(headers=headers, exchange="")) == _raw(Accept="*/*")


def test_a_client_cannot_take_away_what_the_router_adds(a_request):
    """Connection names only the client's own headers, and its copies of ours are replaced."""
    headers = _raw(Connection="shadow-side, idempotency-key", Shadow_Side="legacy", Idempotency_Key="mine")
    rules = HeaderRules(added=_raw(Shadow_Side="model"))
    assert rules(a_request(headers=headers)) == _raw(Shadow_Side="model", Idempotency_Key="0199-x")


def test_a_request_of_our_own_carries_only_trace_headers_and_named_ones(a_request):
    """What the client said of its own body and itself does not describe a rendered request."""
    headers = _raw(Accept="a", traceparent="00-1", X_Tier="gold", X_Account="7", Tracestate="v=1")
    rules = HeaderRules(added=(), passed=["x-tier"], end_to_end=False)
    assert rules(a_request(headers=headers, exchange="")) == _raw(
        traceparent="00-1", X_Tier="gold", Tracestate="v=1"
    )


def test_decisions_are_remembered_for_a_bounded_number_of_names(a_request):
    """A client that invents header names cannot fill the memory."""
    rules = HeaderRules(added=())
    for number in range(_REMEMBERED + 10):
        rules(a_request(headers=((b"x-%d" % number, b""),)))
    assert len(rules._fates) == _REMEMBERED


def test_configured_headers_win_over_the_adapter_s_own(a_model):
    """An operator's header replaces the one of the same name that the adapter would send."""
    model = a_model(api_key="k", headers={"authorization": "Basic x", "X-Team": "t"})
    assert added_headers(model, bearer(model)) == _raw(
        Accept_Encoding="identity", Shadow_Side="model", authorization="Basic x", X_Team="t"
    )


def test_a_key_becomes_a_bearer_token(a_model):
    """The key goes into Authorization; without one there is no header."""
    assert bearer(a_model(api_key="k")) == _raw(Authorization="Bearer k")
    assert bearer(a_model()) == ()


def test_headers_that_cannot_be_sent_are_named_without_their_value(a_model):
    """The router's own headers and values outside ISO 8859-1 are refused."""
    model = a_model(
        api_key="kľúč", headers={"Content-Length": "1", "X-Name": "Łódź", "Host": "h", "X-Ok": "é"}
    )
    assert list(wrong_headers(model)) == [
        "headers.Content-Length: is set by the router itself",
        "headers.X-Name: a header holds only characters of ISO 8859-1",
        "api_key: a header holds only characters of ISO 8859-1",
    ]


def test_an_answer_s_framing_and_its_raw_body_s_marks_can_be_dropped():
    """A shaped answer keeps the upstream's other headers, but no cookie, length, encoding or type."""
    raw = _raw(
        Content_Length="2", Content_Encoding="gzip", Content_Type="a/b", ETag="e", Set_Cookie="c", X_Id="1"
    )
    assert unframed(raw) == _raw(Content_Type="a/b", ETag="e", Set_Cookie="c", X_Id="1")
    assert of_another_body(raw) == _raw(X_Id="1")
