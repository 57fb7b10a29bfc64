"""Libraries are there, and what they would have brought along is not."""

from __future__ import annotations

import subprocess
import sys

import pytest

LOOK = """
import sys
import {module}
print(sorted(set({names}) & sys.modules.keys()))
import {name}
print({name}.__name__)
"""

PARTS = """
import sys
from shadow.lean import in_parts
in_parts("aiohttp")
from aiohttp import hdrs, web_protocol
print("aiohttp.client" in sys.modules)
import aiohttp
print(aiohttp.__version__, "aiohttp.client" in sys.modules)
from aiohttp import ClientSession
print(aiohttp.ClientSession is ClientSession, aiohttp.web_protocol is web_protocol, aiohttp.hdrs is hdrs)
from aiohttp import web
print(web.RequestHandler is web_protocol.RequestHandler, hasattr(aiohttp, "nothing"), hasattr(aiohttp, "__nothing__"))
"""


def told_by(program):
    """Run a program in an interpreter that has imported nothing yet."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("shadow.record.clerk", ["sqlite_utils", "numpy", "pandas", "asyncio", "hashlib"]),
        ("shadow.logs", ["rich"]),
        (
            "shadow.proxy.worker",
            ["aiohttp.client", "aiohttp.web", "sqlite_utils", "numpy", "jinja2", "jsonschema"],
        ),
    ],
)
def test_what_nothing_here_needs_is_not_brought_along_and_can_be_imported(module, names):
    """A plugin may need it."""
    assert told_by(LOOK.format(module=module, names=names, name=names[0])) == ["[]", names[0]]


def test_the_store_as_a_database_of_sqlite_utils_brings_no_numpy():
    """Which nothing here puts into a row."""
    program = """
import sys
from shadow.record.store import open_store
from pathlib import Path
from tempfile import TemporaryDirectory
with TemporaryDirectory() as folder:
    store = open_store(f"sqlite:///{folder}/shadow.db")
    print(len(store.db.table_names()) > 0, "numpy" in sys.modules)
    store.close()
"""
    assert told_by(program) == ["True False"]


def test_a_package_imported_in_parts_is_whole_for_whoever_asks_for_more_of_it():
    """A worker takes the server alone; a plugin that takes the client finds it."""
    version = __import__("aiohttp").__version__
    assert told_by(PARTS) == ["False", f"{version} False", "True True True", "True False False"]


def test_a_package_that_is_not_there_is_missed_by_who_imports_it():
    """Not before."""
    program = """
from shadow.lean import in_parts
in_parts("no_such_package")
try:
    import no_such_package
except ModuleNotFoundError as exc:
    print(exc.name)
"""
    assert told_by(program) == ["no_such_package"]
