"""The adapters over real sockets: the router's own transport against servers that speak each protocol."""

from __future__ import annotations

import gzip
import json
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from shadow.adapters.catalog import build
from shadow.config.models import Model
from shadow.request import Request
from shadow.upstream.errors import UpstreamError
from shadow.upstream.transport import Transports


@asynccontextmanager
async def _served(answer):
    """Serve every request by one function; give the server's URL."""
    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def _asked(keys, request, *, limit=100_000):
    """Ask through a fresh transport; give the adapter and its raw answer."""
    transports = Transports()
    adapter = build("m", Model.model_validate(keys), connect=transports.to, limit=limit)
    try:
        return adapter, await adapter(request)
    finally:
        await transports.close()


async def test_a_completion_is_asked_for_and_read():
    """A question reaches the server whole, and its compressed reply becomes the answer."""
    seen = {}

    async def complete(request):
        seen.update(path=request.path_qs, key=request.headers["Authorization"], body=await request.json())
        choice = {"message": {"content": '```json\n{"number": "12"}\n```'}, "finish_reason": "stop"}
        body = gzip.compress(json.dumps({"choices": [choice]}).encode())
        return web.Response(
            body=body, headers={"Content-Encoding": "gzip", "Content-Type": "application/json"}
        )

    async with _served(complete) as url:
        keys = {"adapter": "openai", "url": f"{url}/v1", "model": "m", "api_key": "k"}
        keys |= {"ask": {"user": "{{ request.json.text }}"}, "answer": {"from": "json"}}
        adapter, raw = await _asked(keys, Request("POST", "/v1/address", body=b'{"text": "12 Main St"}'))
    assert seen["path"] == "/v1/chat/completions"
    assert seen["key"] == "Bearer k"
    assert seen["body"] == {"model": "m", "messages": [{"role": "user", "content": "12 Main St"}]}
    assert (adapter.failed(raw), adapter.read(raw).json) == (False, {"number": "12"})


async def test_a_streamed_message_is_read_whole():
    """The pieces of a stream arrive as one raw answer, which is read as one reply."""
    events = [
        {"type": "message_start", "message": {"usage": {"input_tokens": 3}}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "card_"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "arrival"}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
    ]

    async def stream(request):
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for event in events:
            await response.write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())
        return response

    async with _served(stream) as url:
        keys = {"adapter": "anthropic", "url": url, "model": "m", "answer": {"from": "text"}}
        keys["ask"] = {"user": "{{ request.text }}", "params": {"stream": True}}
        adapter, raw = await _asked(keys, Request("POST", "/", body=b"where is my card"))
    read = adapter.read(raw)
    assert (read.text, read.problem, read.reply.tokens_out) == ("card_arrival", None, 2)


async def test_a_request_is_passed_on_byte_for_byte():
    """Method, target, headers and body reach a model of the same protocol as the client sent them."""

    async def echo(request):
        headers = {name.lower(): value for name, value in request.headers.items()}
        return web.json_response([request.method, request.raw_path, headers, (await request.read()).hex()])

    headers = ((b"Host", b"proxy"), (b"Cookie", b"c"), (b"X-Tier", b"gold"), (b"Content-Length", b"2"))
    async with _served(echo) as url:
        request = Request("PUT", "/a%2Fb?q=%20", headers=headers, body=b"\x00\xff", exchange="0199")
        adapter, raw = await _asked({"adapter": "passthrough", "url": f"{url}/base/"}, request)
    assert adapter.read(raw).json == [
        "PUT",
        "/base/a%2Fb?q=%20",
        {
            "accept-encoding": "identity",
            "shadow-side": "model",
            "x-tier": "gold",
            "idempotency-key": "0199",
            "host": url.removeprefix("http://"),
            "content-length": "2",
        },
        "00ff",
    ]


@pytest.mark.parametrize("adapter", ["openai", "anthropic", "passthrough"])
async def test_an_error_of_the_model_is_a_failure(adapter):
    """A refusal for too many requests is the model's failure in every dialect."""

    async def refuse(_request):
        return web.json_response({"error": {"type": "rate_limit"}}, status=429)

    async with _served(refuse) as url:
        built, raw = await _asked({"adapter": adapter, "url": url}, Request("POST", "/", body=b"{}"))
    assert (built.failed(raw), raw.status) == (True, 429)


async def test_a_reply_beyond_the_limit_is_not_taken():
    """The transport's own error passes through the adapter."""

    async def flood(_request):
        return web.Response(body=b"x" * 2000)

    async with _served(flood) as url:
        with pytest.raises(UpstreamError):
            await _asked({"adapter": "passthrough", "url": url}, Request("GET", "/"), limit=1000)
