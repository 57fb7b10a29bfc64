"""`shadow serve`, and the roles it is made of: `proxy`, `scorer`, `admin`."""

from __future__ import annotations

import os
import socket
from pathlib import Path  # noqa: TC003 - click reads the annotation's value
from typing import TYPE_CHECKING

import click

from shadow.cli.options import config_file

if TYPE_CHECKING:
    from shadow.scorer.fence import Fence

_FD = click.option("--fd", type=int, hidden=True, help="An inherited listening socket.")


@click.command()
@config_file
@click.option(
    "--workers", type=click.IntRange(1, 256), default=1, show_default=True, help="How many proxies."
)
def serve(path: Path, workers: int) -> None:
    """Run proxies, scorer and admin under one supervisor."""
    from shadow.config.load import load
    from shadow.logs import set_up
    from shadow.supervise import serve as run

    set_up()
    run(path, load(path, environ=os.environ), os.environ, workers=workers)


@click.command()
@config_file
@_FD
@click.option("--seat", hidden=True, help="An inherited place among other workers.")
def proxy(path: Path, fd: int | None, seat: str | None) -> None:
    """Run one proxy worker."""
    from shadow.logs import set_up
    from shadow.proxy.worker import run_worker
    from shadow.seats import inherited

    set_up()
    run_worker(path, os.environ, _inherited(fd), None if seat is None else inherited(seat))


@click.command()
@config_file
def scorer(path: Path) -> None:
    """Run the scorer: compare what was recorded, roll it up, keep the store tidy."""
    from shadow.config.load import load
    from shadow.logs import set_up
    from shadow.priority import SCORER, give_way
    from shadow.scorer.fence import watched

    def run(fence: Fence, pipe: int) -> None:
        from shadow.scorer.role import run_scorer  # only in the process that needs it

        run_scorer(path, os.environ, fence, pipe)

    set_up()
    give_way(SCORER, wholly=load(path, environ=os.environ).scorer.cpu == "spare")
    watched(run)


@click.command()
@config_file
@_FD
def admin(path: Path, fd: int | None) -> None:
    """Run the admin API: health, readiness, metrics, status."""
    from shadow.admin.role import run_admin
    from shadow.logs import set_up

    set_up()
    run_admin(path, os.environ, _inherited(fd))


def _inherited(fd: int | None) -> socket.socket | None:
    return None if fd is None else socket.socket(fileno=fd)
