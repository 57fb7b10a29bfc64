from __future__ import annotations

import pytest

from comparators.answer import Answer, Reply
from shadow.adapters.ask import Asked, AskFailed
from shadow.adapters.catalog import build
from shadow.adapters.chat import Dialect, Question


def _reply(document):
    if "said" not in document:
        raise ValueError("s3cret")
    return Reply(document["said"], finish=document.get("finish"), refused=document.get("refused", False))


def _composed(asked: Asked):
    return {"system": asked.system, "messages": asked.messages}


DIALECT = Dialect(_composed, lambda _params: {"max": 1}, _reply, lambda body: Reply(body.decode()))


def _question(model="", params=None, ask=None):
    return Question(DIALECT, model, ask, params or {})


def test_the_client_s_own_conversation_goes_on_untouched_when_nothing_is_to_change(a_request):
    """Without a name and parameters the body is not even read."""
    assert _question().body(a_request(body=b"not json")) == b"not json"


def test_the_model_s_name_and_the_parameters_go_over_the_client_s(a_request):
    """The rest of the client's conversation stays, in its order."""
    body = _question("m", {"t": 0}).body(a_request(body=b'{"model":"x","messages":[1],"t":1,"stream":true}'))
    assert body == b'{"model":"m","messages":[1],"t":0,"stream":true}'


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"s3cret", "the request's body is not JSON, and no ask says what else to send"),
        (b'["s3cret"]', "the request's body is no JSON object, and no ask says what else to send"),
    ],
)
def test_a_body_that_is_no_conversation_cannot_be_sent(body, why, a_request):
    """The call fails, told without the data, and nothing is sent."""
    with pytest.raises(AskFailed) as caught:
        _question("m").body(a_request(body=body))
    assert str(caught.value) == why


@pytest.fixture
def read_of(a_model, monkeypatch):
    """Give a function that reads a raw answer by the test's own dialect."""
    from shadow.adapters import openai

    monkeypatch.setattr(openai, "DIALECT", DIALECT)

    def read(raw, **answer):
        keys = {"answer": answer} if answer else {}
        return build("m", a_model("openai", **keys), connect=None).read(raw)

    return read


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({"said": "x"}, None),
        ({"said": "x", "finish": "stop"}, None),
        ({"said": "x", "refused": True}, "refused: the model declined to answer"),
        ({"said": "x", "finish": "content_filter"}, "refused: the model declined to answer"),
        ({"said": "x", "finish": "refusal"}, "refused: the model declined to answer"),
        ({"said": "x", "finish": "length"}, "truncated: the reply reached its token limit"),
        ({"said": "x", "finish": "max_tokens"}, "truncated: the reply reached its token limit"),
        ({"said": " \n"}, "empty: the reply has no text"),
        ({}, "malformed: the reply is not what this API sends"),
    ],
)
def test_what_speaks_against_a_reply_is_told(document, problem, read_of):
    """A declined, cut, empty or unreadable reply stays as it came, with its problem."""
    raw = Answer.of(json=document)
    read = read_of(raw)
    assert (read.problem, read.body) == (problem, raw.body)


def test_an_error_status_is_not_read(read_of):
    """An upstream's error or redirect holds no reply."""
    read = read_of(Answer.of(json={"said": "x"}, status=302))
    assert (read.problem, read.reply) == ("status: 302", None)


def test_a_body_that_is_no_json_is_malformed(read_of):
    """Garbage from the upstream is a problem and no exception."""
    assert read_of(Answer.of(text="<html>")).problem == "malformed: the reply is not what this API sends"


def test_a_tool_call_needs_no_text_when_the_body_is_served_as_it_came(read_of):
    """A reply without text can still be an answer of its own protocol, but not one to be shaped."""
    raw = Answer.of(json={"said": "", "finish": "tool_calls"})
    assert read_of(raw).problem is None
    assert read_of(raw, **{"from": "text"}).problem == "empty: the reply has no text"


def test_a_stream_that_broke_off_is_truncated(read_of):
    """A stream says how the reply ended, or it did not end."""
    raw = Answer.of(text="half", headers={"content-type": "Text/Event-Stream; charset=utf-8"})
    assert read_of(raw).problem == "truncated: the stream ended before the reply did"


@pytest.mark.parametrize(
    ("status", "failed"), [(200, False), (302, False), (400, True), (404, True), (500, True)]
)
def test_any_error_status_is_a_failure(status, failed, a_model):
    """A chat API that answers with an error has not answered the client's question."""
    assert build("m", a_model("openai"), connect=None).failed(Answer(status)) is failed
