"""Asks for a text's vector: an OpenAI-compatible `/embeddings` endpoint, or a model in this process (model2vec)."""

from __future__ import annotations

import asyncio
import base64
from array import array
from typing import TYPE_CHECKING, Any

import msgspec

from comparators.answer import Answer, Reply
from shadow.adapters.shape import unshaped
from shadow.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from comparators.answer import RawHeaders
    from shadow.adapters.transport import Transport
    from shadow.request import Request

EXTRA = "shadow-router[embeddings]"


class Embeddings:
    """An adapter for one embedding model behind OpenAI's API. A request's body is `{"text": …}`."""

    def __init__(
        self, transport: Transport, target: bytes, model: str, headers: RawHeaders, limit: int
    ) -> None:
        self._transport = transport
        self._target = target
        self._model = model
        self._headers = headers
        self._limit = limit

    async def __call__(self, request: Request) -> Answer:
        """Ask for the vector; give what came back, unread."""
        named = {"model": self._model} if self._model else {}
        body = {**named, "input": request.json["text"], "encoding_format": "float"}
        return await self._transport.send(
            method=b"POST",
            target=self._target,
            headers=self._headers,
            body=msgspec.json.encode(body),
            limit=self._limit,
        )

    def failed(self, raw: Answer) -> bool:
        """Whether there is no vector: any status from 400 up."""
        return raw.status >= 400

    def read(self, raw: Answer) -> Answer:
        """Give the vector as a JSON list, with the tokens it took; a problem says that it is none."""
        try:
            reply = msgspec.json.decode(raw.body, type=_Reply)
            vector = reply.data[0].embedding
            found = _unpacked(vector) if isinstance(vector, str) else vector
        except (msgspec.DecodeError, ValueError, LookupError, RecursionError):
            return unshaped(raw, None, "malformed: the reply is not what this API sends")
        tokens = reply.usage.prompt_tokens if reply.usage is not None else None
        return Answer.of(json=found, reply=Reply("", tokens_in=tokens))


class _Vector(msgspec.Struct):
    embedding: list[float] | str


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None


class _Reply(msgspec.Struct):
    data: list[_Vector]
    usage: _Usage | None = None


def _unpacked(text: str) -> list[float]:
    """Read a vector that was sent as base64 in spite of being asked for as numbers."""
    numbers = array("f")
    numbers.frombytes(base64.b64decode(text, validate=True))
    return numbers.tolist()


class StaticEmbeddings:
    """An adapter for a model in this process: static token vectors, averaged (model2vec). Loaded when it is entered."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._model: Any = None

    async def __aenter__(self) -> None:
        self._model = await asyncio.to_thread(_loaded, self._folder)

    async def __aexit__(self, *_error: object) -> None:
        self._model = None

    async def __call__(self, request: Request) -> Answer:
        """Give the vector; numpy's work is done in a thread, so that other calls go on."""
        vector = await asyncio.to_thread(self._model.encode, request.json["text"])
        return Answer.of(json=vector.tolist())


def check_static(folder: Path) -> None:
    """Refuse a model that cannot be loaded; ConfigError says what to do."""
    from importlib.util import find_spec

    if find_spec("model2vec") is None:
        raise ConfigError(f"adapter: model2vec is not installed: pip install '{EXTRA}'")
    missing = [name for name in ("model.safetensors", "tokenizer.json") if not (folder / name).is_file()]
    if missing:
        raise ConfigError(f"folder: {folder} is no model2vec model: {' and '.join(missing)} not there")


def _loaded(folder: Path) -> Any:
    from model2vec import StaticModel

    return StaticModel.from_pretrained(str(folder))
