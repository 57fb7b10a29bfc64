"""The small kinds of value that the configuration's keys hold: names, counts, pointers, any JSON."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field, SecretStr, Strict, StringConstraints, WithJsonSchema

from shadow.config.sources import TOKEN
from shadow.config.units import Kind

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_RECEIVED_BY = re.compile(r"[A-Za-z0-9._-]+(:[0-9]+)?")
_POINTER = re.compile(r"(/([^/~]|~[01])*)*", re.DOTALL)
_HEADER = re.compile(TOKEN)


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError("a name has 1 to 64 letters, digits, dots, dashes and underscores")
    return text


def _pseudonym(text: str) -> str:
    if not _RECEIVED_BY.fullmatch(text):
        raise ValueError("must be a word of letters, digits, dots and dashes, with a port or without")
    return text


def _pointer(text: str) -> str:
    if not _POINTER.fullmatch(text):
        raise ValueError('must be a JSON Pointer: "" or a text that begins with /, where ~ is written ~0')
    return text


def _header(text: str) -> str:
    if not _HEADER.fullmatch(text):
        raise ValueError("must be a header's name")
    return text


def _header_value(secret: SecretStr) -> SecretStr:
    if any(sign in secret.get_secret_value() for sign in "\r\n\0"):
        raise ValueError("a header's value has no line breaks")
    return secret


def _json(document: Any) -> Any:
    try:
        json.dumps(document, allow_nan=False)
    except ValueError:
        raise ValueError("JSON has no infinite numbers and no NaN") from None
    return document


Flag = Annotated[bool, Strict(), Kind("true or false")]
Count = Annotated[int, Strict(), Field(ge=1), Kind("whole number ≥ 1")]
Number = Annotated[float, Strict(), Field(ge=0, allow_inf_nan=False), Kind("number ≥ 0")]
Port = Annotated[int, Strict(), Field(ge=0, le=65535), Kind("port")]
Text = Annotated[str, Kind("text")]
Word = Annotated[str, StringConstraints(min_length=1), Kind("text")]
PemFile = Annotated[Word | None, Kind("path of a PEM file")]
Name = Annotated[str, AfterValidator(_name), Kind("name")]
Pointer = Annotated[str, AfterValidator(_pointer), Kind("JSON Pointer")]
Pseudonym = Annotated[str, AfterValidator(_pseudonym), Kind("name, or host and port")]
HeaderName = Annotated[str, AfterValidator(_header), Kind("header name")]
HeaderValue = Annotated[SecretStr, AfterValidator(_header_value), Kind("text, kept secret")]
Secret = Annotated[SecretStr, AfterValidator(_header_value), Kind("text, kept secret")]
Json = Annotated[Any, AfterValidator(_json), WithJsonSchema({}), Kind("any JSON")]
