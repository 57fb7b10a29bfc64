"""Builds the adapter a model's configuration names. Knows every adapter; calls none."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol

from comparators.options import OptionsError, build_from
from shadow.adapters import anthropic, openai
from shadow.adapters.ask import Ask
from shadow.adapters.chat import Chat, Question
from shadow.adapters.headers import HeaderRules, added_headers, bearer, wrong_headers
from shadow.adapters.passthrough import Passthrough
from shadow.adapters.plugin import Plugin
from shadow.adapters.rewrite import BodyRewrite
from shadow.adapters.shape import Shape
from shadow.adapters.templates import Compiler
from shadow.adapters.transport import Connect, Offline, Transport
from shadow.errors import ShadowError
from shadow.plugins import load
from shadow.upstream.target import Origin

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from types import ModuleType

    from comparators.answer import Answer
    from shadow.config.models import Model
    from shadow.request import Request

__all__ = ["Adapter", "Connect", "Transport", "build", "opened", "reader"]

LIMIT = 4 * 1024 * 1024
"""Default of the largest reply, in bytes, and of the longest rendered text, in characters."""

_CHATS: dict[str, ModuleType] = {"openai": openai, "anthropic": anthropic}
_TLS = ("ca", "cert", "key")
BUILT_IN = ("passthrough", *_CHATS)


class Adapter(Protocol):
    """Asks a model, and understands what it says."""

    async def __call__(self, request: Request, /) -> Answer:
        """Ask; give the raw answer. Raises AskFailed when there is no way to ask this request."""
        ...

    def failed(self, raw: Answer, /) -> bool:
        """Whether this answer is the model's failure to answer. Pure."""
        ...

    def read(self, raw: Answer, /) -> Answer:
        """Turn the raw answer into one in the legacy's shape, with its reply and any problem. Pure."""
        ...


def build(name: str, model: Model, *, connect: Connect | None, limit: int = LIMIT) -> Adapter:
    """Build a model's adapter; without `connect` it can only read.

    Raises AdapterError, a ConfigError, with every problem of the model's keys in its `problems`.
    """
    compiler = Compiler(limit=limit)
    for problem in (*_misplaced(model), *wrong_headers(model)):
        compiler.problem(problem)
    make = _maker(model, compiler, limit)
    compiler.finish(f"models.{name}")
    return make(connect(model.url) if connect is not None and model.url else Offline())


def reader(name: str, model: Model, *, limit: int = LIMIT) -> Callable[[Answer], Answer]:
    """Build only the pure half of a model's adapter: the function that reads its raw answers."""
    return build(name, model, connect=None, limit=limit).read


@asynccontextmanager
async def opened(adapter: Adapter) -> AsyncIterator[Adapter]:
    """Enter and leave an adapter that has something to open and close; others need nothing."""
    if isinstance(adapter, Plugin):
        async with adapter:
            yield adapter
    else:
        yield adapter


def _misplaced(model: Model) -> Iterator[str]:
    """Tell of keys that the model's adapter cannot use, or lacks."""
    built_in, chat = model.adapter in BUILT_IN, model.adapter in _CHATS
    if built_in and not model.url:
        yield f"url: is missing; the adapter {model.adapter} needs it"
    elif built_in:
        yield from _wrong_url(model)
    if model.ask is not None and not chat:
        yield f"ask: is only for the adapters {' and '.join(_CHATS)}"
    if model.rewrite is not None and model.adapter != "passthrough":
        yield "rewrite: is only for the adapter passthrough"
    yield from (
        f"{key}: is only for the built-in adapters" for key in _TLS if not built_in and getattr(model, key)
    )
    if built_in and model.options:
        yield "options: are only for an adapter named package.module:Name"


def _wrong_url(model: Model) -> Iterator[str]:
    try:
        Origin.parse(model.url)
    except ValueError as exc:
        yield f"url: {exc}"


def _maker(model: Model, compiler: Compiler, limit: int) -> Callable[[Transport], Adapter]:
    """Compile all that can be wrong, and give what makes the adapter once nothing is."""
    if model.adapter in _CHATS:
        return _chat(model, compiler, limit)
    if model.adapter == "passthrough":
        return _passthrough(model, compiler, limit)
    shape = Shape(model.answer, compiler) if model.answer is not None else None
    plugin = _plugin(model, compiler)
    return lambda _transport: Plugin(plugin, shape)


def _chat(model: Model, compiler: Compiler, limit: int) -> Callable[[Transport], Adapter]:
    vendor = _CHATS[model.adapter]
    ask = Ask(model.ask, compiler) if model.ask is not None else None
    writes = ask is not None and ask.writes
    params = dict(model.ask.params) if model.ask is not None else {}
    for problem in _wrong_question(model, vendor, writes=writes):
        compiler.problem(problem)
    question = Question(vendor.DIALECT, model.model, ask, params)
    shape = Shape(model.answer, compiler)

    def make(transport: Transport) -> Adapter:
        added = added_headers(model, vendor.headers(model))
        return Chat(
            transport=transport,
            target=Origin.parse(model.url).base_path + vendor.target(model),
            headers=HeaderRules(added=added, passed=model.pass_headers, end_to_end=not writes),
            question=question,
            shape=shape,
            limit=limit,
        )

    return make


def _wrong_question(model: Model, vendor: ModuleType, *, writes: bool) -> Iterator[str]:
    if writes and not model.model:
        yield "model: is missing; what to send upstream as the model's name?"
    if model.ask is None:
        return
    for key, instead in (("messages", "ask.messages"), ("system", "ask.system"), ("model", "the key model")):
        if key in model.ask.params:
            yield f"ask.params.{key}: belongs to {instead}"
    for at, message in enumerate(model.ask.messages):
        if message.role not in vendor.ROLES:
            yield f"ask.messages[{at}].role: {model.adapter} takes {message.role} text by ask.system only"


def _passthrough(model: Model, compiler: Compiler, limit: int) -> Callable[[Transport], Adapter]:
    shape = Shape(model.answer, compiler) if model.answer is not None else None
    rewrite = BodyRewrite(model.rewrite, compiler) if model.rewrite is not None else None
    path = model.rewrite.path if model.rewrite is not None else None
    if path is not None and (not path.startswith("/") or any(sign in path for sign in "?# ")):
        compiler.problem("rewrite.path: begins with / and has no query; the client's query is kept")

    def make(transport: Transport) -> Adapter:
        return Passthrough(
            transport=transport,
            headers=HeaderRules(added=added_headers(model, bearer(model)), passed=model.pass_headers),
            base=Origin.parse(model.url).base_path,
            path=path.encode() if path is not None else None,
            rewrite=rewrite or None,
            shape=shape,
            limit=limit,
        )

    return make


def _plugin(model: Model, compiler: Compiler) -> Any:
    """Build the user's own adapter; None, with the problem noted, when it cannot be."""
    try:
        plugin = build_from(load(model.adapter, group="shadow.adapters"), model.options, name=model.adapter)
    except OptionsError as exc:
        for problem in exc.problems:
            compiler.problem(f"options: {problem}")
        return None
    except ShadowError as exc:
        compiler.problem(f"adapter: {exc}")
        return None
    if not callable(plugin):
        compiler.problem(f"adapter: what {model.adapter} builds cannot be called with a request")
    return plugin
