"""Starts the peers and their upstreams, as far as their programs are installed."""

from __future__ import annotations

import http.client
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.house import free_port
from benchmarks.peer_configs import Peer, Place, nginx_stub
from benchmarks.processes import listening, started, stubs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Upstreams:
    """The ports of legacy and model, what serves them, and the port that counts their requests (0: none does)."""

    legacy: int
    model: int
    pid: int = 0
    counts: int = 0

    def count(self) -> float:
        """Give how many requests both have had; NaN when nobody counts."""
        if not self.counts:
            return float("nan")
        connection = http.client.HTTPConnection("127.0.0.1", self.counts, timeout=5)
        try:
            connection.request("GET", "/")
            return counted(connection.getresponse().read().decode())
        finally:
            connection.close()


def counted(told: str) -> int:
    """Read nginx's status: the third number below `server accepts handled requests`, less the one that asks."""
    return int(told.split("requests")[1].split()[2]) - 1


def found(peers: Iterable[Peer], given: Mapping[str, str | None]) -> dict[str, str]:
    """Give the program of each peer, by the peer's name, for those that are installed or were given."""
    programs = {peer.name: shutil.which(given.get(peer.program) or peer.program) for peer in peers}
    return {name: program for name, program in programs.items() if program is not None}


@contextmanager
def upstreams(core: int | None, folder: Path) -> Iterator[Upstreams]:
    """Serve legacy and model: by nginx where it is installed, else by the stubs."""
    nginx = shutil.which("nginx")
    if nginx is None:
        with stubs(core, ["answer", "answer"]) as (legacy, model):
            yield Upstreams(legacy, model)
        return
    place, counts = Place(0, free_port(), free_port(), folder), free_port()
    file = folder / "nginx.conf"
    file.write_text(nginx_stub(place, counts))
    command = [nginx, "-p", str(folder), "-c", str(file)]
    ready = partial(listening, counts)
    with started(command, core=core, log=folder / "log", ready=ready) as pid:
        yield Upstreams(place.legacy, place.model, pid, counts)


@contextmanager
def running(peer: Peer, program: str, place: Place, core: int | None) -> Iterator[int]:
    """Run a peer, and give its process id."""
    (place.folder / peer.file).write_text(peer.text(place))
    with started(
        peer.command(program, place),
        core=core,
        log=place.folder / "log",
        ready=partial(listening, place.port),
        environ=dict(peer.environ),
    ) as pid:
        yield pid
