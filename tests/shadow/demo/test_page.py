import pytest

from shadow.demo import page
from shadow.demo.folder import Folder
from shadow.demo.options import DemoError
from shadow.demo.truth import NOTE, Judged
from shadow.record.store import open_store

RIGHT = Judged(
    "intent",
    "live",
    served_by_model=True,
    served_right=True,
    legacy_right=False,
    model_right=True,
    agreed=False,
    confidence=0.9,
)


@pytest.fixture
def files(tmp_path):
    """Give a folder with a configuration and an empty store."""
    open_store(f"sqlite:///{tmp_path}/shadow.db").close()
    (tmp_path / "shadow.yaml").write_text('legacy: {url: "http://127.0.0.1:9"}\n')
    return Folder(tmp_path)


def test_the_page_shows_who_was_right(files):
    """Beside all that the router's own report shows."""
    page.write(files, [RIGHT])

    written = files.report.read_text()
    assert (written[:2], written.count(NOTE)) == ("<!", 1)


def test_a_page_that_cannot_be_written_stops_the_demo(files):
    """The message names the file."""
    files.report.mkdir()

    with pytest.raises(DemoError, match=r"^cannot write .*report\.html: Is a directory$"):
        page.write(files, [RIGHT])
