from __future__ import annotations

import pytest

from comparators.answer import Answer, Reply
from shadow.adapters.shape import Shape
from shadow.adapters.templates import AdapterError, Compiler
from shadow.config.models import AnswerShape

RAW = Answer.of(
    body=b"raw", headers={"Content-Length": "3", "Set-Cookie": "c", "X-Id": "1", "Content-Type": "a/b"}
)


def _shape(**keys):
    compiler = Compiler(limit=1000)
    shape = Shape(AnswerShape.model_validate(keys), compiler)
    compiler.finish("models.m")
    return shape


def _shaped(said, **keys):
    return _shape(**keys)(RAW, Reply(said))


def test_json_found_in_the_reply_becomes_the_body():
    """Without a body of its own the document is served as it was said."""
    shaped = _shaped('Here: {"a": 1}', **{"from": "json"})
    assert (shaped.body, shaped.problem, shaped.reply) == (b'{"a":1}', None, Reply('Here: {"a": 1}'))
    assert shaped.headers == ((b"X-Id", b"1"), (b"Content-Type", b"application/json"))


def test_the_body_is_made_of_the_document_and_the_text():
    """Templates see the document as `reply` and all that was said as `text`; types are kept."""
    body = {"number": "{{ reply.n }}", "label": "no. {{ reply.n }}", "said": "{{ text }}", "v": 1}
    shaped = _shaped('{"n": 7}', body=body)
    assert shaped.json == {"number": 7, "label": "no. 7", "said": '{"n": 7}', "v": 1}


def test_text_is_served_as_plain_text():
    """The reply's text is the body, with a content type of its own if the configuration names one."""
    assert (_shaped("héllo", **{"from": "text"}).text, _shaped("x", **{"from": "text"}).headers[-1]) == (
        "héllo",
        (b"Content-Type", b"text/plain; charset=utf-8"),
    )
    named = _shaped("x", **{"from": "text", "content_type": "text/html"})
    assert named.header("content-type") == "text/html"


def test_text_can_be_put_into_a_template_or_a_document():
    """A body that is text gives text; one that is JSON gives JSON."""
    assert _shaped("x", **{"from": "text", "body": "<{{ text | trim }}>"}).body == b"<x>"
    as_json = _shaped("x", **{"from": "text", "body": {"label": "{{ text }}"}})
    assert (as_json.json, as_json.header("content-type")) == ({"label": "x"}, "application/json")


def test_passthrough_serves_the_body_as_it_came():
    """Status, body, type and even cookies of a same-protocol answer stay; only its framing goes."""
    shaped = _shaped("said", **{"from": "passthrough"})
    assert (shaped.body, shaped.headers) == (b"raw", RAW.headers[1:])


def test_passthrough_can_be_checked_and_given_another_type():
    """A schema judges the raw body, and a content type replaces the upstream's."""
    raw = Answer.of(json={"a": 1}, headers={"Content-Type": "a/b", "X-Id": "1"})
    shaped = _shape(**{"from": "passthrough", "json_schema": {"required": ["a"]}, "content_type": "c/d"})(
        raw, None
    )
    assert (shaped.problem, shaped.body) == (None, b'{"a":1}')
    assert shaped.headers == ((b"X-Id", b"1"), (b"Content-Type", b"c/d"))


@pytest.mark.parametrize(
    ("said", "keys", "problem"),
    [
        ("none here", {}, "no_json: the reply holds no JSON document"),
        (
            '{"b": 1}',
            {"body": {"a": "{{ reply.a }}"}},
            "template: answer.body.a: 'dict object' has no attribute 'a'",
        ),
        ('{"b": 1}', {"body": {"a": "{{ reply.keys }}"}}, "template: answer.body gives what is not JSON"),
        (
            '{"a": "s3cret"}',
            {"json_schema": {"properties": {"a": {"type": "null"}}}},
            'schema: /a breaks "type"',
        ),
        (
            '{"b": 1}',
            {"body": {"a": "{{ reply.b }}"}, "json_schema": {"required": ["b"]}},
            'schema: the whole document breaks "required"',
        ),
        ("x", {"from": "passthrough", "json_schema": True}, "schema: the body is not JSON"),
    ],
)
def test_a_reply_that_cannot_be_shaped_says_why_and_stays_as_it_came(said, keys, problem):
    """The raw answer is kept beside the reason; what the model said is not quoted in it."""
    shaped = _shaped(said, **keys)
    assert (shaped.problem, shaped.body, shaped.headers, shaped.reply) == (
        problem,
        b"raw",
        RAW.headers,
        Reply(said),
    )


def test_the_schema_judges_what_the_client_would_get():
    """The schema is applied to the shaped body, not to the model's own document."""
    shaped = _shaped('{"n": 7}', body={"number": "{{ reply.n }}"}, json_schema={"required": ["number"]})
    assert shaped.problem is None


def test_without_a_reply_the_body_is_what_was_said():
    """An upstream that is no chat model says what its body holds."""
    assert _shape()(Answer.of(text='so: {"a": 1}'), None).json == {"a": 1}


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        (
            {"from": "passthrough", "body": {}},
            "answer.body: has no use with from: passthrough, which serves the body as it came",
        ),
        (
            {"from": "text", "json_schema": True},
            "answer.json_schema: has no use with from: text, unless answer.body is JSON",
        ),
        ({"content_type": "a/b\r\nX: y"}, "answer.content_type: a media type is printable ASCII"),
        ({"json_schema": {"$ref": "#/x"}}, 'answer.json_schema: "$ref" leads nowhere'),
        (
            {"from": "text", "body": "{{ reply }}"},
            'answer.body, template line 1: "reply" is unknown; a template here',
        ),
        (
            {"body": ["{{ request }}"]},
            'answer.body[0], template line 1: "request" is unknown; a template here sees',
        ),
    ],
)
def test_a_shape_that_cannot_work_is_refused(keys, problem):
    """What has no use or no meaning stops the start, told by its key."""
    with pytest.raises(AdapterError) as caught:
        _shape(**keys)
    assert caught.value.problems[0].startswith(problem)
