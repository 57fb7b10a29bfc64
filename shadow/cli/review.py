"""`shadow review import`: what people judged, into the record, where certificates find it."""

from __future__ import annotations

import os
from pathlib import Path

import click

from shadow.cli.options import config_file, maybe_who_and_why


@click.group()
def review() -> None:
    """Bring in what people judged."""


@review.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@maybe_who_and_why
@config_file
def import_(file: Path, by: str, why: str, path: Path) -> None:
    """Import reviews from JSON lines: an exchange or a request's fingerprint, a verdict, the right answer."""
    from shadow.clock import SystemClock
    from shadow.config.load import load
    from shadow.record.audit import Entry
    from shadow.record.reviews import add, read_reviews
    from shadow.record.store import open_store

    config = load(path, environ=os.environ)
    found = read_reviews(file)
    store = open_store(config.store)
    try:
        done = add(store, found, Entry(SystemClock().now(), by, "reviews_imported", "", why))
    finally:
        store.close()
    click.echo(f"imported: {done.added:,} reviews")
    if done.known:
        click.echo(f"known already: {done.known:,}")
    for name in done.unknown[:SHOWN]:
        click.echo(f"no exchange {name} in the record", err=True)
    if done.unknown:
        click.echo(f"of {len(done.unknown):,} reviews there is no exchange in the record", err=True)
        raise click.exceptions.Exit(1)


SHOWN = 10
"""Reviews without an exchange that are named."""
