"""`shadow demo`: the whole router on real data, on loopback, in under a minute."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

_PORT = click.IntRange(0, 65535)


@click.command()
@click.option(
    "--dir", "folder", type=click.Path(path_type=Path), default=Path("shadow-demo"), show_default=True
)
@click.option(
    "--model",
    type=click.Choice(["replay", "smollm2"]),
    default="replay",
    show_default=True,
    help="Recorded answers, or a real small language model.",
)
@click.option("--keep", is_flag=True, help="Leave everything running until Ctrl-C.")
@click.option("--quick", is_flag=True, help="Send few requests.")
@click.option(
    "--port", type=_PORT, default=8080, show_default=True, help="The proxy's port; 0 takes a free one."
)
@click.option("--admin-port", type=_PORT, default=8081, show_default=True)
@click.option("--legacy-port", type=_PORT, default=9001, show_default=True)
@click.option("--model-port", type=_PORT, default=9002, show_default=True)
def demo(  # noqa: PLR0913, PLR0917 - each is an option of the command
    folder: Path,
    model: str,
    keep: bool,
    quick: bool,
    port: int,
    admin_port: int,
    legacy_port: int,
    model_port: int,
) -> None:
    """Run legacy, model and router on real data, walk a route from shadow to live, and report."""
    from shadow.demo.options import DemoOptions, Ports
    from shadow.demo.run import run

    options = DemoOptions(
        folder=folder,
        ports=Ports(port, admin_port, legacy_port, model_port),
        model="smollm2" if model == "smollm2" else "replay",
        keep=keep,
        quick=quick,
    )
    raise click.exceptions.Exit(asyncio.run(run(options)))
