"""What the adapters' tests share: a transport that answers from memory, and models from plain keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from comparators.answer import Answer
from shadow.config.models import Model
from shadow.request import Request

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class FakeTransport:
    """Keeps what was sent, and gives one answer to everything."""

    answer: Answer = field(default_factory=Answer)
    sent: list[dict[str, Any]] = field(default_factory=list)

    async def send(self, **request: Any) -> Answer:
        """Keep the request; give the answer."""
        self.sent.append(request)
        return self.answer

    def headers(self) -> dict[str, str]:
        """Give the last request's headers, names in lower case."""
        return {name.decode().lower(): value.decode() for name, value in self.sent[-1]["headers"]}


@pytest.fixture
def transport() -> FakeTransport:
    """Give a transport that answers from memory."""
    return FakeTransport()


@pytest.fixture
def a_model() -> Callable[..., Model]:
    """Give a maker of model configurations."""

    def make(adapter: str = "passthrough", **keys: Any) -> Model:
        return Model.model_validate({"adapter": adapter, "url": "http://model.test/v1", **keys})

    return make


@pytest.fixture
def a_request() -> Callable[..., Request]:
    """Give a maker of client requests."""

    def make(**parts: Any) -> Request:
        given = {"method": "POST", "target": "/v1/address?lang=de", "exchange": "0199-x", **parts}
        return Request(**given)

    return make
