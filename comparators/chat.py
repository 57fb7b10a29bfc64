"""Puts together what a chat model said, from its document or from the events of its stream.

OpenAI's chat, completions and responses and Anthropic's messages: text and calls of tools. Knows no answer,
no token probabilities, and not why the model stopped.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    Key = tuple[int, ...] | str

_ENDS = frozenset({"message_stop", "response.completed", "response.incomplete"})
_ERRORS = frozenset({"error", "response.failed"})


@dataclass(slots=True)
class Call:
    """One call of a tool while it is put together."""

    name: str = ""
    arguments: list[str] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """Give its name and its arguments, as JSON where they are."""
        text = "".join(self.arguments) or "{}"
        try:
            return {"name": self.name, "arguments": msgspec.json.decode(text)}
        except (ValueError, RecursionError):
            return {"name": self.name, "arguments": text}


@dataclass(slots=True)
class Said:
    """What was said so far; `known` once anything was a chat's, `ended` once its end was there."""

    texts: list[str] = field(default_factory=list)
    calls: dict[Key, Call] = field(default_factory=dict)
    known: bool = False
    ended: bool = False

    def whole(self) -> str | dict[str, Any]:
        """Give the text; with calls of tools, an object of `text` and `calls`."""
        text = "".join(self.texts)
        return (
            {"text": text, "calls": [call.document() for call in self.calls.values()]} if self.calls else text
        )

    def call(self, key: Key, name: Any, arguments: Any) -> None:
        """Hear a part of a call."""
        call = self.calls.setdefault(key, Call())
        call.name += name if isinstance(name, str) else ""
        if isinstance(arguments, str):
            call.arguments.append(arguments)
        elif arguments:
            call.arguments.append(msgspec.json.encode(arguments).decode())

    def text(self, text: Any) -> None:
        """Hear a part of the text."""
        if isinstance(text, str):
            self.texts.append(text)


def hear_events(events: Iterable[Any]) -> Said:
    """Put the events of a stream together; ValueError when one reports an error."""
    said = Said()
    for event in events:
        kind = _kind(event)
        if kind in _ERRORS or (member(event, "error") and not listed(event, "choices")):
            raise ValueError("the stream reports an error")
        said.ended = said.ended or kind in _ENDS
        if listed(event, "choices"):
            _hear_choice(said, listed(event, "choices"), "delta")
        elif kind.startswith("response."):
            _hear_response_event(said, kind, event)
        else:
            _hear_message_event(said, kind, event)
    return said


def hear_document(document: Any) -> Said:
    """Read a whole completion, response or message; nothing is known when it is none."""
    said = Said(ended=True)
    if listed(document, "choices"):
        _hear_choice(said, listed(document, "choices"), "message")
    elif _kind(document) == "message":
        said.known = True
        for index, block in enumerate(listed(document, "content")):
            _hear_block(said, index, block)
    elif member(document, "object") == "response":
        said.known = True
        for index, item in enumerate(listed(document, "output")):
            _hear_item(said, index, item)
    return said


def _hear_choice(said: Said, choices: list[Any], part: str) -> None:
    """Hear the first choice of a completion, or of a chunk of one."""
    choice = next((one for one in choices if member(one, "index") in (None, 0)), None)
    message, text = member(choice, part), member(choice, "text")
    if not isinstance(message, dict) and not isinstance(text, str):
        return
    said.known = True
    said.ended = said.ended or isinstance(member(choice, "finish_reason"), str)
    said.text(text if message is None else member(message, "content"))
    for at, call in enumerate(listed(message, "tool_calls")):
        index, function = member(call, "index"), member(call, "function")
        key = (index if type(index) is int else at,)
        said.call(key, member(function, "name"), member(function, "arguments"))


def _hear_message_event(said: Said, kind: str, event: Any) -> None:
    said.known = said.known or kind == "message_start"
    index, delta = member(event, "index"), member(event, "delta")
    key = index if type(index) is int else 0
    if kind == "content_block_start":
        _hear_block(said, key, member(event, "content_block"))
    elif kind == "content_block_delta":
        said.text(member(delta, "text"))
        if isinstance(member(delta, "partial_json"), str):
            said.call((key,), None, member(delta, "partial_json"))


def _hear_block(said: Said, index: int, block: Any) -> None:
    if _kind(block) == "tool_use":
        said.call((index,), member(block, "name"), member(block, "input"))
    else:
        said.text(member(block, "text"))


def _hear_response_event(said: Said, kind: str, event: Any) -> None:
    said.known = True
    if kind == "response.output_text.delta":
        said.text(member(event, "delta"))
    elif kind == "response.output_item.added" and _kind(member(event, "item")) == "function_call":
        said.call(_item(event), member(member(event, "item"), "name"), None)
    elif kind == "response.function_call_arguments.delta":
        said.call(_item(event), None, member(event, "delta"))


def _item(event: Any) -> Key:
    index = member(event, "output_index")
    return (index if type(index) is int else 0,)


def _hear_item(said: Said, index: int, item: Any) -> None:
    if _kind(item) == "function_call":
        said.call((index,), member(item, "name"), member(item, "arguments"))
    for part in listed(item, "content"):
        said.text(member(part, "text"))


def _kind(value: Any) -> str:
    kind = member(value, "type")
    return kind if isinstance(kind, str) else ""


def member(value: Any, key: str) -> Any:
    """Give what an object holds under a key; None when it is no object or holds nothing there."""
    return value.get(key) if isinstance(value, dict) else None


def listed(value: Any, key: str) -> list[Any]:
    """Give the list that an object holds under a key; an empty one when it holds none."""
    found = member(value, key)
    return found if isinstance(found, list) else []
