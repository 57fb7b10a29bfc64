"""Makes a chat model's request out of the client's. Knows no model's own format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shadow.adapters.headers import is_credential
from shadow.adapters.templates import RenderFailed
from shadow.errors import ShadowError

if TYPE_CHECKING:
    from shadow.adapters.templates import Compiler, Literal, TextTemplate
    from shadow.config.models import Ask as AskConfig
    from shadow.request import Request

_SEEN = {"request": frozenset({"json", "text", "headers", "query", "method", "path"})}


class AskFailed(ShadowError):  # noqa: N818 - the caller's word for it
    """This client request cannot be made into one for the model; the message never quotes it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What to ask: the system prompt, if any, and the messages in turn."""

    system: str
    messages: list[dict[str, str]]


class Ask:
    """The compiled `ask` of one model."""

    def __init__(self, config: AskConfig, compiler: Compiler) -> None:
        self._system = compiler.text(config.system, "ask.system", _SEEN)
        self._messages: list[tuple[str, Literal | TextTemplate]] = [
            (message.role, compiler.text(message.content, f"ask.messages[{at}].content", _SEEN))
            for at, message in enumerate(config.messages)
        ]
        if config.user:
            self._messages.append(("user", compiler.text(config.user, "ask.user", _SEEN)))
        if config.system and not self._messages:
            compiler.problem("ask.system: needs ask.user or ask.messages beside it")

    @property
    def writes(self) -> bool:
        """Whether there is anything to render; without it the client's own conversation is sent."""
        return bool(self._messages)

    def render(self, request: Request) -> Asked:
        """Render every template; AskFailed when one cannot be."""
        names = {"request": RequestView(request)}
        try:
            system = self._system.render(names)
            messages = [{"role": role, "content": text.render(names)} for role, text in self._messages]
        except RenderFailed as exc:
            raise AskFailed(str(exc)) from exc
        return Asked(system, messages)


class RequestView:
    """The client's request as templates see it: everything but credentials."""

    def __init__(self, request: Request) -> None:
        self._request = request

    @property
    def json(self) -> Any:
        """The body as a JSON document."""
        try:
            return self._request.json
        except ValueError:
            raise RenderFailed("the request's body is not JSON") from None

    @property
    def text(self) -> str:
        """The body as text."""
        return self._request.text

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, by name in any case; those that may carry credentials are not there."""
        return _Headers(self._request)

    @property
    def query(self) -> dict[str, str]:
        """The query parameters; of a repeated one the last."""
        return self._request.query

    @property
    def method(self) -> str:
        """The method, such as POST."""
        return self._request.method

    @property
    def path(self) -> str:
        """The path, percent-decoded."""
        return self._request.path


class _Headers(Mapping[str, str]):
    def __init__(self, request: Request) -> None:
        self._values: dict[str, str] = {}
        for name, value in request.headers:
            if not is_credential(name.lower()):
                self._values.setdefault(name.lower().decode("latin-1"), value.decode("latin-1"))

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)
