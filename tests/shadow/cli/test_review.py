"""`shadow review import` brings reviews in and says what became of them."""

from __future__ import annotations

import json


def test_reviews_are_imported_and_counted(shell, fill):
    """Known ones are told as such."""
    store = shell.store()
    (ident,) = fill(store, [(0.9, "match")])
    store.close()
    (shell.folder / "r.jsonl").write_text(json.dumps({"exchange": ident, "verdict": "both"}))
    ended = shell.run("review", "import", "r.jsonl", "--by", "ops", "--why", "weekly")
    assert (ended.code, ended.out, ended.err) == (0, "imported: 1 reviews\n", "")
    again = shell.run("review", "import", "r.jsonl", "--by", "ops")
    assert again.out == "imported: 0 reviews\nknown already: 1\n"
    assert shell.rows("SELECT exchange, by, verdict FROM reviews") == [(ident, "ops", "both")]


def test_a_review_without_an_exchange_fails_the_check(shell):
    """It is named; others are kept."""
    (shell.folder / "r.jsonl").write_text('{"exchange": "gone", "verdict": "both"}')
    ended = shell.run("review", "import", "r.jsonl")
    assert ended.code == 1
    assert ended.err == "no exchange gone in the record\nof 1 reviews there is no exchange in the record\n"


def test_a_file_with_a_bad_line_is_refused(shell):
    """With the line."""
    (shell.folder / "r.jsonl").write_text('{"exchange": "gone", "verdict": "fine"}')
    ended = shell.run("review", "import", "r.jsonl")
    assert ended.code == 2
    assert "r.jsonl: line 1: invalid enum value 'fine'" in ended.err
