"""Options that several commands share."""

from __future__ import annotations

import getpass
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from shadow.errors import ShadowError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from shadow.config.model import Config, Route

    Write = Callable[[Iterable[str]], None]

Function = TypeVar("Function", bound="Callable[..., Any]")


def config_file(function: Function) -> Function:
    """Add `-c FILE`, the configuration file."""
    return click.option(
        "-c",
        "--config",
        "path",
        type=click.Path(path_type=Path, dir_okay=False),
        default=Path("shadow.yaml"),
        envvar="SHADOW_CONFIG",
        show_default=True,
        help="The configuration file.",
    )(function)


def output_file(function: Function) -> Function:
    """Add `-o FILE`."""
    return click.option(
        "-o",
        "--output",
        type=click.Path(path_type=Path, dir_okay=False),
        help="A file; without it, standard output.",
    )(function)


def jobs(function: Function) -> Function:
    """Add `--jobs N`."""
    return click.option(
        "--jobs", type=click.IntRange(1, 256), default=1, show_default=True, help="Processes that compare."
    )(function)


@contextmanager
def writing(output: Path | None) -> Iterator[Write]:
    """Give the function that writes a result's pieces to a file, or to standard output; the file is told of at the end.

    It is opened first: whether it can be written is known before hours of work.
    """
    if output is None:
        yield _echo
        return
    try:
        file = output.open("w", encoding="utf-8")
    except OSError as exc:
        raise ShadowError(f"cannot write {output}: {exc.strerror}") from exc
    with file:
        yield file.writelines
    click.echo(f"wrote {output}", err=True)


def _echo(pieces: Iterable[str]) -> None:
    for piece in pieces:
        click.echo(piece, nl=False)


def known_route(config: Config, name: str) -> Route:
    """Give a route of the configuration; ShadowError when there is none of that name."""
    if name not in config.routes:
        raise ShadowError(f'no route named "{name}"; there is: {", ".join(config.routes) or "none"}')
    return config.routes[name]


def since_of(since: str | None, now: int) -> int | None:
    """Read `--since`: the time so long before now, in microseconds UTC; ShadowError when it is no duration."""
    from shadow.config.units import seconds

    try:
        return None if since is None else now - round(seconds(since) * 1e6)
    except ValueError as exc:
        raise ShadowError(f"--since: {exc}") from exc


def who_and_why(function: Function) -> Function:
    """Add `--by WHO --why TEXT`, which every change of a switch has to give."""
    function = click.option("--why", required=True, help="Why; kept in the audit trail.")(function)
    return click.option("--by", required=True, help="Who; kept in the audit trail.")(function)


def maybe_who_and_why(function: Function) -> Function:
    """Add `--by` and `--why` to what must not wait for words: the user's name and no reason stand in for them."""
    function = click.option(
        "--why", default="no reason given", show_default=True, help="Why; kept in the audit trail."
    )(function)
    return click.option("--by", default=_user, help="Who; kept in the audit trail.")(function)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user may have no name
        return f"uid {os.getuid()}"
