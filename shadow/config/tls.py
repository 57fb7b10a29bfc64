"""Checks the TLS settings: that they come in pairs, have something to act on, and name files that load."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shadow.config.problems import Path, Problem
from shadow.tls import TlsError, TlsFiles, client_context, server_context

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shadow.config.asked import Asked
    from shadow.config.listen import Legacy, Listen
    from shadow.config.model import Config
    from shadow.config.models import Model

FILES = ("ca", "cert", "key", "client_ca")
"""Keys, of whichever section, that name a PEM file; relative to the configuration's own folder."""


def tls_problems(config: Config) -> Iterator[Problem]:
    """Give all that keeps TLS from working, on either side of the router."""
    yield from _listen(config.listen)
    yield from _upstream(("legacy",), config.legacy)
    for name, model in config.models.items():
        yield from _upstream(("models", name), model)
    for name, judge in config.judges.items():
        yield from _upstream(("judges", name), judge)
    for name, embedding in config.embeddings.items():
        yield from _upstream(("embeddings", name), embedding)


def files_of(upstream: Legacy | Model | Asked) -> TlsFiles:
    """Give the files that a connection to an upstream goes by."""
    return TlsFiles(upstream.ca, upstream.cert, upstream.key)


def _listen(listen: Listen) -> Iterator[Problem]:
    path = ("listen",)
    if listen.cert is None or listen.key is None:
        yield from _half(path, listen.cert, listen.key)
        if listen.client_ca is not None and listen.cert is listen.key:
            yield Problem((*path, "client_ca"), "needs TLS: cert and key are missing")
        return
    try:
        server_context(listen.cert, listen.key, listen.client_ca)
    except TlsError as exc:
        yield Problem((*path, exc.key), str(exc))


def _upstream(path: Path, upstream: Legacy | Model | Asked) -> Iterator[Problem]:
    files = files_of(upstream)
    given = [name for name in ("ca", "cert", "key") if getattr(files, name) is not None]
    if given and not upstream.url.lower().startswith("https:"):
        yield Problem((*path, given[0]), "has no effect: url does not begin with https://")
    elif (files.cert is None) is not (files.key is None):
        yield from _half(path, files.cert, files.key)
    elif given:
        try:
            client_context(files)
        except TlsError as exc:
            yield Problem((*path, exc.key), str(exc))


def _half(path: Path, cert: str | None, key: str | None) -> Iterator[Problem]:
    if cert is key:
        return
    given, missing = ("key", "cert") if cert is None else ("cert", "key")
    yield Problem((*path, given), f"TLS needs both cert and key; {missing} is missing")
