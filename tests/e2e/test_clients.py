"""The client libraries people use, unchanged but for the address: whole answers and streams, in every phase."""

from __future__ import annotations

import asyncio
import json
import os

import aiohttp
import anthropic
import httpx
import openai
import pytest
import requests
from aiohttp import web

ASKED = [{"role": "user", "content": "where is my card?"}]
OPENAI = {
    "routes__x__match__path": "/v1/chat/completions",
    "routes__x__compare": [{"use": "exact"}],
    "models__m__adapter": "openai",
}
ANTHROPIC = {
    "routes__x__match__path": "/v1/messages",
    "routes__x__compare": [{"use": "exact"}],
    "models__m__adapter": "anthropic",
}


def event(document, name="") -> bytes:
    """Write one server-sent event."""
    return (f"event: {name}\n" if name else "").encode() + b"data: %b\n\n" % json.dumps(document).encode()


def completion(words, logprob):
    """Give a chat completion whose tokens are the words."""
    tokens = [{"token": word, "logprob": logprob, "bytes": None, "top_logprobs": []} for word in words]
    choice = {"index": 0, "message": {"role": "assistant", "content": "".join(words)}, "finish_reason": "stop"}
    named = {"id": "c-1", "object": "chat.completion", "created": 1, "model": "stub"}
    usage = {"prompt_tokens": 3, "completion_tokens": len(words), "total_tokens": 3 + len(words)}
    return {**named, "choices": [{**choice, "logprobs": {"content": tokens}}], "usage": usage}


def completion_events(words, logprob):
    """Give the events of the same completion, streamed."""
    named = {"id": "c-1", "object": "chat.completion.chunk", "created": 1, "model": "stub"}
    for word in words:
        token = {"token": word, "logprob": logprob, "bytes": None, "top_logprobs": []}
        choice = {"index": 0, "delta": {"role": "assistant", "content": word}, "finish_reason": None}
        yield event({**named, "choices": [{**choice, "logprobs": {"content": [token]}}]})
    yield event({**named, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    yield b"data: [DONE]\n\n"


def message(words):
    """Give a message as Anthropic's API does."""
    named = {"id": "m-1", "type": "message", "role": "assistant", "model": "stub", "stop_sequence": None}
    said = {"content": [{"type": "text", "text": "".join(words)}], "stop_reason": "end_turn"}
    return {**named, **said, "usage": {"input_tokens": 3, "output_tokens": len(words)}}


def message_events(words):
    """Give the events of the same message, streamed."""
    began = {**message(words), "content": [], "stop_reason": None}
    block = {"index": 0, "content_block": {"type": "text", "text": ""}}
    yield event({"type": "message_start", "message": began}, "message_start")
    yield event({"type": "content_block_start", **block}, "content_block_start")
    for word in words:
        delta = {"index": 0, "delta": {"type": "text_delta", "text": word}}
        yield event({"type": "content_block_delta", **delta}, "content_block_delta")
    yield event({"type": "content_block_stop", "index": 0}, "content_block_stop")
    ended = {"delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": {"output_tokens": 2}}
    yield event({"type": "message_delta", **ended}, "message_delta")
    yield event({"type": "message_stop"}, "message_stop")


class Talker:
    """A chat server of both dialects; the second event of a stream waits until `first_seen` is set."""

    def __init__(self, *words: str, logprob: float = -0.01) -> None:
        self._words = words
        self._logprob = logprob
        self.first_seen = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        asked = await request.json()
        await self.may_answer.wait()
        speaks_openai = request.path.endswith("/chat/completions")
        if not asked.get("stream"):
            document = completion(self._words, self._logprob) if speaks_openai else message(self._words)
            return web.json_response(document)
        events = completion_events(self._words, self._logprob) if speaks_openai else message_events(self._words)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for number, data in enumerate(events):
            if number == 1:
                await self.first_seen.wait()
            await response.write(data)
        return response


# Each talks to a server at `url` and gives what was said; `seen` is called at the first part of a stream.


def openai_whole(url, seen):
    with openai.OpenAI(base_url=f"{url}/v1", api_key="secret-1", max_retries=0) as client:
        answer = client.chat.completions.create(model="big", messages=ASKED, logprobs=True)
    seen()
    return answer.choices[0].message.content


def openai_stream(url, seen):
    said = []
    with openai.OpenAI(base_url=f"{url}/v1", api_key="secret-1", max_retries=0) as client:
        for chunk in client.chat.completions.create(model="big", messages=ASKED, logprobs=True, stream=True):
            seen()
            said.append(chunk.choices[0].delta.content or "")
    return "".join(said)


async def openai_async_whole(url, seen):
    async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="secret-1", max_retries=0) as client:
        answer = await client.chat.completions.create(model="big", messages=ASKED, logprobs=True)
    seen()
    return answer.choices[0].message.content


async def openai_async_stream(url, seen):
    said = []
    async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="secret-1", max_retries=0) as client:
        asked = {"model": "big", "messages": ASKED, "logprobs": True}
        async for chunk in await client.chat.completions.create(**asked, stream=True):
            seen()
            said.append(chunk.choices[0].delta.content or "")
    return "".join(said)


def anthropic_whole(url, seen):
    with anthropic.Anthropic(base_url=url, api_key="secret-1", max_retries=0) as client:
        answer = client.messages.create(model="big", max_tokens=9, messages=ASKED)
    seen()
    return answer.content[0].text


def anthropic_stream(url, seen):
    said = []
    with anthropic.Anthropic(base_url=url, api_key="secret-1", max_retries=0) as client:
        for each in client.messages.create(model="big", max_tokens=9, messages=ASKED, stream=True):
            seen()
            said.append(each.delta.text if each.type == "content_block_delta" else "")
    return "".join(said)


async def anthropic_async_whole(url, seen):
    async with anthropic.AsyncAnthropic(base_url=url, api_key="secret-1", max_retries=0) as client:
        answer = await client.messages.create(model="big", max_tokens=9, messages=ASKED)
    seen()
    return answer.content[0].text


async def anthropic_async_stream(url, seen):
    said = []
    async with anthropic.AsyncAnthropic(base_url=url, api_key="secret-1", max_retries=0) as client:
        async for each in await client.messages.create(model="big", max_tokens=9, messages=ASKED, stream=True):
            seen()
            said.append(each.delta.text if each.type == "content_block_delta" else "")
    return "".join(said)


# The general clients ask for a completion by hand and read its events by line.

CHAT = "/v1/chat/completions"


def question(*, stream: bool):
    """Give the document that asks for a completion."""
    return {"model": "big", "messages": ASKED, "logprobs": True, "stream": stream}


def said_in(body: str) -> str:
    """Give what a completion says, whole or as its lines of events."""
    if not body.startswith("data:"):
        return json.loads(body)["choices"][0]["message"]["content"]
    events = [line.removeprefix("data: ") for line in body.splitlines() if line and "[DONE]" not in line]
    return "".join(json.loads(each)["choices"][0]["delta"].get("content", "") for each in events)


def requests_whole(url, seen):
    answer = requests.post(url + CHAT, json=question(stream=False), timeout=10)
    seen()
    return said_in(answer.text)


def requests_stream(url, seen):
    lines = []
    with requests.post(url + CHAT, json=question(stream=True), stream=True, timeout=10) as answer:
        for line in answer.iter_lines(chunk_size=1):
            seen()
            lines.append(line.decode())
    return said_in("\n".join(lines))


def httpx_whole(url, seen):
    answer = httpx.post(url + CHAT, json=question(stream=False))
    seen()
    return said_in(answer.text)


def httpx_stream(url, seen):
    lines = []
    with httpx.stream("POST", url + CHAT, json=question(stream=True)) as answer:
        for line in answer.iter_lines():
            seen()
            lines.append(line)
    return said_in("\n".join(lines))


async def httpx_async_whole(url, seen):
    async with httpx.AsyncClient() as client:
        answer = await client.post(url + CHAT, json=question(stream=False))
    seen()
    return said_in(answer.text)


async def httpx_async_stream(url, seen):
    lines = []
    async with httpx.AsyncClient() as client:
        async with client.stream("POST", url + CHAT, json=question(stream=True)) as answer:
            async for line in answer.aiter_lines():
                seen()
                lines.append(line)
    return said_in("\n".join(lines))


async def aiohttp_whole(url, seen):
    async with aiohttp.ClientSession() as client:
        async with client.post(url + CHAT, json=question(stream=False)) as answer:
            seen()
            return said_in(await answer.text())


async def aiohttp_stream(url, seen):
    lines = []
    async with aiohttp.ClientSession() as client:
        async with client.post(url + CHAT, json=question(stream=True)) as answer:
            async for line in answer.content:
                seen()
                lines.append(line.decode())
    return said_in("".join(lines))


async def curl_whole(url, seen):
    return await _curl(url, seen, stream=False)


async def curl_stream(url, seen):
    return await _curl(url, seen, stream=True)


async def _curl(url, seen, *, stream):
    sent = ("-H", "Content-Type: application/json", "-d", json.dumps(question(stream=stream)))
    command = ("curl", "-sS", "-N", "--max-time", "10", *sent, url + CHAT)
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    lines = []
    async for line in process.stdout:
        seen()
        lines.append(line.decode())
    assert await process.wait() == 0
    return said_in("".join(lines))


CLIENTS = [
    *((OPENAI, talk) for talk in (openai_whole, openai_stream, openai_async_whole, openai_async_stream)),
    *((ANTHROPIC, talk) for talk in (anthropic_whole, anthropic_stream)),
    *((ANTHROPIC, talk) for talk in (anthropic_async_whole, anthropic_async_stream)),
    *((OPENAI, talk) for talk in (requests_whole, requests_stream, httpx_whole, httpx_stream)),
    *((OPENAI, talk) for talk in (httpx_async_whole, httpx_async_stream, aiohttp_whole, aiohttp_stream)),
    *((OPENAI, talk) for talk in (curl_whole, curl_stream)),
]
each_client = pytest.mark.parametrize(
    ("dialect", "talk"), [pytest.param(*client, id=client[1].__name__) for client in CLIENTS]
)


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch):
    """Keep a developer's proxies and vendor settings out of the clients."""
    for name in os.environ:
        if name.lower().endswith("_proxy") or name.startswith(("OPENAI_", "ANTHROPIC_")):
            monkeypatch.delenv(name)


async def through(house, talk) -> str:
    """Talk through the proxy; legacy learns when the client has seen the first part."""
    loop = asyncio.get_running_loop()

    def seen() -> None:
        loop.call_soon_threadsafe(house.legacy.answer.first_seen.set)

    async with asyncio.timeout(20):
        if asyncio.iscoroutinefunction(talk):
            return await talk(house.url, seen)
        return await asyncio.to_thread(talk, house.url, seen)


async def opened(open_house, phase, dialect, **changes):
    """Open a house between two chat servers."""
    house = await open_house(**dialect, routes__x__rollout__phase=phase, **changes)
    house.legacy.answer = Talker("le", "ga", "cy")
    house.model.answer = Talker("mo", "del")
    house.model.answer.first_seen.set()
    return house


@each_client
async def test_in_phase_off_the_client_gets_legacy_as_it_arrives(open_house, dialect, talk):
    """A stream's first part is with the client before legacy sends the second; nothing else is asked."""
    house = await opened(open_house, "off", dialect)
    assert await through(house, talk) == "legacy"
    await house.accounted({"x": 1})
    assert (house.tallies(), house.model.requests) == ({("x", "legacy", "off", "off"): 1}, [])


@each_client
async def test_in_shadow_the_client_gets_legacy_as_it_arrives(open_house, dialect, talk):
    """The stream is not held for the model either, which is asked the same and compared."""
    house = await opened(open_house, "shadow", dialect)
    assert await through(house, talk) == "legacy"
    await house.accounted({"x": 1})
    assert house.rows() == [("legacy", "shadow", "compared")]
    sent, passed = ([json.loads(body) for *_, body in side.requests] for side in (house.legacy, house.model))
    assert sent == passed
    assert b"secret-1" not in house.store.read_bytes()


@each_client
async def test_live_a_confident_model_answers_the_client(open_house, dialect, talk):
    """Whole or as a stream, whichever the client asked for, while legacy has not answered yet."""
    confidence = {"use": "logprob", "options": {"reduce": "min"}, "threshold": 0.9}
    if dialect is ANTHROPIC:  # which tells no probabilities
        confidence = {"use": "constant", "options": {"value": 1}, "threshold": 0.9}
    house = await opened(open_house, "live", dialect, routes__x__confidence=confidence)
    house.legacy.answer.may_answer.clear()
    assert await through(house, talk) == "model"
    house.legacy.answer.may_answer.set()
    await house.accounted({"x": 1})
    assert house.rows() == [("model", "confident", "compared")]


@pytest.mark.parametrize("talk", [openai_stream, openai_async_stream])
async def test_a_stream_that_is_not_confident_enough_is_legacys(open_house, talk):
    """One unsure token is enough: the client gets the legacy stream."""
    confidence = {"use": "logprob", "options": {"reduce": "min"}, "threshold": 0.9}
    house = await opened(open_house, "live", OPENAI, routes__x__confidence=confidence)
    house.legacy.answer.first_seen.set()
    house.model.answer = Talker("mo", "del", logprob=-2.0)
    house.model.answer.first_seen.set()
    assert await through(house, talk) == "legacy"
    await house.accounted({"x": 1})
    assert house.rows() == [("legacy", "low_confidence", "compared")]


async def test_the_models_stream_is_sent_as_a_stream(open_house):
    """Its events come in chunks and under the media type of a stream, as legacy's would."""
    confidence = {"use": "constant", "options": {"value": 1}, "threshold": 0.9}
    house = await opened(open_house, "live", OPENAI, routes__x__confidence=confidence)
    house.legacy.answer.may_answer.clear()
    async with house.session.post(house.url + CHAT, json=question(stream=True)) as answer:
        framing = [answer.headers.get(name) for name in ("Transfer-Encoding", "Content-Length")]
        assert (answer.content_type, framing) == ("text/event-stream", ["chunked", None])
        assert answer.headers["Shadow-Served"] == "model"
        assert said_in(await answer.text()) == "model"
    house.legacy.answer.may_answer.set()
    house.legacy.answer.first_seen.set()
    await house.accounted({"x": 1})


@pytest.mark.parametrize("client", ["openai", "anthropic"])
async def test_an_error_of_legacy_is_the_clients_own_exception(open_house, client):
    """A 429 of legacy raises in the client library just what it raises without the proxy."""
    house = await opened(open_house, "shadow", OPENAI if client == "openai" else ANTHROPIC)

    async def refuse(_: web.Request) -> web.Response:
        error = {"type": "error", "error": {"type": "rate_limit_error", "message": "slow down"}}
        return web.json_response(error, status=429, headers={"Retry-After": "7"})

    house.legacy.answer = refuse
    kind, talk = {
        "openai": (openai.RateLimitError, openai_async_whole),
        "anthropic": (anthropic.RateLimitError, anthropic_async_whole),
    }[client]
    with pytest.raises(kind, match="slow down") as raised:
        await talk(house.url, lambda: None)
    assert raised.value.response.headers["Retry-After"] == "7"
    await house.accounted({"x": 1})
