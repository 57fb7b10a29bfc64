"""`shadow status`: what runs, what is switched, what went through."""

from __future__ import annotations

import os
from pathlib import Path  # noqa: TC003 - click reads the annotation's value
from typing import Any

import click

from shadow.cli.options import config_file


@click.command()
@config_file
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def status(path: Path, form: str) -> None:
    """Print the state of the house; exit code 1 when it is not ready."""
    import json

    from shadow.admin.status import house
    from shadow.clock import SystemClock
    from shadow.config.load import load

    found = house(load(path, environ=os.environ), SystemClock().now(), refused=None)
    click.echo(json.dumps(found, indent=2) if form == "json" else "\n".join(_lines(found)))
    if not found["ready"]:
        raise click.exceptions.Exit(1)


def _lines(found: dict[str, Any]) -> list[str]:
    lines = ["ready" if found["ready"] else "not ready"]
    lines += [f"  problem: {problem}" for problem in found["problems"]]
    for process in found.get("processes", ()):
        lines.append(
            f"{process['role']} {process['pid']} on {process['host']}, seen {process['seen_seconds']:.1f} s ago"
        )
        if process.get("refused_config"):
            lines.append(f"  refuses the changed configuration: {process['refused_config']}")
    for name, switch in found.get("switches", {}).items():
        traffic = found["traffic"].get(name, {"requests": 0, "dispositions": {}, "served": {}})
        killed = ", killed" if switch["killed"] else ""
        lines.append(
            f"route {name}: {switch['phase']}{killed}, exposure {switch['exposure']:.0%}, sample {switch['sample']:.0%}"
        )
        lines.append(
            f"  {traffic['requests']:,} requests, served by {_counts(traffic['served']) or 'nobody yet'}"
        )
        if traffic["dispositions"]:
            lines.append(f"  {_counts(traffic['dispositions'])}")
    if "unmatched" in found.get("traffic", {}):
        lines.append(f"unmatched: {found['traffic']['unmatched']['requests']:,} requests")
    return lines


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {n:,}" for name, n in sorted(counts.items(), key=lambda item: -item[1]))
