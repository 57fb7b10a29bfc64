"""Taking a changed file whole, or keeping the old one and saying why."""

from __future__ import annotations

import os

import pytest

from shadow.config.load import load
from shadow.config.watch import Watcher

LEGACY = 'legacy: {url: "http://127.0.0.1:9000"}\n'
HEAD = LEGACY + 'models: {m: {adapter: passthrough, url: "http://127.0.0.1:9001"}}\n'
SCHEMA = LEGACY + "models: {m: {adapter: openai, url: 'http://h', answer: {json_schema: a.json}}}\n"


@pytest.fixture
def watcher(file):
    """Give a watcher that has seen the first file."""
    file.write(HEAD)
    watcher = Watcher(file.path, file.environ)
    watcher.poll()
    return watcher


def test_the_first_poll_gives_the_configuration(file):
    """Whoever has none yet gets it."""
    watcher = Watcher(file.write(HEAD), {})
    assert (watcher.poll().models["m"].url, watcher.accepted) == ("http://127.0.0.1:9001", 1)


def test_the_first_poll_gives_nothing_to_who_has_it_already(file):
    """Only what differs from the configuration in force is new."""
    watcher = Watcher(file.write(HEAD), {}, load(file.path, environ={}))
    assert (watcher.poll(), watcher.accepted) == (None, 0)


def test_an_unchanged_file_is_not_read_again(watcher):
    """Nothing is accepted or refused twice."""
    assert (watcher.poll(), watcher.accepted, watcher.refusals) == (None, 1, 0)


def test_a_changed_file_is_taken_whole(file, watcher):
    """The new configuration is given once."""
    file.write(HEAD.replace("9001", "9002"))
    assert (watcher.poll().models["m"].url, watcher.poll(), watcher.accepted) == (
        "http://127.0.0.1:9002",
        None,
        2,
    )


def test_a_change_of_comments_is_no_new_configuration(file, watcher):
    """What means the same is not swapped in."""
    file.write("# hello\n" + HEAD)
    assert (watcher.poll(), watcher.accepted, watcher.refused) == (None, 1, None)


def test_a_file_of_the_same_size_and_time_in_another_place_is_read(file, watcher):
    """Editors that replace a file may keep its size and time; the inode tells."""
    before = file.path.stat()
    other = file.folder / "new.yaml"
    other.write_text(HEAD.replace("9001", "9002"))
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(file.path)
    assert watcher.poll().models["m"].url == "http://127.0.0.1:9002"


def test_an_invalid_file_is_refused_once_and_loudly(file, watcher):
    """The old configuration stays; the message is the one `shadow check` gives."""
    file.write("legacy: {url: x}\n")
    assert (watcher.poll(), watcher.poll(), watcher.refusals) == (None, None, 1)
    assert watcher.refused == (
        f"{file.path} cannot be used, 1 problem:\n"
        "  legacy.url (line 1): must be a URL that begins with http:// or https://"
    )


def test_a_refusal_is_cleared_when_the_file_is_good_again(file, watcher):
    """Also when it is the old one again, which is nothing new."""
    file.write("legacy: [\n")
    watcher.poll()
    file.write(HEAD)
    assert (watcher.poll(), watcher.refused, watcher.accepted) == (None, None, 1)


@pytest.mark.parametrize("half", ["", "legacy:", "legacy: {url: ", HEAD[:-9]])
def test_a_half_written_file_is_refused_and_the_rest_picked_up(file, watcher, half):
    """A writer that is not done yet costs one refusal."""
    file.write(half)
    assert (watcher.poll(), watcher.refusals) == (None, 1)
    file.write(HEAD.replace("9001", "9002"))
    assert (watcher.poll().models["m"].url, watcher.refused) == ("http://127.0.0.1:9002", None)


def test_a_file_that_vanishes_is_refused_until_it_is_back(file, watcher):
    """Renaming it away and back, as some editors do, changes nothing."""
    away = file.folder / "away.yaml"
    file.path.rename(away)
    assert (watcher.poll(), watcher.poll(), watcher.refusals) == (None, None, 1)
    assert watcher.refused == f"{file.path} cannot be used: cannot read it: No such file or directory"
    away.rename(file.path)
    assert (watcher.poll(), watcher.refused) == (None, None)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("listen: {port: 1}\n", ["listen.port (line 3): cannot change while running; restart to apply it"]),
        ("admin: {port: 1}\n", ["admin.port (line 3): cannot change while running; restart to apply it"]),
        ("store: sqlite:///b.db\n", ["store (line 3): cannot change while running; restart to apply it"]),
        (
            "record:\n  queue: 1MiB\n  audit: strict\n",
            [
                "record.queue (line 4): cannot change while running; restart to apply it",
                "record.audit (line 5): cannot change while running; restart to apply it",
            ],
        ),
    ],
)
def test_what_needs_a_restart_is_refused(file, watcher, text, lines):
    """Rather than half applied: the rest of the change waits, too."""
    file.write(HEAD + text)
    assert watcher.poll() is None
    assert [line.strip() for line in watcher.refused.splitlines()[1:]] == lines


def test_the_legacy_side_needs_a_restart(file, watcher):
    """Its connections and what it is told were built at the start: a change is refused and not passed over."""
    file.write(HEAD.replace("9000", "9009").replace('"}\n', '", via: edge}\n', 1))
    assert watcher.poll() is None
    assert [line.strip() for line in watcher.refused.splitlines()[1:]] == [
        "legacy.url (line 1): cannot change while running; restart to apply it",
        "legacy.via (line 1): cannot change while running; restart to apply it",
    ]


def test_a_change_of_a_schema_file_is_a_change(file):
    """Its content is part of the configuration."""
    schema = file.folder / "a.json"
    schema.write_text('{"type": "object"}')
    watcher = Watcher(file.write(SCHEMA), {})
    watcher.poll()
    schema.write_text('{"type": "array"}')
    assert watcher.poll().models["m"].answer.json_schema == {"type": "array"}


def test_a_schema_file_that_comes_later_is_noticed(file, watcher):
    """A refused file's schema is watched, too."""
    file.write(SCHEMA)
    assert (watcher.poll(), watcher.refusals) == (None, 1)
    (file.folder / "a.json").write_text("{}")
    assert (watcher.poll().models["m"].answer.json_schema, watcher.refused) == ({}, None)


def test_a_schema_file_no_longer_named_is_no_longer_watched(file):
    """Its changes are nobody's business."""
    (file.folder / "a.json").write_text("{}")
    watcher = Watcher(file.write(SCHEMA), {})
    watcher.poll()
    file.write(HEAD)
    watcher.poll()
    (file.folder / "a.json").write_text("[")
    assert (watcher.poll(), watcher.refused) == (None, None)


def test_a_refusal_tells_no_value_from_the_environment(file, watcher):
    """It is shown in logs, in `/readyz` and on the dashboard."""
    watcher = Watcher(file.write(HEAD), {"S": "sesame"})
    watcher.poll()
    file.write("legacy: {url: '${S}'}\nlisten: {host: '${S}'}\n")
    watcher.poll()
    assert "sesame" not in watcher.refused


def test_a_new_release_of_legacy_needs_no_restart(file, watcher):
    """It is a word that nothing was built around."""
    file.write(HEAD.replace('9000"', '9000", version: "2"'))
    assert (watcher.poll().legacy.version, watcher.refused) == ("2", None)
