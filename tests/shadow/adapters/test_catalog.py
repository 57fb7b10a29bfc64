from __future__ import annotations

import subprocess
import sys

import pytest

from comparators.answer import Answer
from shadow.adapters.catalog import build, opened, reader
from shadow.adapters.templates import AdapterError
from shadow.errors import ConfigError


@pytest.mark.parametrize(
    ("adapter", "keys", "problems"),
    [
        ("openai", {"url": ""}, ["url: is missing; the adapter openai needs it"]),
        ("openai", {"rewrite": {}}, ["rewrite: is only for the adapter passthrough"]),
        ("openai", {"ask": {"user": "x"}}, ["model: is missing; what to send upstream as the model's name?"]),
        (
            "openai",
            {"ask": {"params": {"messages": [], "system": "", "model": ""}}},
            [
                "ask.params.messages: belongs to ask.messages",
                "ask.params.system: belongs to ask.system",
                "ask.params.model: belongs to the key model",
            ],
        ),
        (
            "anthropic",
            {"model": "m", "ask": {"messages": [{"role": "system", "content": "x"}]}},
            ["ask.messages[0].role: anthropic takes system text by ask.system only"],
        ),
        ("passthrough", {"ask": {"user": "x"}}, ["ask: is only for the adapters openai and anthropic"]),
        (
            "passthrough",
            {"options": {"a": 1}},
            ["options: are only for an adapter named package.module:Name"],
        ),
        (
            "passthrough",
            {"rewrite": {"path": "x?y"}},
            ["rewrite.path: begins with / and has no query; the client's query is kept"],
        ),
        ("passthrough", {"headers": {"TE": "x"}}, ["headers.TE: is set by the router itself"]),
        ("json:JSONDecoder", {"ca": "a.pem"}, ["ca: is only for the built-in adapters", "adapter: what"]),
        ("nope", {}, ['adapter: no plugin is named "nope"; write package.module:Name']),
        ("json:Nope", {}, ['adapter: json:Nope: the module json has no "Nope"']),
        ("json:JSONDecoder", {}, ["adapter: what json:JSONDecoder builds cannot be called with a request"]),
        ("json:JSONDecoder", {"options": {"x": 1}}, ["options: json:JSONDecoder: unknown option 'x'"]),
    ],
)
def test_a_model_that_cannot_work_is_refused_with_every_problem(adapter, keys, problems, a_model):
    """Keys that do not fit the adapter, and adapters that cannot be built, stop the start."""
    with pytest.raises(AdapterError) as caught:
        build("m", a_model(adapter, **keys), connect=None)
    told = caught.value.problems
    assert [text[: len(problem)] for text, problem in zip(told, problems, strict=True)] == problems
    assert isinstance(caught.value, ConfigError)
    assert str(caught.value) == "\n".join(f"models.m: {text}" for text in told)


def test_problems_of_all_keys_are_told_together(a_model):
    """Templates, schema and keys are all looked at before the start is refused."""
    ask = {"user": "{{ x }}"}
    model = a_model("openai", ask=ask, answer={"body": "{{", "json_schema": {"type": 1}}, options={"a": 1})
    with pytest.raises(AdapterError) as caught:
        build("m", model, connect=None)
    assert [text.split(":")[0].split(",")[0] for text in caught.value.problems] == [
        "options",
        "ask.user",
        "model",
        "answer.body",
        "answer.json_schema",
    ]


def test_an_origin_that_cannot_be_reached_is_refused(a_model):
    """A host name that no resolver can be asked for is found before the first request."""
    with pytest.raises(AdapterError, match=r"^models\.m: url: "):
        build("m", a_model(url=f"http://{'ö' * 80}.test"), connect=None)


def test_a_model_without_templates_or_schema_loads_neither_library():
    """A proxy that only passes requests on starts without Jinja2 and jsonschema."""
    code = (
        "import sys; from types import SimpleNamespace as N; from shadow.adapters.catalog import build;"
        "build('m', N(adapter='passthrough', url='http://m', ask=None, answer=None, rewrite=None, options={},"
        "headers={}, pass_headers=(), api_key=None), connect=None);"
        "print([name for name in ('jinja2', 'jsonschema', 'pydantic') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


async def test_the_pure_half_needs_no_connection(a_model, a_request):
    """A reader reads; an adapter without a connection cannot ask."""
    assert reader("m", a_model(answer={"from": "text"}))(Answer.of(text="x")).text == "x"
    with pytest.raises(RuntimeError, match="without a connection"):
        await build("m", a_model(), connect=None)(a_request())


async def test_a_transport_is_made_for_the_model_s_url(a_model, transport):
    """The connection is asked for once, with the URL as configured; built-in adapters need no opening."""
    asked = []
    adapter = build("m", a_model(), connect=lambda url: asked.append(url) or transport)
    async with opened(adapter) as same:
        assert same is adapter
    assert asked == ["http://model.test/v1"]


async def test_the_limit_goes_to_the_transport(a_model, transport, a_request):
    """A reply larger than the limit is the transport's to refuse."""
    await build("m", a_model(), connect=lambda _url: transport, limit=99)(a_request())
    assert transport.sent[0]["limit"] == 99
