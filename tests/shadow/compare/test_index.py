"""Which rows of two files belong together."""

from __future__ import annotations

import os
import tempfile

import pytest

from shadow.compare import index as module
from shadow.compare.index import indexed, lines
from shadow.errors import ShadowError


def test_rows_are_paired_by_id_in_the_legacy_files_order(jsonl):
    """Whatever the order of the other, and those that are alone are told."""
    legacy = jsonl("l.jsonl", {"id": "b"}, "", {"id": "x"}, {"id": 7})
    model = jsonl("m.jsonl", {"id": "7"}, {"id": "y"}, {"id": "b"})
    read = []
    with indexed(legacy, model, ("id",), read=read.append) as index:
        assert [(pair.id, pair.legacy.line, pair.model.line) for pair in index.pairs()] == [
            ("b", 1, 3),
            ("7", 4, 1),
        ]
        assert (index.count(), list(index.alone(0)), list(index.alone(1))) == (2, ["x"], ["y"])
    assert sum(read) == legacy.stat().st_size + model.stat().st_size


def test_a_place_leads_back_to_its_row(tmp_path):
    """Byte for byte, behind a byte order mark, and without a line's end at the file's."""
    file = tmp_path / "l.jsonl"
    file.write_bytes(b'\xef\xbb\xbf{"id": 1}\r\n{"id": 2}')
    content = file.read_bytes()
    assert [content[place.start : place.start + place.size] for place, _ in lines(file)] == [
        b'{"id": 1}\r\n',
        b'{"id": 2}',
    ]


def test_an_id_that_comes_twice_is_an_error_with_both_lines(jsonl):
    """For nobody can say which answer is meant."""
    file = jsonl("l.jsonl", {"id": 1}, {"id": 2}, {"id": "1"})
    with (
        pytest.raises(ShadowError, match=r'l\.jsonl: the id "1" stands on line 1 and line 3$'),
        indexed(file, file, ("id",)),
    ):
        pass


def test_a_bad_line_is_an_error_with_file_and_line(jsonl):
    """In the other file, too."""
    good, bad = jsonl("l.jsonl", {"id": 1}), jsonl("m.jsonl", {"id": 1}, "{")
    with pytest.raises(ShadowError, match=r"m\.jsonl, line 2: not JSON"), indexed(good, bad, ("id",)):
        pass


def test_a_line_without_an_end_is_given_up(jsonl, monkeypatch):
    """Before it fills the memory."""
    monkeypatch.setattr(module, "LONGEST", 20)
    with pytest.raises(ShadowError, match="line 2: longer than 0 MiB"):
        list(lines(jsonl("l.jsonl", {"id": 1}, "x" * 100)))


def test_what_can_be_read_only_once_is_refused(tmp_path):
    """The rows are read twice."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ShadowError, match="pipe is no file that can be read twice"):
        list(lines(tmp_path / "pipe"))


def test_the_index_is_gone_afterwards(jsonl, tmp_path, monkeypatch):
    """After an error, too."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    file = jsonl("l.jsonl", {"id": 1}, {"id": 1})
    with pytest.raises(ShadowError), indexed(file, file, ("id",)):
        pass
    assert list(tmp_path.iterdir()) == [file]
