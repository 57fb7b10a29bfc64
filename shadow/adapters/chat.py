"""Asks a chat model and reads its reply, whatever its dialect. Knows nothing of any one vendor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from shadow.adapters.ask import AskFailed
from shadow.adapters.shape import unshaped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from comparators.answer import Answer, Reply
    from shadow.adapters.ask import Ask, Asked
    from shadow.adapters.headers import HeaderRules
    from shadow.adapters.shape import Shape
    from shadow.adapters.transport import Transport
    from shadow.request import Request

_REFUSED = frozenset({"content_filter", "refusal"})
_TRUNCATED = frozenset({"length", "max_tokens", "model_context_window_exceeded"})
_CALLS_A_TOOL = frozenset({"tool_calls", "function_call", "tool_use"})


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one kind of chat API is asked and read.

    `compose` makes the document to send of what is asked, `defaults` gives the parameters it needs where the
    configuration's own do not say; `reply` and `streamed` read an answer's document and its event stream,
    and raise ValueError for what is neither.
    """

    compose: Callable[[Asked], dict[str, Any]]
    defaults: Callable[[Mapping[str, Any]], dict[str, Any]]
    reply: Callable[[Any], Reply]
    streamed: Callable[[bytes], Reply]


@dataclass(frozen=True, slots=True)
class Question:
    """What is sent to a chat model: its name, the compiled `ask`, and the parameters that go with it."""

    dialect: Dialect
    model: str
    ask: Ask | None
    params: Mapping[str, Any]

    def body(self, request: Request) -> bytes:
        """Give the request's body; AskFailed when it cannot be made of this client request."""
        named = {"model": self.model} if self.model else {}
        if self.ask is not None and self.ask.writes:
            asked = self.dialect.compose(self.ask.render(request))
            return msgspec.json.encode(
                {**named, **asked, **self.dialect.defaults(self.params), **self.params}
            )
        if not named and not self.params:
            return request.body
        return msgspec.json.encode({**_conversation(request), **named, **self.params})


def _conversation(request: Request) -> dict[str, Any]:
    try:
        document = request.json
    except ValueError:
        raise AskFailed("the request's body is not JSON, and no ask says what else to send") from None
    if not isinstance(document, dict):
        raise AskFailed("the request's body is no JSON object, and no ask says what else to send")
    return document


class Chat:
    """An adapter for one chat model."""

    def __init__(
        self,
        *,
        transport: Transport,
        target: bytes,
        headers: HeaderRules,
        question: Question,
        shape: Shape,
        limit: int,
    ) -> None:
        self._transport = transport
        self._target = target
        self._headers = headers
        self._question = question
        self._shape = shape
        self._limit = limit

    async def __call__(self, request: Request) -> Answer:
        """Ask the model; give what it sent back, unread."""
        return await self._transport.send(
            method=b"POST",
            target=self._target,
            headers=self._headers(request),
            body=self._question.body(request),
            limit=self._limit,
        )

    def failed(self, raw: Answer) -> bool:
        """Whether the model failed to answer: any status from 400 up."""
        return raw.status >= 400

    def read(self, raw: Answer) -> Answer:
        """Read the reply, and shape it as the legacy's answer when nothing speaks against it."""
        if raw.status >= 300:
            return unshaped(raw, None, f"status: {raw.status}")
        streams = _is_stream(raw)
        dialect = self._question.dialect
        try:
            reply = dialect.streamed(raw.body) if streams else dialect.reply(raw.json)
        except ValueError:
            return unshaped(raw, None, "malformed: the reply is not what this API sends")
        problem = _problem(reply, streams=streams, tools=self._shape.passes)
        return self._shape(raw, reply) if problem is None else unshaped(raw, reply, problem)


def _is_stream(raw: Answer) -> bool:
    kind = raw.header("content-type") or ""
    return kind.partition(";")[0].strip().lower() == "text/event-stream"


def _problem(reply: Reply, *, streams: bool, tools: bool) -> str | None:
    if reply.refused or reply.finish in _REFUSED:
        return "refused: the model declined to answer"
    if reply.finish in _TRUNCATED:
        return "truncated: the reply reached its token limit"
    if streams and reply.finish is None:
        return "truncated: the stream ended before the reply did"
    if not reply.text.strip() and not (tools and reply.finish in _CALLS_A_TOOL):
        return "empty: the reply has no text"
    return None
