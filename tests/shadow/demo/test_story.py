import io

import pytest
from rich.console import Console

from shadow.demo import story as story_module
from shadow.demo.folder import Folder
from shadow.demo.options import DemoError
from shadow.demo.screen import Screen
from shadow.demo.story import Story
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


async def test_a_record_that_does_not_get_there_stops_the_demo(files, monkeypatch):
    """What was awaited in vain is told with how far the record is."""
    monkeypatch.setattr(story_module, "WITHIN", 0.01)

    with pytest.raises(DemoError, match=r"^the record did not get there: 0 recorded, 0 unscored$"):
        await story(House(), files)._until(lambda: False)


async def test_waiting_ends_at_once_when_a_process_has_fallen(files):
    """Nobody waits for the record of a router that is gone."""
    with pytest.raises(DemoError, match=r"^router ended by itself$"):
        await story(House("router ended by itself"), files)._until(lambda: False)
