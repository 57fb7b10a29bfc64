"""Event streams as what they assemble to: where a server cuts its chunks is no difference. Knows no comparator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from comparators.chat import hear_document, hear_events
from comparators.divergence import NotComparable
from comparators.event_stream import events, is_stream

if TYPE_CHECKING:
    from comparators.answer import Answer

_OF_THE_BODY = frozenset({b"content-type", b"content-length", b"content-encoding"})


def assembled(legacy: Answer, model: Answer) -> tuple[Answer, Answer]:
    """Give both answers with every event stream put together; both as they are when neither is one.

    The events of a chat (OpenAI's or Anthropic's) become its text, or an object of `text` and `calls` where
    tools are called; beside it a whole completion or message becomes the same. Of other streams one JSON
    event becomes its document, several an array, and events that are not all JSON their joined text.
    Raises NotComparable when a chat's stream reports an error or has no end.
    """
    if not (is_stream(legacy) or is_stream(model)):
        return legacy, model
    return _whole(legacy, "legacy"), _whole(model, "model")


def _whole(answer: Answer, side: str) -> Answer:
    if is_stream(answer):
        return _of(answer, _stream(answer.body, side))
    try:
        said = hear_document(answer.json)
    except ValueError:
        return answer
    return _of(answer, said.whole()) if said.known else answer


def _stream(body: bytes, side: str) -> Any:
    """Give a stream's text or its JSON document."""
    data = list(events(body))
    try:
        found = [msgspec.json.decode(one) for one in data]
    except (ValueError, RecursionError):
        return b"".join(data).decode("utf-8", "replace")
    try:
        said = hear_events(found)
    except ValueError as exc:
        raise NotComparable(f"{side}: {exc}") from exc
    if not said.known:
        return found[0] if len(found) == 1 else found
    if not said.ended and not _is_done(body):
        raise NotComparable(f"{side}: the stream has no end")
    return said.whole()


def _is_done(body: bytes) -> bool:
    return body.rstrip().endswith(b"[DONE]")


def _of(answer: Answer, value: Any) -> Answer:
    kind, body = (b"text/plain", value.encode()) if isinstance(value, str) else (b"", b"")
    if not isinstance(value, str) or _is_document(body):
        kind, body = b"application/json", body or msgspec.json.encode(value)
    kept = tuple(pair for pair in answer.headers if pair[0].lower() not in _OF_THE_BODY)
    return replace(answer, headers=(*kept, (b"Content-Type", kind)), body=body)


def _is_document(body: bytes) -> bool:
    """Whether a text is a JSON object or array as a whole."""
    try:
        return body.lstrip()[:1] in (b"{", b"[") and msgspec.json.decode(body) is not None
    except (ValueError, RecursionError):
        return False
