"""The demo's legacy server: computes its answers, by keyword rules and by regular expressions.

`python -m shadow.demo.legacy --port 9001` runs it alone. Knows nothing of the model or of the router.
"""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from shadow.demo import data, postal
from shadow.demo.keywords import DecisionList
from shadow.demo.server import main

if TYPE_CHECKING:
    from collections.abc import Callable

BANNER = "legacy: keyword rules at POST /v1/intent, the streetaddress library at POST /v1/address"


class Question(msgspec.Struct):
    """What a client posts."""

    text: str


def build() -> web.Application:
    """Build the application: POST /v1/intent and POST /v1/address, each with {"text": …}."""
    classify = DecisionList(data.rules())
    app = web.Application()
    app.router.add_post("/v1/intent", _endpoint(lambda text: {"intent": classify(text)}))
    app.router.add_post("/v1/address", _endpoint(postal.parse))
    app.router.add_get("/healthz", _healthy)
    return app


def _endpoint(answer: Callable[[str], dict[str, str]]) -> Callable[[web.Request], Any]:
    """Make a handler that answers with the fields, a fresh request_id and took_ms, as real services do."""

    async def handle(request: web.Request) -> web.Response:
        started = time.perf_counter()
        try:
            question = msgspec.json.decode(await request.read(), type=Question)
        except msgspec.DecodeError as exc:
            return web.json_response({"error": f'the body must be {{"text": …}}: {exc}'}, status=400)
        document: dict[str, Any] = dict(answer(question.text))
        document["request_id"] = uuid.uuid4().hex
        document["took_ms"] = round((time.perf_counter() - started) * 1000, 3)
        return web.Response(body=msgspec.json.encode(document), content_type="application/json")

    return handle


async def _healthy(_request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


if __name__ == "__main__":
    main(build, banner=BANNER, port=9001)
