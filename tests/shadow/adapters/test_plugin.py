from __future__ import annotations

import pytest
from msgspec.structs import replace

from comparators.answer import Answer, Reply
from shadow.adapters.catalog import build, opened


class Plain:
    """An adapter with nothing but a call."""

    def __init__(self, *, text: str = "said") -> None:
        self.text = text

    async def __call__(self, request):
        """Say the text, and the method."""
        return Answer.of(text=f"{self.text} {request.method}")


class Whole(Plain):
    """An adapter with everything."""

    log: list[str]

    def failed(self, raw):
        """Fail at 418 alone."""
        return raw.status == 418

    def read(self, raw):
        """Give a reply, or a problem for an empty one."""
        return replace(raw, reply=Reply(raw.text), problem=None if raw.body else "empty")

    async def __aenter__(self):
        self.log = ["opened"]
        return self

    async def __aexit__(self, *error):
        self.log.append("closed")


def factory(**options):
    """Make something that is no adapter."""
    return options


@pytest.fixture
def plugin_of(a_model, monkeypatch):
    """Give a maker of adapters by the name of a class in this file."""
    import sys
    from types import SimpleNamespace

    here = SimpleNamespace(Plain=Plain, Whole=Whole, factory=factory)
    monkeypatch.setitem(sys.modules, "my_plugins", here)
    return lambda name, **keys: build("m", a_model(f"my_plugins:{name}", url="", **keys), connect=None)


async def test_a_class_with_a_call_is_an_adapter(plugin_of, a_request):
    """Its options are its keyword arguments; its answer is read as it is."""
    adapter = plugin_of("Plain", options={"text": "hello"})
    raw = await adapter(a_request())
    assert (raw.text, adapter.read(raw) is raw) == ("hello POST", True)
    assert [adapter.failed(Answer(status)) for status in (200, 418, 503)] == [False, False, True]


def test_its_own_reader_and_its_own_word_on_failure_are_used(plugin_of):
    """`read` comes before `answer`, which leaves an answer with a problem alone."""
    adapter = plugin_of("Whole", answer={"body": {"a": "{{ reply.b }}"}})
    assert [adapter.failed(Answer(status)) for status in (418, 503)] == [True, False]
    assert adapter.read(Answer.of(json={"b": 1})).json == {"a": 1}
    assert adapter.read(Answer()).problem == "empty"
    assert adapter.read(Answer.of(json={}, status=500)).problem == "status: 500"


async def test_it_is_opened_and_closed_if_it_can_be(plugin_of):
    """An async context manager is entered and left; anything else needs nothing."""
    whole = plugin_of("Whole")
    async with opened(whole):
        assert whole._adapter.log == ["opened"]
    assert whole._adapter.log == ["opened", "closed"]
    async with opened(plugin_of("Plain")) as plain:
        assert plain.read(Answer()) == Answer()
