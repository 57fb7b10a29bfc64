"""A worker from its first to its last moment, on real sockets."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import socket
import sqlite3
import threading

import pytest

from shadow.errors import ShadowError
from shadow.proxy.worker import Worker, run_worker
from shadow.testing import ScriptedServer

GET = b"GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture
def written(tmp_path):
    """Write a configuration; give its path."""

    def written(legacy: str = "http://127.0.0.1:1", **keys):
        config = {
            "listen": {"port": 0, "drain": "2s", **keys.pop("listen", {})},
            "store": "sqlite:///shadow.db",
            "legacy": {"url": legacy},
            "models": {"m": {"adapter": "passthrough", "url": legacy}},
            "routes": {"x": {"match": {"path": "/x"}, "model": "m", "rollout": {"phase": "shadow"}}},
            **keys,
        }
        path = tmp_path / "shadow.yaml"
        path.write_text(json.dumps(config))
        return path

    return written


async def asked(port: int) -> bytes:
    """Send a request to the worker; give what it answers."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(GET)
    try:
        return await reader.read()
    finally:
        writer.close()


async def test_a_worker_serves_until_it_is_stopped(written):
    """Then its port is free, its record written and its state told."""
    async with ScriptedServer(OK) as legacy:
        worker = Worker(written(legacy.url), {})
        port = await worker.start()
        assert (await asked(port)).endswith(b"ok")
        while worker.busy:
            await asyncio.sleep(0.001)
        assert worker.state()["legacy_pool"]["opened"] == 1
        await worker.stop()
    with socket.create_server(("127.0.0.1", port)):
        pass
    with sqlite3.connect(worker.config.store.removeprefix("sqlite:///")) as store:
        rows = store.execute("SELECT route, served, reason FROM exchanges").fetchall()
    store.close()
    assert rows == [("x", "legacy", "shadow")]


async def test_its_state_has_gauges_and_no_secrets(written):
    """It goes into the store with every heartbeat."""
    worker = Worker(written("http://user:secret@127.0.0.1:1"), {})
    await worker.start()
    state = worker.state()
    await worker.stop()
    assert set(state) == {
        "active",
        "tasks",
        "client_connections",
        "refused_requests",
        "own_errors",
        "malformed",
        "hurried",
        "refused_config",
        "switches_failing",
        "legacy_pool",
        "model_lookups",
        "repeats",
        "spare",
        "models",
        "weighing",
        "samples",
        "record",
    }
    assert (state["active"], state["refused_config"], state["switches_failing"]) == (0, None, None)
    assert "secret" not in json.dumps(state)


async def test_a_request_that_cannot_be_read_is_counted_and_not_quoted(written, caplog, capsys):
    """The server answers it by itself; what it holds may be a secret and goes into no log."""
    worker = Worker(written(), {})
    port = await worker.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /x?token=secret\xe9 HTTP/1.1\r\nHost: h\r\nX-Api-Key: secret\r\n\r\n")
    assert (await reader.read()).startswith(b"HTTP/1.1 400 Bad Request\r\n")
    writer.close()
    refused = worker.state()["refused_requests"]
    await worker.stop()
    told = capsys.readouterr()
    assert (refused, "secret" in caplog.text + told.out + told.err) == (1, False)
    assert "shadow.request_refused" in told.out


async def test_a_taken_port_is_told_of_before_anything_runs(written):
    """With the setting that names it."""
    before = set(threading.enumerate())
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        worker = Worker(written(listen={"port": port}), {})
        with pytest.raises(
            ShadowError, match=rf"listen: cannot listen on 127\.0\.0\.1:{port}: Address already"
        ):
            await worker.start()
    assert set(threading.enumerate()) <= before


async def test_a_stop_lets_requests_under_way_end(written):
    """Their clients get their answers; new ones find nobody."""
    came, may_answer = asyncio.Event(), asyncio.Event()

    async def slow(peer) -> None:
        await peer.request()
        came.set()
        await may_answer.wait()
        await peer.send(OK)

    async with ScriptedServer(slow) as legacy:
        worker = Worker(written(legacy.url), {})
        port = await worker.start()
        async with asyncio.TaskGroup() as group:
            got = group.create_task(asked(port))
            await came.wait()
            stopping = group.create_task(worker.stop())
            while worker._listener.is_serving():
                await asyncio.sleep(0)
            with pytest.raises(ConnectionRefusedError):
                await asked(port)
            assert not stopping.done()
            may_answer.set()
        assert got.result().endswith(b"ok")


async def test_a_stop_cuts_what_does_not_end_in_time(written):
    """The exchange is recorded all the same."""
    came = asyncio.Event()

    async def hang(peer) -> None:
        await peer.request()
        came.set()
        await peer.gone()

    async with ScriptedServer(hang) as legacy:
        worker = Worker(written(legacy.url, listen={"drain": "50ms"}), {})
        port = await worker.start()
        async with asyncio.TaskGroup() as group:
            group.create_task(asked(port))
            await came.wait()
            await worker.stop()
    with sqlite3.connect(worker.config.store.removeprefix("sqlite:///")) as store:
        rows = store.execute("SELECT served, disposition FROM exchanges").fetchall()
    store.close()
    assert rows == [("legacy", "shed")]


@pytest.fixture
def collector():
    """Put the collector back as it was: a worker's process sets it for good."""
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def test_a_worker_process_ends_on_sigterm(written, collector):
    """After its loop is told, it drains and returns."""
    path = written()
    sock = socket.create_server(("127.0.0.1", 0))

    def stop_once_it_serves() -> None:
        with socket.create_connection(sock.getsockname()) as client:
            client.sendall(b"GET /y HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            assert client.recv(12) == b"HTTP/1.1 502"
        os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=stop_once_it_serves)
    thread.start()
    run_worker(path, {}, sock)
    thread.join()
    with sqlite3.connect(path.parent / "shadow.db") as store:
        tallies = store.execute("SELECT route, reason, n FROM tallies").fetchall()
    store.close()
    assert tallies == [("", "unmatched", 1)]
