import io

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from rich.console import Console

from shadow.demo import house as house_module
from shadow.demo.children import Children
from shadow.demo.folder import Folder
from shadow.demo.house import House
from shadow.demo.options import DemoError, Ports
from shadow.demo.screen import Screen


@pytest.fixture
def said():
    """Give what the screen was told."""
    return io.StringIO()


@pytest.fixture
def house(tmp_path, said):
    """Give a house in which nothing was started yet."""
    screen = Screen(Console(file=said, soft_wrap=True))
    return House(Children(), Folder(tmp_path), Ports(1, 2, 3, 4), screen)


async def test_a_command_of_the_router_is_shown_and_run(house, said, tmp_path):
    """What is typed is shown, and what it prints is given."""
    (tmp_path / "shadow.yaml").write_text('legacy: {url: "http://127.0.0.1:9"}\n')

    printed = await house.shadow("check")

    assert said.getvalue() == f"$ shadow check -c {tmp_path}/shadow.yaml\n"
    assert printed


async def test_a_command_that_fails_stops_the_demo(house, tmp_path):
    """The message has the command, its exit code and what it complained of."""
    with pytest.raises(DemoError) as caught:
        await house.shadow("check")

    assert str(caught.value).startswith(f"`shadow check -c {tmp_path}/shadow.yaml` ended with 2: shadow: ")


async def test_something_that_never_gets_ready_stops_the_demo(house, monkeypatch):
    """After the patience the message has the address and the last answer."""
    monkeypatch.setattr(house_module, "PATIENCE", 0.05)

    async def not_yet(_request):
        return web.Response(status=503, text="the store is locked")

    app = web.Application()
    app.router.add_get("/readyz", not_yet)
    async with TestServer(app) as server, ClientSession() as session:
        url = str(server.make_url("/readyz"))
        with pytest.raises(DemoError) as caught:
            await house._ready(session, "router", url)

    assert str(caught.value) == f"router was not ready in 0.05 s; {url}: 503 the store is locked"


def test_what_to_try_can_be_pasted(house, tmp_path):
    """Every line is a whole command with its addresses and its configuration."""
    lines = house.tries()

    assert lines[0].endswith("http://127.0.0.1:1/v1/intent")
    assert lines[2] == "curl http://127.0.0.1:2/metrics"
    assert lines[3] == f"shadow status -c {tmp_path}/shadow.yaml"
