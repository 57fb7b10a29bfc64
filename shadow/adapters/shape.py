"""Turns a model's reply into an answer in the legacy's shape, or says why it cannot. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from comparators.answer import Answer
from comparators.extract import find_json
from shadow.adapters.headers import of_another_body, unframed
from shadow.adapters.templates import RenderFailed

if TYPE_CHECKING:
    from comparators.answer import RawHeaders, Reply
    from shadow.adapters.schema import Check
    from shadow.adapters.templates import Compiler, Template
    from shadow.config.models import AnswerShape

_JSON = "application/json"
_TEXT = "text/plain; charset=utf-8"


class Shape:
    """The compiled `answer` of one model; called with the raw answer and the reply found in it.

    A problem leaves the raw answer as it came, with the reply and the reason beside it.
    """

    def __init__(self, config: AnswerShape | None, compiler: Compiler) -> None:
        self.passes = config is None or config.from_ == "passthrough"
        self._source = "passthrough" if config is None else config.from_
        self._type = config.content_type if config is not None else None
        if self._type is not None and not (self._type.isascii() and self._type.isprintable()):
            compiler.problem("answer.content_type: a media type is printable ASCII")
        self._body = _body_of(config, compiler)
        self._check = _check_of(config, compiler)

    def __call__(self, raw: Answer, reply: Reply | None) -> Answer:
        """Shape a raw answer; `reply` is None when the upstream's body is itself what the model said."""
        said = raw.text if reply is None else reply.text
        try:
            if self.passes:
                return self._passed(raw, reply)
            if self._source == "text":
                return self._from_text(raw, reply, said)
            return self._from_json(raw, reply, said)
        except _Problem as exc:
            return unshaped(raw, reply, str(exc))

    def _passed(self, raw: Answer, reply: Reply | None) -> Answer:
        if self._check is not None:
            try:
                document = raw.json
            except ValueError:
                raise _Problem("schema: the body is not JSON") from None
            self._checked(document)
        headers = unframed(raw.headers)
        if self._type is not None:
            headers = _with_type(raw.headers, self._type)
        return Answer(raw.status, headers, raw.body, reply)

    def _from_text(self, raw: Answer, reply: Reply | None, said: str) -> Answer:
        shaped = said if self._body is None else self._rendered({"text": said})
        if isinstance(shaped, str):
            headers = _with_type(raw.headers, self._type or _TEXT)
            return Answer(raw.status, headers, shaped.encode("utf-8", "replace"), reply)
        return self._as_json(raw, reply, shaped)

    def _from_json(self, raw: Answer, reply: Reply | None, said: str) -> Answer:
        found = find_json(said)
        if found is None:
            raise _Problem("no_json: the reply holds no JSON document")
        if self._body is None:
            return self._as_json(raw, reply, found.document)
        return self._as_json(raw, reply, self._rendered({"reply": found.document, "text": said}))

    def _rendered(self, names: dict[str, Any]) -> Any:
        assert self._body is not None
        try:
            return self._body.render(names)
        except RenderFailed as exc:
            raise _Problem(f"template: {exc}") from exc

    def _as_json(self, raw: Answer, reply: Reply | None, document: Any) -> Answer:
        try:
            body = msgspec.json.encode(document)
        except (TypeError, ValueError, RecursionError) as exc:
            raise _Problem("template: answer.body gives what is not JSON") from exc
        if self._check is not None:
            self._checked(msgspec.json.decode(body))  # as the client will read it
        return Answer(raw.status, _with_type(raw.headers, self._type or _JSON), body, reply)

    def _checked(self, document: Any) -> None:
        assert self._check is not None
        broken = self._check(document)
        if broken is not None:
            raise _Problem(f"schema: {broken}")


class _Problem(Exception):  # noqa: N818 - never leaves this file; it becomes the answer's problem
    """Why an answer cannot be shaped."""


def unshaped(raw: Answer, reply: Reply | None, problem: str) -> Answer:
    """Give the raw answer with what must keep it from being served."""
    return Answer(raw.status, raw.headers, raw.body, reply, problem)


def _with_type(headers: RawHeaders, content_type: str) -> RawHeaders:
    return (*of_another_body(headers), (b"Content-Type", content_type.encode("latin-1", "replace")))


def _body_of(config: AnswerShape | None, compiler: Compiler) -> Template | None:
    if config is None or config.body is None:
        return None
    if config.from_ == "passthrough":
        compiler.problem("answer.body: has no use with from: passthrough, which serves the body as it came")
        return None
    if config.from_ == "json":
        return compiler.document(config.body, "answer.body", {"reply": None, "text": None})
    if isinstance(config.body, str):
        return compiler.text(config.body, "answer.body", {"text": None})
    return compiler.document(config.body, "answer.body", {"text": None})


def _check_of(config: AnswerShape | None, compiler: Compiler) -> Check | None:
    if config is None or config.json_schema is None:
        return None
    if config.from_ == "text" and not isinstance(config.body, dict | list | tuple):
        compiler.problem("answer.json_schema: has no use with from: text, unless answer.body is JSON")
        return None
    from shadow.adapters.schema import compile_schema  # late: most models need no schema

    try:
        return compile_schema(config.json_schema)
    except ValueError as exc:
        compiler.problem(f"answer.json_schema: {exc}")
        return None
