"""Gives a user's own adapter the face of the built-in ones. Knows nothing of what it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from shadow.adapters.passthrough import is_failure
from shadow.adapters.shape import unshaped

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType

    from comparators.answer import Answer
    from shadow.adapters.shape import Shape
    from shadow.request import Request


class Plugin:
    """A user's adapter: any object called with a request. Its `failed` and `read` are used if it has them."""

    def __init__(self, adapter: Any, shape: Shape | None) -> None:
        self._adapter = adapter
        self._ask: Callable[[Request], Awaitable[Answer]] = adapter
        self._failed: Callable[[Answer], bool] | None = getattr(adapter, "failed", None)
        self._read: Callable[[Answer], Answer] | None = getattr(adapter, "read", None)
        self._shape = shape

    async def __call__(self, request: Request) -> Answer:
        """Ask the user's adapter; whatever it raises passes."""
        return await self._ask(request)

    def failed(self, raw: Answer) -> bool:
        """Whether the model failed to answer, by the adapter's own word or by the status."""
        return is_failure(raw.status) if self._failed is None else self._failed(raw)

    def read(self, raw: Answer) -> Answer:
        """Give the answer as the adapter reads it, then shaped when `answer` says how."""
        read = raw if self._read is None else self._read(raw)
        if self._shape is None or read.problem is not None:
            return read
        if not 200 <= read.status < 300:
            return unshaped(read, read.reply, f"status: {read.status}")
        return self._shape(read, read.reply)

    async def __aenter__(self) -> Self:
        if hasattr(self._adapter, "__aenter__"):
            await self._adapter.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if hasattr(self._adapter, "__aexit__"):
            await self._adapter.__aexit__(kind, error, trace)
