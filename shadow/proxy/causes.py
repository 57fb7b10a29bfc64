"""Says in one word of a small set why a request could not be read, of what the parser says about it. Pure.

The set is closed, for the word is a label of a metric; the parser's own words quote the request and go nowhere.
"""

from __future__ import annotations

import re
from enum import StrEnum

from aiohttp.http_exceptions import InvalidURLError


class Cause(StrEnum):
    """Why a request could not be read, or has two meanings."""

    BARE_CR = "bare_cr"
    BARE_LF = "bare_lf"
    OBS_FOLD = "obs_fold"
    NUL = "nul"
    CONTROL = "control"
    BAD_LENGTH = "bad_length"
    LENGTH_AND_TE = "length_and_te"
    BAD_TE = "bad_te"
    BAD_CHUNK = "bad_chunk"
    ENDLESS_FRAMING = "endless_framing"
    BAD_HEADER = "bad_header"
    DUPLICATE_HEADER = "duplicate_header"
    HOST = "host"
    BAD_METHOD = "bad_method"
    BAD_TARGET = "bad_target"
    BAD_VERSION = "bad_version"
    AFTER_CLOSE = "after_close"
    TLS = "tls"
    HTTP2 = "http2"
    OTHER = "other"


_QUOTED = re.compile(r"b(['\"])(.*)\1\s", re.DOTALL)
_WORDS = (
    ("HTTPS traffic", Cause.TLS),
    ("PRI/Upgrade", Cause.HTTP2),
    ("hunk", Cause.BAD_CHUNK),
    ("after `Connection: close`", Cause.AFTER_CLOSE),
    ("present with", Cause.LENGTH_AND_TE),
    ("'Host'", Cause.HOST),
    ("Duplicate '", Cause.DUPLICATE_HEADER),
    ("whitespace after header value", Cause.OBS_FOLD),
    ("space after start line", Cause.OBS_FOLD),
    ("Content-Length", Cause.BAD_LENGTH),
    ("Transfer-Encoding", Cause.BAD_TE),
    ("expected CR", Cause.BARE_LF),
    ("expected LF", Cause.BARE_CR),
    ("url", Cause.BAD_TARGET),
    ("URL", Cause.BAD_TARGET),
    ("HTTP/", Cause.BAD_VERSION),
    ("version", Cause.BAD_VERSION),
    ("method", Cause.BAD_METHOD),
    ("header value", Cause.CONTROL),
    ("eader", Cause.BAD_HEADER),
)
"""What the parser's reasons say, the first that fits; other versions may have other sentences."""

_HANDSHAKE = "\\x16\\x03"
_AT_LINE_ENDS = {Cause.BAD_VERSION, Cause.BAD_HEADER}


def cause_of(error: BaseException | None) -> Cause:
    """Give the cause in what the parser said: a reason and, below it, a line of the request with what is wrong."""
    cause = _cause_in(str(error))
    # Of a target that only its reader refuses it says nothing but the target.
    return Cause.BAD_TARGET if cause is Cause.OTHER and isinstance(error, InvalidURLError) else cause


def _cause_in(said: str) -> Cause:
    found = _QUOTED.search(said)
    reason, quoted = (said[: found.start()], found[2]) if found is not None else (said, "")
    if quoted.startswith(_HANDSHAKE):
        return Cause.TLS
    if "\\x00" in quoted:
        return Cause.NUL
    cause = next((cause for words, cause in _WORDS if words in reason), Cause.OTHER)
    if cause is Cause.CONTROL and quoted.startswith((" ", "\\t")):
        return Cause.OBS_FOLD
    if cause in _AT_LINE_ENDS and "\\n" in quoted:
        return Cause.BARE_LF
    return cause
