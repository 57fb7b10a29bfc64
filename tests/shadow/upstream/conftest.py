"""Every test of the client that needs a loop runs on asyncio's and on uvloop's."""

import asyncio
import contextlib

import pytest
import uvloop
from hypothesis import settings

from shadow.upstream.pool import Pool
from shadow.upstream.target import Origin

settings.register_profile("patient", deadline=None, max_examples=100)
settings.load_profile("patient")


def pytest_asyncio_loop_factories(config, item):
    """Give the two loops the client is made for."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture
async def pool_to():
    """Open pools to scripted servers; all are closed at the end."""
    async with contextlib.AsyncExitStack() as stack:

        def open_pool(server, **options):
            pool = Pool(Origin.parse(server.url), **options)
            stack.push_async_callback(pool.close)
            return pool

        yield open_pool
