"""The keys about the router itself and the legacy side: listen, admin, record, scorer, panels, legacy."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from shadow.config.section import Section
from shadow.config.units import Duration, Share, Size, Timeout, written
from shadow.config.urls import Url
from shadow.config.values import Count, Name, PemFile, Port, Pseudonym, Secret, Text, Word


class Listen(Section):
    """Where clients connect."""

    host: Word = Field(default="127.0.0.1", description="address the proxy listens on")
    port: Port = Field(default=8080, description="port the proxy listens on; 0: any free one")
    cert: Word | None = Field(default=None, description="TLS certificate chain, a PEM file; needs `key`")
    key: Word | None = Field(default=None, description="TLS private key, a PEM file; needs `cert`")
    client_ca: PemFile = Field(
        default=None,
        description="clients must show a certificate of these authorities; needs `cert` and `key`",
    )
    drain: Duration = Field(
        default=written("10s"), description="how long a stopping worker lets running requests end"
    )
    max_connections: Count = Field(
        default=10_000, description="connections of clients per worker, at most; more are answered 503"
    )
    idle_timeout: Timeout = Field(
        default=written("75s"),
        description="a client's connection is closed when it is idle for longer between two requests",
    )
    header_timeout: Timeout = Field(
        default=written("30s"),
        description="how long a request's head may take, the first one from when the connection is made; "
        "and a TLS handshake before it",
    )
    body_timeout: Timeout = Field(
        default=written("60s"),
        description="how long a client may pause in its body, or in taking its answer",
    )
    min_body_rate: Size = Field(
        default=written("64B"),
        description="a body must come at this many bytes a second, beyond `body_timeout` in all",
    )
    max_headers: Count = Field(
        default=128, description="headers of a request, at most; more are answered 431"
    )
    max_header_size: Size = Field(
        default=written("32KiB"),
        description="a request's head, its first line included, at most; more is answered 431",
    )
    shed_above: Share = Field(
        default=0.8,
        description="a worker that is busier, as a share of a core, calls models for fewer of the requests that they "
        "may not answer; 1: it never does",
    )
    max_framing_size: Size = Field(
        default=written("1MiB"),
        ge=524_288,  # as much may wait unread while legacy is slower than the client
        description="a body's framing (extensions of chunks, trailers) without any body, at most; more is answered "
        "400. At least 512 KiB",
    )
    max_lingering: Count = Field(
        default=256,
        description="refused connections that have a second to read why, at most; more are closed at once",
    )


class Token(Section):
    """Who may use the admin API, and as what."""

    role: Literal["viewer", "reviewer", "operator", "auditor"] = Field(description="what the token allows")
    token: Secret = Field(description="the bearer token; take it from the environment")


class Admin(Section):
    """Where the admin API and the dashboard are."""

    host: Word = Field(default="127.0.0.1", description="address the admin API listens on: loopback, for now")
    port: Port = Field(default=8081, description="port the admin API listens on; 0: any free one")
    tokens: dict[Name, Token] | None = Field(
        default=None, description="bearer tokens by holder (a later release)"
    )


class Record(Section):
    """How exchanges are written to the store."""

    audit: Literal["relaxed", "strict"] = Field(
        default="relaxed",
        description="`strict` commits an exchange before a model answer leaves, else serves legacy",
    )
    flush: Timeout = Field(
        default=written("20ms"), description="how long exchanges are gathered for one write"
    )
    queue: Size = Field(
        default=written("64MiB"),
        description="exchanges waiting to be written, at most; more are counted as lost",
    )
    commit_timeout: Timeout = Field(
        default=written("1s"),
        description="strict audit: how long an answer may wait for its commit before legacy is served",
    )


class Scorer(Section):
    """How exchanges are compared."""

    timeout: Timeout = Field(
        default=written("10s"),
        description="processor time that comparing one exchange may take, and six times as long in all; one that "
        "takes more is not comparable",
    )
    cpu: Literal["spare", "share"] = Field(
        default="spare",
        description="what the scorer takes where every core is wanted: only what nothing else does, so that it may "
        "fall behind; or a tenth of a core, for which clients then wait. Read at its start",
    )


class Panels(Section):
    """How answers are compared while a client waits: in a process of each worker's own."""

    timeout: Timeout = Field(
        default=written("1s"),
        description="how long one comparison may take until the process is ended and begun anew",
    )
    queue: Count = Field(
        default=64,
        description="comparisons per worker that wait, at most; more are shed, and legacy is served",
    )


class Legacy(Section):
    """The trusted side."""

    url: Url = Field(description="where the legacy system is; the client's path is added")
    version: Text = Field(default="", description="a word for its release: a new one makes certificates void")
    host: Literal["keep", "upstream"] = Field(
        default="keep", description="the Host that legacy gets: the client's own, or that of `url`"
    )
    forwarded: Literal["none", "x-forwarded", "forwarded", "both"] = Field(
        default="none",
        description="tell legacy the client's address, scheme and host: in X-Forwarded-…, in Forwarded, or both",
    )
    client_forwarded: Literal["replace", "append"] = Field(
        default="replace",
        description="with `forwarded`, what clients send of these headers: `append` where they are proxies of yours",
    )
    via: Pseudonym | None = Field(
        default=None, description="the name under which the router adds itself to Via; none: it does not"
    )
    timeout: Timeout = Field(
        default=written("30s"), description="how long legacy may take to begin its answer, and to pause in it"
    )
    max_connections: Count = Field(default=256, description="connections to legacy per worker, at most")
    max_header_size: Size = Field(
        default=written("64KiB"), description="the head of an answer, at most; a larger one is answered 502"
    )
    idle_timeout: Timeout = Field(
        default=written("30s"), description="an unused connection to legacy is closed after this long"
    )
    max_lookups: Count = Field(
        default=4,
        exclude=True,
        description="lookups of its name at once per worker, where one hangs; the next ones wait for those",
    )
    ca: PemFile = Field(
        default=None,
        exclude=True,
        description="authorities that legacy's certificate may come from; none: the system's",
    )
    cert: PemFile = Field(
        default=None, exclude=True, description="certificate chain shown to legacy; needs `key`"
    )
    key: PemFile = Field(default=None, exclude=True, description="private key of `cert`")
