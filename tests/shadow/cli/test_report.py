"""`shadow report`."""

from __future__ import annotations

import csv
import io
import json

import pytest

from shadow.clock import SystemClock
from shadow.record import tallies
from shadow.record.rows import MINUTE
from shadow.report import FORMATS


@pytest.fixture
def recorded(shell):
    """Let a little traffic have come."""
    store = shell.store()
    with store.transaction() as db:
        key = (SystemClock().now() // MINUTE, "address", "shadow", "legacy", "shadow", "model_late")
        tallies.add(db.conn, {key: 3})
    store.close()
    return shell


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_goes_to_standard_output_or_a_file(recorded, form):
    """The same text; the file's name is told on standard error."""
    ended = recorded.run("report", "--format", form)
    assert (ended.code, ended.err) == (0, "")
    assert "address" in ended.out
    saved = recorded.run("report", "--format", form, "-o", "out")
    assert (saved.code, saved.out, saved.err) == (0, "", "wrote out\n")
    assert "address" in (recorded.folder / "out").read_text()


def test_machine_formats_can_be_read(recorded):
    """And agree with the record."""
    document = json.loads(recorded.run("report", "--format", "json").out)
    assert [(r["route"], r["traffic"]["n"]) for r in document["routes"] if r["traffic"]["n"]] == [
        ("address", 3)
    ]
    rows = list(csv.DictReader(io.StringIO(recorded.run("report", "--format", "csv").out)))
    assert rows[0].keys() == {"route", "section", "item", "at", "measure", "value"}


def test_one_route_and_a_span_can_be_asked_for(recorded):
    """With what counts as diverged there."""
    ended = recorded.run(
        "report", "--route", "address", "--since", "24h", "--by", "language", "--format", "json"
    )
    document = json.loads(ended.out)
    assert [(r["route"], r["panel"]) for r in document["routes"]] == [("address", ["json: any difference"])]
    assert document["since"] is not None


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--route", "adress"), 'no route named "adress"; there is: address, unsure, blind, plain'),
        (("--by", "tier"), 'no cohort named "tier"; there is: language'),
        (("--since", "24"), '--since: a duration needs a unit (ms, s, m, h, d), like "5s"'),
        (("-o", "none/report"), "cannot write none/report: No such file or directory"),
        (("-o", "shadow.yaml/report"), "cannot write shadow.yaml/report: Not a directory"),
    ],
)
def test_what_cannot_be_done_is_2(recorded, words, told):
    """In words, with nothing on standard output."""
    ended = recorded.run("report", *words)
    assert (ended.code, ended.out, ended.err) == (2, "", f"shadow: {told}\n")


def test_a_folder_is_no_file(recorded):
    """Wrong use."""
    ended = recorded.run("report", "-o", ".")
    assert (ended.code, "is a directory" in ended.err) == (2, True)


def test_without_a_store_there_is_nothing_to_report(shell):
    """And none is made."""
    ended = shell.run("report")
    assert (ended.code, ended.err) == (2, f"shadow: there is no store at {shell.folder / 'shadow.db'}\n")
    assert list(shell.folder.iterdir()) == [shell.file]
