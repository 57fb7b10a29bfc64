"""`shadow compare`: two files of answers, by a route's panel."""

from __future__ import annotations

import os
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shadow.cli.options import config_file, jobs, known_route, output_file, writing
from shadow.errors import ShadowError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shadow.cli.options import Write
    from shadow.compare.junit import Cases
    from shadow.compare.pairs import Task
    from shadow.compare.summary import Summary

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.argument("legacy", type=_FILE)
@click.argument("model", type=_FILE)
@config_file
@click.option("--route", required=True, help="The route whose comparators are asked.")
@click.option(
    "--key", default="id", show_default=True, help="The member that tells a row, or a JSON Pointer to it."
)
@click.option(
    "--raw", is_flag=True, help="The model's rows are its raw replies: read them as the route's model does."
)
@click.option("--ask", is_flag=True, help="Ask the route's judges and embeddings, too; it may cost.")
@click.option(
    "--fail-over",
    type=click.FloatRange(0, 1),
    metavar="SHARE",
    help="Exit with 1 when a larger share diverged, or nothing could be compared.",
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "junit"]), default="text", show_default=True
)
@output_file
@jobs
def compare(  # noqa: PLR0913, PLR0917 - each is an option of the command
    legacy: Path,
    model: Path,
    path: Path,
    route: str,
    key: str,
    raw: bool,
    ask: bool,
    fail_over: float | None,
    form: str,
    output: Path | None,
    jobs: int,
) -> None:
    """Compare two JSONL files of answers, keyed by id, as the route's comparators do. Needs no server.

    A row is {"id": …, "answer": …}; the answer is a text or any JSON.
    """
    from shadow.compare.pairs import Task
    from shadow.compare.rows import path_of

    try:
        member = path_of(key)
    except ValueError as exc:
        raise ShadowError(f"--key: {exc}") from exc
    task = Task(path, route, legacy, model, member, raw)
    with writing(output) as write:
        summary = _compared(task, form, jobs, write, ask=ask)
    if fail_over is not None and not _within(summary, fail_over):
        raise click.exceptions.Exit(1)


def _compared(task: Task, form: str, jobs: int, write: Write, *, ask: bool) -> Summary:
    from shadow.cli.progress import progress
    from shadow.clock import SystemClock
    from shadow.compare.asked import Inquirer
    from shadow.compare.junit import Cases
    from shadow.compare.run import compare as run
    from shadow.config.load import load
    from shadow.scorer.lenses import whole_panel_of

    config = load(task.config, environ=os.environ)
    panel = whole_panel_of(known_route(config, task.route))
    with ExitStack() as stack:
        cases = stack.enter_context(closing(Cases(task.route)))
        summary = run(
            task,
            panel,
            environ=os.environ,
            jobs=jobs,
            shown=progress,
            cases=cases if form == "junit" else None,
            inquirer=stack.enter_context(closing(Inquirer(task, os.environ, SystemClock()))) if ask else None,
        )
        write(_written(summary, task, form, cases))
    return summary


def _written(summary: Summary, task: Task, form: str, cases: Cases) -> Iterable[str]:
    names = str(task.legacy), str(task.model)
    if form == "junit":
        return cases.document(summary)
    if form == "json":
        from shadow.compare.summary import to_json

        return [to_json(summary, *names)]
    from shadow.compare.text import to_text

    return [to_text(summary, *names)]


def _within(summary: Summary, most: float) -> bool:
    """Tell whether the limit is kept, and say so where it is not."""
    diverged = summary.diverged
    if diverged.share is None:
        click.echo("shadow: nothing could be compared, so the limit cannot be shown to be kept", err=True)
        return False
    if not diverged.share <= most:
        click.echo(
            f"shadow: {diverged.k} of {diverged.n} diverged, a share of {diverged.share:.4g}: over {most:g}",
            err=True,
        )
        return False
    return True
