"""Options that several commands share."""

from __future__ import annotations

import getpass
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

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
