"""Every key, and the reference table that is made of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from shadow.config.keys import Key, allowed_at, every_key, table

ROOT = Path(__file__).parents[3]


def test_the_reference_in_the_docs_is_the_models_own():
    """Every key, type, default and meaning stands in docs/configuration.md as the code has it."""
    docs = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    assert docs.partition("<!-- reference -->\n")[2].strip() == table()


def test_keys_are_told_with_type_default_and_meaning():
    """As the file writes them."""
    keys = {key.path: key for key in every_key()}
    assert keys["models.*.answer.from"].kind == "`json`, `text`, `passthrough`"
    assert keys["routes.*.rollout.phase"].default == "`off`"
    assert keys["routes.*.compare"].default == "`[{use: exact}]`"
    assert keys["routes.*.compare[].tolerance"].kind == "share"
    assert keys["routes.*.cohorts"].kind == "mapping: name → source"
    assert keys["legacy.url"] == Key(
        "legacy.url", "URL", "required", "where the legacy system is; the client's path is added"
    )


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (("routes", "a", "match"), ["path", "methods"]),
        (("routes", "a", "rollout", "targets", 0), ["when", "phase"]),
        (("models", "m", "rate_limit"), ["calls", "period", "wait"]),
        (("models", "m", "ask", "params"), []),
        (("gone", "a"), []),
        (("routes", "a", "gone"), []),
    ],
)
def test_the_keys_a_mapping_may_have_are_known_by_its_path(path, allowed):
    """For suggestions; none where anything goes."""
    assert allowed_at(path) == allowed
