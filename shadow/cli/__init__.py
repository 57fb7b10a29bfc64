"""The command `shadow`: reads words, calls the part that does the work, and turns errors into exit codes."""

from __future__ import annotations


def main() -> None:
    """Run the command. Exit codes: 0 done, 1 a check failed, 2 wrong use or configuration."""
    from shadow.cli.command import run

    run()
