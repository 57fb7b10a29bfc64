"""How judges and embeddings are reached, and what they are sent."""

from __future__ import annotations

import asyncio
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from pydantic import TypeAdapter

from comparators import Answer
from shadow.adapters.catalog import opened
from shadow.asking.build import build_asked, upstreams_of
from shadow.config.asked import Embedding, Judge
from shadow.config.load import load
from shadow.errors import ConfigError
from shadow.request import Request

OPENAI = {"adapter": "openai", "url": "http://judge.test/v1", "model": "m", "api_key": "sesame"}


class Line:
    """A transport that keeps what was sent."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.sent = []

    async def send(self, **request):
        """Keep the request."""
        self.sent.append(request)
        return self.answer


def asked(adapter, document):
    """Ask, and read the answer."""

    async def ask():
        async with opened(adapter) as each:
            return each.read(await each(Request("POST", "/", (), Answer.of(json=document).body)))

    return asyncio.run(ask())


def built(section, answer=None, **keys):
    """Build the adapter of a section, and its line."""
    line = Line(answer or Answer.of(json={}))
    return build_asked("x", TypeAdapter(section).validate_python(keys), connect=lambda _url: line), line


QUESTION = {"rubric": "Be strict.", "request": "1 + 1?", "first": "2", "second": "{{ 7 * 7 }}"}


def test_a_judge_is_asked_by_a_prompt_of_ours():
    """The rubric is in it; what was answered is data, also where it looks like a template."""
    reply = Answer.of(
        json={"choices": [{"message": {"content": 'Well: {"better": "first"}'}, "finish_reason": "stop"}]}
    )
    adapter, line = built(Judge, reply, **OPENAI)
    assert asked(adapter, QUESTION).json == {"better": "first"}
    sent = Answer(body=line.sent[0]["body"]).json
    system, user = (message["content"] for message in sent["messages"])
    assert ("Be strict." in system, "<second>\n{{ 7 * 7 }}\n</second>" in user) == (True, True)
    assert (sent["model"], sent["temperature"], sent["max_tokens"]) == ("m", 0, 64)
    assert (b"Authorization", b"Bearer sesame") in line.sent[0]["headers"]


def test_a_prompt_and_parameters_may_be_ones_own():
    """Each without the other."""
    adapter, line = built(Judge, **OPENAI, ask={"params": {"max_tokens": 9}})
    asked(adapter, QUESTION)
    adapter, other = built(
        Judge, **OPENAI, ask={"user": "{{ request.json.first }} or {{ request.json.second }}?"}
    )
    asked(adapter, QUESTION)
    sent = [Answer(body=each.sent[0]["body"]).json for each in (line, other)]
    assert (sent[0]["max_tokens"], len(sent[0]["messages"])) == (9, 2)
    assert [message["content"] for message in sent[1]["messages"]] == ["2 or {{ 7 * 7 }}?"]


def test_an_embedding_is_asked_for_one_text():
    """At its own endpoint; its tokens are told."""
    reply = Answer.of(json={"data": [{"embedding": [1.0, 2.5], "index": 0}], "usage": {"prompt_tokens": 3}})
    adapter, line = built(Embedding, reply, **OPENAI)
    found = asked(adapter, {"text": "hello"})
    assert (found.json, found.reply.tokens_in) == ([1.0, 2.5], 3)
    assert (line.sent[0]["target"], line.sent[0]["method"]) == (b"/v1/embeddings", b"POST")
    assert Answer(body=line.sent[0]["body"]).json == {
        "model": "m",
        "input": "hello",
        "encoding_format": "float",
    }


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        ({"data": [{"embedding": "AACAPwAAIEA="}]}, [1.0, 2.5]),
        ({"data": [{"embedding": [1, "2"]}]}, "malformed"),
        ({"data": [{"embedding": "AAC"}]}, "malformed"),
        ({"data": []}, "malformed"),
        ([], "malformed"),
    ],
)
def test_a_vector_is_a_list_of_numbers_or_its_bytes(reply, told):
    """Anything else is a problem, not a vector."""
    adapter, _ = built(Embedding, Answer.of(json=reply), **OPENAI)
    found = asked(adapter, {"text": "hello"})
    assert (found.problem or "").partition(":")[0] == (told if isinstance(told, str) else "")
    assert isinstance(told, str) or found.json == told
    assert [adapter.failed(Answer(status=status)) for status in (200, 400)] == [False, True]


def test_a_local_model_is_loaded_from_its_folder(tmp_path, monkeypatch):
    """When it is first asked, and nothing is downloaded."""
    loaded = []

    class StaticModel:
        @classmethod
        def from_pretrained(cls, folder):
            loaded.append(folder)
            return cls()

        def encode(self, text):
            return np.array([len(text), 0.5], dtype=np.float32)

    monkeypatch.setitem(sys.modules, "model2vec", SimpleNamespace(StaticModel=StaticModel, __spec__=object()))
    for name in ("model.safetensors", "tokenizer.json"):
        (tmp_path / name).touch()
    adapter, _ = built(Embedding, adapter="model2vec", folder=str(tmp_path))
    assert loaded == []
    assert asked(adapter, {"text": "hello"}).json == [5.0, 0.5]
    assert loaded == [str(tmp_path)]


def test_a_real_local_model_gives_vectors(tmp_path):
    """A tiny one, made here: the library is not asked for anything from elsewhere."""
    import model2vec
    import tokenizers

    words = {"[UNK]": 0, "main": 1, "street": 2}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    model2vec.StaticModel(np.eye(3, dtype=np.float32), tokenizer).save_pretrained(tmp_path)
    adapter, _ = built(Embedding, adapter="model2vec", folder=str(tmp_path))
    assert asked(adapter, {"text": "main street"}).json == pytest.approx([0, 0.5**0.5, 0.5**0.5], abs=0.3)


def test_an_adapter_may_be_ones_own(tmp_path, monkeypatch):
    """It is called with the question's document, and answers with a word or a vector."""
    (tmp_path / "my_judge.py").write_text(
        "from comparators import Answer\n"
        "class Shorter:\n"
        "    async def __call__(self, request):\n"
        "        asked = request.json\n"
        "        if 'text' in asked:\n"
        "            return Answer.of(json=[1, len(asked['text'])])\n"
        "        shorter = len(asked['first']) < len(asked['second'])\n"
        "        return Answer.of(json={'better': 'first' if shorter else 'second'})\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert asked(built(Judge, adapter="my_judge:Shorter")[0], QUESTION).json == {"better": "first"}
    assert asked(built(Embedding, adapter="my_judge:Shorter")[0], {"text": "abc"}).json == [1, 3]


@pytest.mark.parametrize(
    ("section", "keys", "told"),
    [
        (Judge, {"adapter": "passthrough", "url": "http://h"}, "a judge is asked by openai, anthropic or"),
        (Judge, {"adapter": "openai", "model": "m"}, "url: is missing"),
        (Embedding, {"adapter": "openai"}, "url: is missing"),
        (
            Embedding,
            {"adapter": "anthropic", "url": "http://h"},
            "an embedding is asked by openai, model2vec or",
        ),
        (Embedding, {"adapter": "model2vec"}, "folder: is missing"),
        (Embedding, {**OPENAI, "folder": "x"}, "folder: is only for the adapter model2vec"),
    ],
)
def test_what_cannot_be_asked_is_refused_at_the_start(section, keys, told):
    """In words that begin with the key."""
    with pytest.raises(ConfigError, match=told):
        built(section, **keys)


def test_a_package_that_is_missing_is_told_with_what_to_type(monkeypatch, tmp_path):
    """And so is a folder that holds no model."""
    monkeypatch.setitem(sys.modules, "model2vec", None)
    with pytest.raises((ConfigError, ValueError), match=r"pip install 'shadow-router\[embeddings\]'|None"):
        built(Embedding, adapter="model2vec", folder=str(tmp_path))
    monkeypatch.setitem(sys.modules, "model2vec", SimpleNamespace(__spec__=object()))
    with pytest.raises(
        ConfigError, match=r"is no model2vec model: model\.safetensors and tokenizer\.json not there"
    ):
        built(Embedding, adapter="model2vec", folder=str(tmp_path))


def test_only_those_are_asked_that_a_route_names(tmp_path):
    """Once each."""
    (tmp_path / "shadow.yaml").write_text("""
legacy: {url: "http://h"}
models: {m: {adapter: passthrough, url: "http://h"}}
judges: {fair: {adapter: openai, url: "http://h", model: m}, idle: {adapter: openai, url: "http://h", model: m}}
embeddings: {mini: {adapter: openai, url: "http://h"}}
routes:
  a: {match: {path: /a}, model: m, compare: [{use: judge, judge: fair}, {use: embedding, embedding: mini}, {use: json}]}
  b: {match: {path: /b}, compare: [{use: judge, judge: idle}, {use: json}]}
""")
    found = upstreams_of(load(tmp_path / "shadow.yaml", environ={}))
    assert list(found) == [("judge", "fair"), ("embedding", "mini")]
