"""Fitting a combined estimator to a file of rows, and writing the fit."""

from __future__ import annotations

import json

import msgspec
import pytest

from fallback.confidence.logistic import read_fit
from shadow.cli.fit import write_fit
from shadow.config.load import load
from shadow.errors import ShadowError

COMBINED = "{use: combined, options: {signals: {sure: {use: field, options: {pointer: /sure}}}}}"
ROWS = [{"signals": {"sure": 0.1 * (n % 9) + 0.05}, "loss": int(n % 9 < 4)} for n in range(90)]


@pytest.fixture
def config(shell):
    """Give a configuration whose route has a combined estimator, and an empty store."""
    shell.store().close()
    shell.write(
        shell.file.read_text().replace("{use: constant, options: {value: 1}, threshold: 0.9}", COMBINED)
    )
    return load(shell.file, environ={})


def test_a_fit_is_written_that_the_configuration_can_name(shell, config, capsys):
    """With where it comes from."""
    (shell.folder / "rows.jsonl").write_text("\n".join(map(json.dumps, ROWS)))
    output = shell.folder / "fit.json"
    write_fit(config, "address", output, loss="wrong", until=7, rows=shell.folder / "rows.jsonl")
    found = read_fit(msgspec.json.decode(output.read_bytes()))
    assert (found.rows, found.wrong, found.until, found.route) == (90, 40, 7, "address")
    assert capsys.readouterr().err == f"wrote {output}: version {found.version}, 90 rows, 40 wrong\n"
    shell.write(shell.file.read_text().replace("signals:", "fit: fit.json, signals:"))
    stored = load(shell.file, environ={}).routes["address"].confidence.options["fit"]
    assert read_fit(stored) == found


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot read .*: No such file"),
        ("{", "line 1: not JSON"),
        ('{"loss": 0.5, "signals": {}}', "line 1: a row has a loss"),
        ('{"loss": 0, "signals": 3}', "line 1: a row has a loss"),
        ('{"loss": 0}', "no signals"),
    ],
)
def test_rows_that_cannot_be_used_are_told(shell, config, content, told):
    """By their line; nothing is written."""
    rows, output = shell.folder / "rows.jsonl", shell.folder / "fit.json"
    if content is not None:
        rows.write_text(content)
    with pytest.raises(ShadowError, match=told):
        write_fit(config, "address", output, loss="wrong", until=7, rows=rows)
    assert not output.exists()


def test_an_empty_record_has_nothing_to_fit(shell, config):
    """It says what is missing."""
    with pytest.raises(ShadowError, match="no signals"):
        write_fit(config, "address", shell.folder / "fit.json", loss="wrong", until=7)


def test_where_it_cannot_be_written_is_told(shell, config):
    """In words."""
    (shell.folder / "rows.jsonl").write_text("\n".join(map(json.dumps, ROWS)))
    with pytest.raises(ShadowError, match="cannot write"):
        write_fit(config, "address", shell.folder, loss="wrong", until=7, rows=shell.folder / "rows.jsonl")
