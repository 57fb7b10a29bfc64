from __future__ import annotations

import pytest

from comparators.answer import Answer
from shadow.adapters.ask import AskFailed
from shadow.adapters.catalog import build
from shadow.adapters.passthrough import is_failure


@pytest.fixture
def adapter_of(a_model, transport):
    """Give a maker of passthrough adapters over the fake transport."""
    return lambda **keys: build("m", a_model(**keys), connect=lambda _url: transport)


@pytest.mark.parametrize(
    ("url", "target", "sent"),
    [
        ("http://m.test", "/a", b"/a"),
        ("http://m.test/", "/a%2Fb?x=%C3%A9&&", b"/a%2Fb?x=%C3%A9&&"),
        ("http://m.test/base/", "//a/../b?", b"/base//a/../b?"),
    ],
)
async def test_the_request_goes_on_byte_for_byte(url, target, sent, adapter_of, transport, a_request):
    """Method, target below the model's URL, and body are the client's own."""
    request = a_request(method="PATCH", target=target, body=b"\x00 not json")
    assert await adapter_of(url=url)(request) is transport.answer
    (call,) = transport.sent
    assert (call["method"], call["target"], call["body"]) == (b"PATCH", sent, b"\x00 not json")


async def test_the_headers_are_the_client_s_and_ours(adapter_of, transport, a_request):
    """End-to-end headers go along, credentials do not, and the model knows its side and the exchange."""
    headers = ((b"Content-Type", b"text/x"), (b"Authorization", b"client's"), (b"traceparent", b"00-1"))
    await adapter_of(api_key="key")(a_request(headers=headers))
    assert transport.headers() == {
        "accept-encoding": "identity",
        "shadow-side": "model",
        "authorization": "Bearer key",
        "content-type": "text/x",
        "traceparent": "00-1",
        "idempotency-key": "0199-x",
    }


async def test_the_user_and_password_of_the_url_go_as_credentials(adapter_of, transport, a_request):
    """A URL with userinfo means Basic authorization."""
    await adapter_of(url="http://u:p@m.test/")(a_request())
    assert transport.headers()["authorization"] == "Basic dTpw"


async def test_the_path_can_be_rewritten_and_the_query_stays(adapter_of, transport, a_request):
    """The new path stands below the model's URL; a body without changes is not read."""
    await adapter_of(rewrite={"path": "/new"})(a_request(body=b"not json"))
    (call,) = transport.sent
    assert (call["target"], call["body"]) == (b"/v1/new?lang=de", b"not json")


async def test_fields_of_the_body_can_be_rewritten(adapter_of, transport, a_request):
    """The body is written anew; one that cannot be fails the call and sends nothing."""
    adapter = adapter_of(rewrite={"set": {"/v": 2}})
    await adapter(a_request(body=b'{"v": 1}'))
    with pytest.raises(AskFailed):
        await adapter(a_request(body=b"x"))
    assert [call["body"] for call in transport.sent] == [b'{"v":2}']


@pytest.mark.parametrize(
    ("status", "failure"), [(200, False), (404, False), (422, False), (429, True), (500, True)]
)
def test_some_statuses_are_failures_and_others_answers(status, failure, adapter_of):
    """What refused us or broke is a failure; what tells the client something is an answer."""
    assert is_failure(status) is failure
    assert adapter_of().failed(Answer(status)) is failure


def test_the_answer_is_served_as_it_came(adapter_of):
    """Without `answer` reading changes nothing."""
    raw = Answer.of(text="x", status=404)
    assert adapter_of().read(raw) is raw


def test_the_answer_can_be_shaped(adapter_of):
    """With `answer` the body is what the model said; another status than 2xx cannot be shaped."""
    adapter = adapter_of(answer={"body": {"a": "{{ reply.b }}"}})
    assert adapter.read(Answer.of(json={"b": 1})).json == {"a": 1}
    assert adapter.read(Answer.of(json={"b": 1}, status=404)).problem == "status: 404"
