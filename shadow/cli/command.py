"""Every sub-command of `shadow`, by name. What a command does is imported when it is called."""

from __future__ import annotations

import importlib
import sqlite3
import sys

import click

from shadow.errors import ShadowError

_COMMANDS = {
    "serve": "shadow.cli.run:serve",
    "proxy": "shadow.cli.run:proxy",
    "scorer": "shadow.cli.run:scorer",
    "admin": "shadow.cli.run:admin",
    "check": "shadow.cli.check:check",
    "schema": "shadow.cli.check:schema",
    "status": "shadow.cli.status:status",
    "report": "shadow.cli.report:report",
    "replay": "shadow.cli.replay:replay",
    "compare": "shadow.cli.compare:compare",
    "rescore": "shadow.cli.rescore:rescore",
    "switch": "shadow.cli.switch:switch",
    "kill": "shadow.cli.switch:kill",
    "revive": "shadow.cli.switch:revive",
    "demo": "shadow.cli.demo:demo",
    "calibrate": "shadow.cli.calibrate:calibrate",
    "review": "shadow.cli.review:review",
}


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's face
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's face
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="shadow-router", prog_name="shadow")
def shadow() -> None:
    """Put a foundation model beside a trusted legacy system, and let it answer only when it may."""


def run() -> None:
    """Run the command, with errors on one line and the exit codes of the documentation."""
    try:
        code = shadow(standalone_mode=False)  # the code of an Exit is given back, not raised
    except click.ClickException as exc:
        exc.show()
        sys.exit(2)
    except click.exceptions.Abort:
        click.echo("stopped", err=True)
        sys.exit(130)
    except ShadowError as exc:
        click.echo(f"shadow: {exc}", err=True)
        sys.exit(2)
    except sqlite3.Error as exc:
        click.echo(f"shadow: the store cannot be read: {exc}", err=True)
        sys.exit(2)
    except OSError as exc:
        click.echo(f"shadow: {exc}", err=True)
        sys.exit(2)
    sys.exit(code if isinstance(code, int) else 0)
