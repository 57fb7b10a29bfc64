import io

import pytest
from rich.console import Console

from shadow.demo import story as story_module
from shadow.demo.folder import Folder
from shadow.demo.options import DemoError
from shadow.demo.screen import Screen
from shadow.demo.story import Story
from shadow.record.rows import SCORED, UNSCORED
from shadow.record.store import open_store


class House:
    """A house that stands, or has fallen."""

    def __init__(self, trouble=None):
        self.trouble = trouble

    def check(self):
        if self.trouble:
            raise DemoError(self.trouble)


@pytest.fixture
def files(tmp_path):
    """Give a folder with an empty store."""
    open_store(f"sqlite:///{tmp_path}/shadow.db").close()
    return Folder(tmp_path)


def story(house, files):
    """Give a story that is told to nobody."""
    return Story(house, None, files, Screen(Console(file=io.StringIO())))


def write(files, disposition, *, rows, counted, state=SCORED):
    """Record so many rows, and count so many requests."""
    words = {
        "at": 1,
        "worker": "w",
        "route": "intent",
        "phase": "shadow",
        "served": "legacy",
        "reason": "shadow",
    }
    row = {**words, "disposition": disposition, "state": state, "method": "POST", "path": "/"}
    opened = open_store(f"sqlite:///{files.store}")
    with opened.transaction() as db:
        db["exchanges"].insert_all(
            {**row, "id": f"{disposition}{n}", "config_hash": "h", "sampling": 1.0} for n in range(rows)
        )
        keys = ("minute", "route", "phase", "served", "reason", "disposition")
        tally = {**words, "minute": 0, "disposition": disposition, "n": counted}
        db["tallies"].insert({key: tally[key] for key in (*keys, "n")})
    opened.close()


async def test_a_record_that_has_every_row_and_score_is_awaited(files):
    """Then the story goes on."""
    write(files, "compared", rows=3, counted=3)
    await story(House(), files)._recorded(3, scored=True)


async def test_rows_that_will_never_come_stop_the_demo_at_once(files):
    """It says how many, and which setting keeps them away."""
    write(files, "compared", rows=3, counted=3)
    write(files, "shed", rows=1, counted=5)

    with pytest.raises(DemoError) as told:
        await story(House(), files)._recorded(8, scored=True)
    assert str(told.value).startswith(
        "of 8 requests 4 are recorded: 4 were counted as shed and left no row (the router's worker was busier than"
        " `listen.shed_above`"
    )
    assert told.value.code == 1


async def test_rows_and_scores_that_are_late_stop_the_demo(files, monkeypatch):
    """After a while, with how many of each."""
    monkeypatch.setattr(story_module, "WITHIN", 0.01)
    write(files, "compared", rows=2, counted=2, state=UNSCORED)

    with pytest.raises(DemoError) as told:
        await story(House(), files)._recorded(5, scored=True)
    assert str(told.value) == (
        "of 5 requests 2 are recorded: 2 are recorded and were not scored within 0.01 s;"
        " 3 were not counted within 0.01 s; the router's log may tell more"
    )


async def test_waiting_ends_at_once_when_a_process_has_fallen(files):
    """Nobody waits for the record of a router that is gone."""
    with pytest.raises(DemoError, match=r"^router ended by itself$"):
        await story(House("router ended by itself"), files)._recorded(1)
