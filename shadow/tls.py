"""TLS as the configuration's PEM files say: who we are, and whom we trust. Opens no connection.

What cannot be loaded is one `TlsError`, which names the setting and never quotes a file.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass

from shadow.errors import ShadowError

_ALPN = ["http/1.1"]
_NO_PAIR = "no valid, matching PEM files"
_NO_AUTHORITY = "it holds no certificate in PEM form"


class TlsError(ShadowError):
    """A PEM file cannot be used; `key` is the setting that names it."""

    def __init__(self, key: str, detail: str) -> None:
        super().__init__(detail)
        self.key = key


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """What a client of TLS needs: authorities to trust (none: the system's), and a certificate of its own."""

    ca: str | None = None
    cert: str | None = None
    key: str | None = None


def server_context(cert: str, key: str, client_ca: str | None = None) -> ssl.SSLContext:
    """Give the context of a listener; with `client_ca` a client has to show a certificate of its authorities."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.set_alpn_protocols(_ALPN)
    _present(context, cert, key)
    if client_ca is not None:
        _trust(context, "client_ca", client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def client_context(files: TlsFiles) -> ssl.SSLContext:
    """Give the context of connections to an upstream, whose certificate and name are always checked."""
    if files.ca is None:
        context = ssl.create_default_context()
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        _trust(context, "ca", files.ca)
    context.set_alpn_protocols(_ALPN)
    if files.cert is not None:
        _present(context, files.cert, files.key)
    return context


def _present(context: ssl.SSLContext, cert: str, key: str | None) -> None:
    try:
        context.load_cert_chain(cert, key, password=lambda: "")
    except (OSError, ValueError) as exc:
        raise TlsError("cert", f"cert and key cannot be loaded: {_why(exc) or _NO_PAIR}") from exc


def _trust(context: ssl.SSLContext, key: str, path: str) -> None:
    try:
        context.load_verify_locations(path)
    except (OSError, ValueError) as exc:
        raise TlsError(key, f"cannot be loaded: {_why(exc) or _NO_AUTHORITY}") from exc
    if not context.cert_store_stats()["x509"]:
        raise TlsError(key, f"cannot be loaded: {_NO_AUTHORITY}")


def _why(exc: Exception) -> str | None:
    """Tell what the system said; OpenSSL's own words help nobody."""
    return exc.strerror if isinstance(exc, OSError) and not isinstance(exc, ssl.SSLError) else None
