from __future__ import annotations

import pytest

from shadow.adapters.ask import Ask, Asked, AskFailed
from shadow.adapters.templates import AdapterError, Compiler
from shadow.config.models import Ask as AskConfig


def _ask(**keys):
    compiler = Compiler(limit=100)
    ask = Ask(AskConfig.model_validate(keys), compiler)
    compiler.finish("models.m")
    return ask


def test_the_messages_stand_between_system_and_user(a_request):
    """Examples come before the question, in the order of the file."""
    examples = [
        {"role": "user", "content": "q"},
        {"role": "assistant", "content": "{{ request.query.lang }}"},
    ]
    ask = _ask(system="Be brief.", messages=examples, user="{{ request.json.text }}")
    assert ask.writes
    assert ask.render(a_request(body=b'{"text": 5}')) == Asked(
        "Be brief.",
        [
            {"role": "user", "content": "q"},
            {"role": "assistant", "content": "de"},
            {"role": "user", "content": "5"},
        ],
    )


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ request.method }} {{ request.path }}", "POST /v1/address"),
        ("{{ request.text }}", '{"a": "é"}'),
        ("{{ request.json }}", '{"a":"é"}'),
        ("{{ request.headers['x-tier'] }}{{ request.headers['X-TIER'] }}", "goldgold"),
        ("{{ request.headers.get('nope', '-') }}", "-"),
        ("{{ request.headers | length }}", "1"),
        ("{{ 'authorization' in request.headers }}", "false"),
        ("{{ request.headers | list | join }}", "x-tier"),
    ],
)
def test_a_template_sees_the_whole_request_but_no_credentials(template, text, a_request):
    """Body, query, method, path and headers in any case are there; what may carry credentials is not."""
    headers = ((b"X-Tier", b"gold"), (b"Authorization", b"Bearer s3cret"), (b"Cookie", b"s3cret"))
    request = a_request(body='{"a": "é"}'.encode(), headers=headers)
    assert _ask(user=template).render(request).messages == [{"role": "user", "content": text}]


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("{{ request.json.text }}", "ask.user: the request's body is not JSON"),
        ("{{ request.query.nope }}", "ask.user: 'dict object' has no attribute 'nope'"),
        ("{{ request.headers.cookie }}", "ask.user: '_Headers object' has no attribute 'cookie'"),
        ("{{ request.text * 100 }}", "ask.user: gives more than 100 characters"),
    ],
)
def test_a_request_that_cannot_be_asked_says_why(template, why, a_request):
    """What a template needs and this request lacks is a failure of the call, told without the data."""
    with pytest.raises(AskFailed) as caught:
        _ask(user=template).render(a_request(body=b"s3cret", headers=((b"Cookie", b"s3cret"),)))
    assert str(caught.value).replace("shadow.adapters.ask.", "") == why


def test_without_messages_there_is_nothing_to_write():
    """Parameters alone leave the client's own conversation as it is."""
    assert not _ask(params={"temperature": 0}).writes


def test_a_system_prompt_alone_is_refused():
    """A system prompt says nothing of what the client asked."""
    with pytest.raises(
        AdapterError, match=r"^models\.m: ask\.system: needs ask\.user or ask\.messages beside it$"
    ):
        _ask(system="Be brief.")
