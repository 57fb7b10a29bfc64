"""The JSON Schema of the configuration file, for editors."""

from __future__ import annotations

from typing import Any

from shadow.config.model import Config

ID = "urn:shadow-router:configuration"


def json_schema() -> dict[str, Any]:
    """Give the JSON Schema (draft 2020-12) of a configuration file; it holds no value of any file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        **Config.model_json_schema(by_alias=True),
        "title": "shadow-router configuration",
    }
