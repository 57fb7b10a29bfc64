import pytest

from shadow.demo import folder
from shadow.demo.options import DemoError, DemoOptions, Ports


def prepare(path, **changes):
    """Prepare a folder with well-known ports."""
    return folder.prepare(DemoOptions(folder=path, **changes), Ports(1001, 1002, 1003, 1004))


def test_the_configuration_is_written_with_the_ports(tmp_path):
    """Every port stands where it belongs and no slot is left."""
    written = prepare(tmp_path / "demo").config.read_text()

    assert "listen: {host: 127.0.0.1, port: 1001, shed_above: 1}" in written  # it waits for a row of each
    assert "admin: {host: 127.0.0.1, port: 1002}" in written
    assert 'legacy: {url: "http://127.0.0.1:1003"' in written
    assert written.count("url: http://127.0.0.1:1004/v1") == 2
    assert "_port>" not in written


def test_the_real_model_has_a_configuration_of_its_own(tmp_path):
    """With smollm2 there is one route, in shadow, and one model."""
    written = prepare(tmp_path, model="smollm2").config.read_text()

    assert "smollm2-135m-instruct" in written
    assert "rollout: {phase: shadow}" in written
    assert "/v1/intent" not in written


def test_a_new_run_clears_what_the_last_one_left(tmp_path):
    """Store, report and logs of an earlier run are gone; the schemas are there."""
    files = prepare(tmp_path)
    for old in (files.store, files.report, files.log("router")):
        old.write_text("old")

    prepare(tmp_path)

    found = sorted(str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*"))
    assert found == ["address.schema.json", "intent.schema.json", "logs", "shadow.yaml"]


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    """Nothing is written or deleted where someone else's files lie."""
    (tmp_path / "thesis.txt").write_text("mine")
    (tmp_path / "shadow.db").write_text("mine too")

    with pytest.raises(DemoError) as caught:
        prepare(tmp_path)

    assert str(caught.value) == (
        f"--dir: {tmp_path} holds files that are not the demo's: thesis.txt; choose another"
    )
    assert caught.value.code == 2
    assert sorted(file.name for file in tmp_path.iterdir()) == ["shadow.db", "thesis.txt"]


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    """A file in the way is a clear message."""
    (tmp_path / "demo").write_text("")

    with pytest.raises(DemoError, match=r"^--dir: cannot write in .*/demo/inner \("):
        prepare(tmp_path / "demo" / "inner")
