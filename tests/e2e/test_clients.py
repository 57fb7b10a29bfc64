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


class Talk:
    """Each talks to a server at `url` and gives what was said; `seen` is called at the first part."""

    @staticmethod
    def openai_whole(url, seen):
        with openai.OpenAI(base_url=f"{url}/v1", api_key="secret-1", max_retries=0) as client:
            answer = client.chat.completions.create(model="big", messages=ASKED, logprobs=True)
        seen()
        return answer.choices[0].message.content

    @staticmethod
    def openai_stream(url, seen):
        said = []
        with openai.OpenAI(base_url=f"{url}/v1", api_key="secret-1", max_retries=0) as client:
            for chunk in client.chat.completions.create(
                model="big", messages=ASKED, logprobs=True, stream=True
            ):
                seen()
                said.append(chunk.choices[0].delta.content or "")
        return "".join(said)

    @staticmethod
    async def openai_async_whole(url, seen):
        async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="secret-1", max_retries=0) as client:
            answer = await client.chat.completions.create(model="big", messages=ASKED, logprobs=True)
        seen()
        return answer.choices[0].message.content

    @staticmethod
    async def openai_async_stream(url, seen):
        said = []
        async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="secret-1", max_retries=0) as client:
            asked = {"model": "big", "messages": ASKED, "logprobs": True}
            async for chunk in await client.chat.completions.create(**asked, stream=True):
                seen()
                said.append(chunk.choices[0].delta.content or "")
        return "".join(said)

    @staticmethod
    def anthropic_whole(url, seen):
        with anthropic.Anthropic(base_url=url, api_key="secret-1", max_retries=0) as client:
            answer = client.messages.create(model="big", max_tokens=9, messages=ASKED)
        seen()
        return answer.content[0].text

    @staticmethod
    def anthropic_stream(url, seen):
        said = []
        with anthropic.Anthropic(base_url=url, api_key="secret-1", max_retries=0) as client:
            for each in client.messages.create(model="big", max_tokens=9, messages=ASKED, stream=True):
                seen()
                said.append(each.delta.text if each.type == "content_block_delta" else "")
        return "".join(said)

    @staticmethod
    async def anthropic_async_whole(url, seen):
        async with anthropic.AsyncAnthropic(base_url=url, api_key="secret-1", max_retries=0) as client:
            answer = await client.messages.create(model="big", max_tokens=9, messages=ASKED)
        seen()
        return answer.content[0].text

    @staticmethod
    async def anthropic_async_stream(url, seen):
        said = []
        async with anthropic.AsyncAnthropic(base_url=url, api_key="secret-1", max_retries=0) as client:
            async for each in await client.messages.create(
                model="big", max_tokens=9, messages=ASKED, stream=True
            ):
                seen()
                said.append(each.delta.text if each.type == "content_block_delta" else "")
        return "".join(said)

    @staticmethod
    def requests_whole(url, seen):
        answer = requests.post(url + CHAT, json=question(stream=False), timeout=10)
        seen()
        return said_in(answer.text)

    @staticmethod
    def requests_stream(url, seen):
        lines = []
        with requests.post(url + CHAT, json=question(stream=True), stream=True, timeout=10) as answer:
            for line in answer.iter_lines(chunk_size=1):
                seen()
                lines.append(line.decode())
        return said_in("\n".join(lines))

    @staticmethod
    def httpx_whole(url, seen):
        answer = httpx.post(url + CHAT, json=question(stream=False))
        seen()
        return said_in(answer.text)

    @staticmethod
    def httpx_stream(url, seen):
        lines = []
        with httpx.stream("POST", url + CHAT, json=question(stream=True)) as answer:
            for line in answer.iter_lines():
                seen()
                lines.append(line)
        return said_in("\n".join(lines))

    @staticmethod
    async def httpx_async_whole(url, seen):
        async with httpx.AsyncClient() as client:
            answer = await client.post(url + CHAT, json=question(stream=False))
        seen()
        return said_in(answer.text)

    @staticmethod
    async def httpx_async_stream(url, seen):
        lines = []
        async with (
            httpx.AsyncClient() as client,
            client.stream("POST", url + CHAT, json=question(stream=True)) as answer,
        ):
            async for line in answer.aiter_lines():
                seen()
                lines.append(line)
        return said_in("\n".join(lines))

    @staticmethod
    async def aiohttp_whole(url, seen):
        async with (
            aiohttp.ClientSession() as client,
            client.post(url + CHAT, json=question(stream=False)) as answer,
        ):
            seen()
            return said_in(await answer.text())

    @staticmethod
    async def aiohttp_stream(url, seen):
        lines = []
        async with (
            aiohttp.ClientSession() as client,
            client.post(url + CHAT, json=question(stream=True)) as answer,
        ):
            async for line in answer.content:
                seen()
                lines.append(line.decode())
        return said_in("".join(lines))

    @staticmethod
    async def curl_whole(url, seen):
        return await _curl(url, seen, stream=False)

    @staticmethod
    async def curl_stream(url, seen):
        return await _curl(url, seen, stream=True)


CLIENTS = [
    *(
        (OPENAI, talk)
        for talk in (Talk.openai_whole, Talk.openai_stream, Talk.openai_async_whole, Talk.openai_async_stream)
    ),
    *((ANTHROPIC, talk) for talk in (Talk.anthropic_whole, Talk.anthropic_stream)),
    *((ANTHROPIC, talk) for talk in (Talk.anthropic_async_whole, Talk.anthropic_async_stream)),
    *(
        (OPENAI, talk)
        for talk in (Talk.requests_whole, Talk.requests_stream, Talk.httpx_whole, Talk.httpx_stream)
    ),
    *(
        (OPENAI, talk)
        for talk in (Talk.httpx_async_whole, Talk.httpx_async_stream, Talk.aiohttp_whole, Talk.aiohttp_stream)
    ),
    *((OPENAI, talk) for talk in (Talk.curl_whole, Talk.curl_stream)),
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


@pytest.fixture
def opened(open_house, talker):
    """Open a house between two chat servers."""

    async def opened(phase, dialect, **changes):
        house = await open_house(**dialect, routes__x__rollout__phase=phase, **changes)
        house.legacy.answer = talker("le", "ga", "cy")
        house.model.answer = talker("mo", "del")
        house.model.answer.first_seen.set()
        return house

    return opened


@each_client
async def test_in_phase_off_the_client_gets_legacy_as_it_arrives(opened, dialect, talk):
    """A stream's first part is with the client before legacy sends the second; nothing else is asked."""
    house = await opened("off", dialect)
    assert await through(house, talk) == "legacy"
    await house.accounted({"x": 1})
    assert (house.tallies(), house.model.requests) == ({("x", "legacy", "off", "off"): 1}, [])


@each_client
async def test_in_shadow_the_client_gets_legacy_as_it_arrives(opened, dialect, talk):
    """The stream is not held for the model either, which is asked the same and compared."""
    house = await opened("shadow", dialect)
    assert await through(house, talk) == "legacy"
    await house.accounted({"x": 1})
    assert house.rows() == [("legacy", "shadow", "compared")]
    sent, passed = ([json.loads(body) for *_, body in side.requests] for side in (house.legacy, house.model))
    assert sent == passed
    assert b"secret-1" not in house.store.read_bytes()


@each_client
async def test_live_a_confident_model_answers_the_client(opened, dialect, talk):
    """Whole or as a stream, whichever the client asked for, while legacy has not answered yet."""
    confidence = {"use": "logprob", "options": {"reduce": "min"}, "threshold": 0.9}
    if dialect is ANTHROPIC:  # which tells no probabilities
        confidence = {"use": "constant", "options": {"value": 1}, "threshold": 0.9}
    house = await opened("live", dialect, routes__x__confidence=confidence)
    house.legacy.answer.may_answer.clear()
    assert await through(house, talk) == "model"
    house.legacy.answer.may_answer.set()
    await house.accounted({"x": 1})
    assert house.rows() == [("model", "confident", "compared")]


@pytest.mark.parametrize("talk", [Talk.openai_stream, Talk.openai_async_stream])
async def test_a_stream_that_is_not_confident_enough_is_legacys(opened, talker, talk):
    """One unsure token is enough: the client gets the legacy stream."""
    confidence = {"use": "logprob", "options": {"reduce": "min"}, "threshold": 0.9}
    house = await opened("live", OPENAI, routes__x__confidence=confidence)
    house.legacy.answer.first_seen.set()
    house.model.answer = talker("mo", "del", logprob=-2.0)
    house.model.answer.first_seen.set()
    assert await through(house, talk) == "legacy"
    await house.accounted({"x": 1})
    assert house.rows() == [("legacy", "low_confidence", "compared")]


async def test_the_models_stream_is_sent_as_a_stream(opened):
    """Its events come in chunks and under the media type of a stream, as legacy's would."""
    confidence = {"use": "constant", "options": {"value": 1}, "threshold": 0.9}
    house = await opened("live", OPENAI, routes__x__confidence=confidence)
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
async def test_an_error_of_legacy_is_the_clients_own_exception(opened, client):
    """A 429 of legacy raises in the client library just what it raises without the proxy."""
    house = await opened("shadow", OPENAI if client == "openai" else ANTHROPIC)

    async def refuse(_: web.Request) -> web.Response:
        error = {"type": "error", "error": {"type": "rate_limit_error", "message": "slow down"}}
        return web.json_response(error, status=429, headers={"Retry-After": "7"})

    house.legacy.answer = refuse
    kind, talk = {
        "openai": (openai.RateLimitError, Talk.openai_async_whole),
        "anthropic": (anthropic.RateLimitError, Talk.anthropic_async_whole),
    }[client]
    with pytest.raises(kind, match="slow down") as raised:
        await talk(house.url, lambda: None)
    assert raised.value.response.headers["Retry-After"] == "7"
    await house.accounted({"x": 1})
