"""Clients are taken in by the worker that has fewer; nobody waits for long."""

from __future__ import annotations

import asyncio
import errno
import socket

import pytest
from structlog.testing import capture_logs

from shadow.proxy import door as module
from shadow.proxy.door import Door
from shadow.seats import Hall, Seat
from shadow.tasks import Tasks


class Echo(asyncio.Protocol):
    """Says which worker took a client in, and keeps count."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker

    def connection_made(self, transport) -> None:
        self.worker.clients.append(transport)
        transport.write(self.worker.name)


class Worker:
    """A worker as far as the door knows it."""

    def __init__(self, name: bytes, sock: socket.socket, seat: Seat, **tls) -> None:
        self.name = name
        self.clients: list[asyncio.Transport] = []
        self.tasks = Tasks()
        self.is_shut = False
        self.failed: list[bytes] = []
        self.door = Door(
            sock,
            lambda: Echo(self),
            lambda: len(self.clients),
            seat=seat,
            tasks=self.tasks,
            tls=tls,
            failed=lambda: self.failed.append(name),
        )

    def shut(self) -> None:
        if not self.is_shut:
            self.is_shut = True
            self.door.close()

    async def end(self) -> None:
        self.shut()
        for client in self.clients:
            client.abort()
        await self.tasks.drain(5)


@pytest.fixture
async def shared():
    """Give two workers that share a socket, its address, and their seats; neither's door is open."""
    hall = Hall(2)
    sock = socket.create_server(("127.0.0.1", 0), backlog=64)
    workers = [Worker(name, sock.dup(), Seat(hall.seats, number)) for number, name in enumerate((b"a", b"b"))]
    yield workers, sock.getsockname(), hall.seats
    for worker in workers:
        await worker.end()
    sock.close()
    hall.close()


async def taken_by(address) -> tuple[bytes, asyncio.StreamWriter]:
    """Connect, and give who answered."""
    reader, writer = await asyncio.open_connection(*address)
    return await reader.readexactly(1), writer


async def let_in(address, count: int) -> tuple[list[bytes], list[asyncio.StreamWriter]]:
    """Connect so many clients at once."""
    found = await asyncio.gather(*(taken_by(address) for _ in range(count)))
    return [name for name, _ in found], [writer for _, writer in found]


async def left(writers) -> None:
    """Let clients leave."""
    for writer in writers:
        writer.close()
        await writer.wait_closed()


async def test_two_workers_share_their_clients_evenly(shared):
    """Whoever is faster to take them."""
    workers, address, _ = shared
    for worker in workers:
        worker.door.open()
    names, writers = await let_in(address, 64)
    assert abs(names.count(b"a") - names.count(b"b")) <= 2 * (module.AHEAD + 64 // module.AHEAD_SHARE)
    await left(writers)


async def test_a_client_whom_nobody_else_takes_is_taken_after_a_moment(shared):
    """A worker that hangs has no say: its seat says that it has room, and it takes nobody."""
    workers, address, seats = shared
    seats.take(1, 0)
    workers[0].door.open()
    names, writers = await let_in(address, 8)
    assert names == [b"a"] * 8
    await left(writers)


async def test_a_worker_that_has_left_is_not_waited_for(shared, monkeypatch):
    """Nor one that fell: giving way for an hour would show."""
    monkeypatch.setattr(module, "GIVE_WAY", 3600)
    workers, address, _ = shared
    for worker in workers:
        worker.door.open()
    workers[1].shut()
    names, writers = await let_in(address, 8)
    assert names == [b"a"] * 8
    await left(writers)


async def test_a_worker_that_is_ahead_gives_way(shared, monkeypatch):
    """The other one takes the client."""
    monkeypatch.setattr(module, "GIVE_WAY", 3600)
    workers, address, seats = shared
    workers[0].door.open()
    names, writers = await let_in(address, 4)
    seats.take(1, 0)
    late = asyncio.ensure_future(taken_by(address))
    while workers[0].door._pause is None:
        await asyncio.sleep(0)
    workers[1].door.open()
    name, writer = await late
    assert (names, name) == ([b"a"] * 4, b"b")
    await left([*writers, writer])


async def test_what_keeps_clients_out_is_told_and_tried_again(shared, monkeypatch):
    """Such as a want of descriptors."""
    monkeypatch.setattr(module, "FAILED_PAUSE", 0.001)
    workers, address, _ = shared
    door = workers[0].door

    class Full:
        """A socket that fails once."""

        def __init__(self, sock: socket.socket) -> None:
            self.sock, self.failures = sock, 1

        def fileno(self) -> int:
            return self.sock.fileno()

        def settimeout(self, seconds: float) -> None:
            self.sock.settimeout(seconds)

        def accept(self):
            if self.failures:
                self.failures -= 1
                raise OSError(errno.EMFILE, "Too many open files")
            return self.sock.accept()

        def close(self) -> None:
            self.sock.close()

    door._sock = Full(door._sock)
    with capture_logs() as events:
        door.open()
        name, writer = await taken_by(address)
    assert name == b"a"
    assert events == [
        {"event": "shadow.accept_failed", "log_level": "warning", "error": "Too many open files"}
    ]
    await left([writer])


async def test_a_client_that_fails_at_the_handshake_is_let_go(shared, tmp_path):
    """It is told of, and the door stays open for the next one."""
    import ssl

    import trustme

    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    workers, address, seats = shared
    worker = Worker(b"t", workers[1].door._sock.dup(), Seat(seats, 1), ssl=context, ssl_handshake_timeout=5.0)
    worker.door.open()
    reader, writer = await asyncio.open_connection(*address)
    writer.write(b"GET / HTTP/1.1\r\n\r\n")
    assert await reader.read() == b""
    client = ssl.create_default_context()
    authority.configure_trust(client)
    encrypted, second = await asyncio.open_connection(*address, ssl=client, server_hostname="127.0.0.1")
    assert await encrypted.readexactly(1) == b"t"
    assert (worker.door._coming, worker.failed) == (0, [b"t"])
    await left([writer])
    second.transport.abort()
    await worker.end()


async def test_a_door_that_closes_waits_for_no_handshake(shared):
    """Whoever has not come in by then is sent away at once, and has not failed."""
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    workers, address, seats = shared
    worker = Worker(
        b"t", workers[1].door._sock.dup(), Seat(seats, 1), ssl=context, ssl_handshake_timeout=60.0
    )
    worker.door.open()
    reader, writer = await asyncio.open_connection(*address)
    while not len(worker.tasks):
        await asyncio.sleep(0)
    worker.shut()
    assert await worker.tasks.drain(5) == 0
    async with asyncio.timeout(5):
        assert await reader.read() == b""
    assert (worker.door._coming, worker.failed) == (0, [])
    await left([writer])
