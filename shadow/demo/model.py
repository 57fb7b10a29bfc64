"""The demo's model server: replays recorded answers over the chat completions API, and says so.

`python -m shadow.demo.model --port 9002` starts it alone. No model runs in it: intents were recorded from a
MiniLM sentence encoder with a logistic head, addresses from a conditional random field; neither is an LLM.
"""

from __future__ import annotations

import asyncio
import itertools
import zlib
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from shadow.demo import data, replay
from shadow.demo.server import main

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from shadow.demo.replay import Token

INTENT = "intent-replay"
ADDRESS = "address-replay"
BANNER = (
    "model: REPLAYS recorded answers and runs no model; intent-replay was recorded from a MiniLM encoder "
    "with a logistic head, address-replay from a conditional random field, neither is an LLM"
)
SLOWEST = 0.005
"""Seconds the slowest answer waits; which answer waits how long is fixed by its text."""


class Message(msgspec.Struct):
    """One message of the conversation."""

    role: str
    content: str


class Ask(msgspec.Struct):
    """What is read of a chat completions request; all else is ignored."""

    model: str
    messages: list[Message]
    stream: bool = False
    logprobs: bool = False


def build(
    *, slowest: float = SLOWEST, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> web.Application:
    """Build the application: GET / (what this is), GET /v1/models, POST /v1/chat/completions."""
    recorded = _recorded()
    numbers = itertools.count(1)

    async def complete(request: web.Request) -> web.Response:
        try:
            ask = msgspec.json.decode(await request.read(), type=Ask)
            tokens = _look_up(recorded, ask)
        except (msgspec.DecodeError, ValueError) as exc:
            return _refusal(400, str(exc))
        except LookupError as exc:
            return _refusal(404, str(exc.args[0]))
        await sleep(slowest * _jitter(ask.messages[-1].content))
        asked = sum(len(message.content.split()) for message in ask.messages)
        document: Any = replay.completion(tokens, model=ask.model, number=next(numbers), asked=asked)
        if not ask.logprobs:
            document["choices"][0]["logprobs"] = None
        return web.Response(body=msgspec.json.encode(document), content_type="application/json")

    app = web.Application()
    app.router.add_post("/v1/chat/completions", complete)
    app.router.add_get("/v1/models", _models)
    app.router.add_get("/", _banner)
    return app


def _recorded() -> dict[str, dict[str, tuple[Token, ...]]]:
    return {
        INTENT: {row.text: replay.intent_tokens(row) for row in data.intents()},
        ADDRESS: {row.text: replay.address_tokens(row) for row in data.addresses()},
    }


def _look_up(recorded: dict[str, dict[str, tuple[Token, ...]]], ask: Ask) -> tuple[Token, ...]:
    """Find the answer recorded to the last message; LookupError when none is, ValueError for a stream."""
    if ask.stream:
        raise ValueError("this replay does not stream; leave out `stream`")
    if not ask.messages:
        raise ValueError("`messages` is empty")
    if ask.model not in recorded:
        raise LookupError(f"no model {ask.model!r} here; there are {', '.join(recorded)}")
    try:
        return recorded[ask.model][ask.messages[-1].content]
    except KeyError:
        raise LookupError(
            "no answer to this text was recorded; this server replays and runs no model"
        ) from None


def _jitter(text: str) -> float:
    return zlib.crc32(text.encode()) / 0xFFFFFFFF


def _refusal(status: int, message: str) -> web.Response:
    return web.json_response({"error": {"message": message, "type": "invalid_request_error"}}, status=status)


async def _models(_request: web.Request) -> web.Response:
    owner = "a replay of recorded answers, not an LLM"
    listed = [{"id": name, "object": "model", "created": 0, "owned_by": owner} for name in (INTENT, ADDRESS)]
    return web.json_response({"object": "list", "data": listed})


async def _banner(_request: web.Request) -> web.Response:
    return web.json_response({"about": BANNER, "models": [INTENT, ADDRESS]})


if __name__ == "__main__":
    main(build, banner=BANNER, port=9002)
