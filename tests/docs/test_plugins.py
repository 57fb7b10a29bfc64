"""What docs/plugins.md shows is what examples/ holds, and it runs."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import aiohttp
import pytest

from comparators import Answer
from comparators.checks import check_comparator
from shadow.config.load import load
from shadow.proxy.worker import Worker

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/plugins.md").read_text()


@pytest.fixture
def plugins(monkeypatch):
    """Make the examples importable, as PYTHONPATH=examples does."""
    monkeypatch.syspath_prepend(str(ROOT / "examples"))
    yield __import__("plugins")
    sys.modules.pop("plugins", None)


@pytest.mark.parametrize(("language", "file"), [("python", "plugins.py"), ("yaml", "plugins.yaml")])
def test_the_page_shows_the_files_that_ship(language, file):
    """A reader may copy either."""
    shown = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert (ROOT / "examples" / file).read_text() in shown


def test_the_comparator_keeps_the_laws(plugins):
    """The public conformance suite accepts it."""
    check_comparator(plugins.PriceGap())
    assert plugins.PriceGap()(Answer.of(json={"price": 10}), Answer.of(json={"price": 5})).value == 0.5


def test_the_estimator_reads_an_answer(plugins):
    """Two hedges leave a third."""
    assert plugins.Hedged(words=["maybe"])(Answer.of(text="maybe, maybe")) == pytest.approx(1 / 3)


@pytest.mark.parametrize("name", ["PriceGap", "Hedged", "Doubling"])
def test_each_is_short(name):
    """Fifteen lines at most."""
    source = (ROOT / "examples/plugins.py").read_text()
    body = re.search(rf"^class {name}.*?(?=^class |\Z)", source, re.DOTALL | re.MULTILINE).group(0)
    assert len([line for line in body.splitlines() if line.strip()]) <= 15


async def test_all_three_serve_a_request_by_the_file(plugins, tmp_path):
    """Named in the configuration, they answer a client: adapter, estimator and decision together."""
    path = tmp_path / "plugins.yaml"
    text = (ROOT / "examples/plugins.yaml").read_text()
    path.write_text(text.replace("9001", "1") + "listen: {port: 0, drain: 1s}\n")
    assert load(path, environ={}).routes["quotes"].compare[0].use == "plugins:PriceGap"
    worker = Worker(path, {})
    port = await worker.start()
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"http://127.0.0.1:{port}/v1/quotes", json={"amount": 21}) as answer,
        ):
            assert (answer.headers["Shadow-Served"], await answer.json()) == ("model", {"price": 42})
    finally:
        await worker.stop()
