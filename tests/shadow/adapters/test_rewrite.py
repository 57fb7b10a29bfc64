from __future__ import annotations

import msgspec
import pytest

from shadow.adapters.ask import AskFailed
from shadow.adapters.rewrite import BodyRewrite
from shadow.adapters.templates import AdapterError, Compiler
from shadow.config.models import Rewrite


def _rewrite(**keys):
    compiler = Compiler(limit=1000)
    rewrite = BodyRewrite(Rewrite.model_validate(keys), compiler)
    compiler.finish("models.m")
    return rewrite


@pytest.mark.parametrize(
    ("keys", "after"),
    [
        ({"set": {"/a": None}}, {"a": None, "deep": {"x": [1, 2]}}),
        ({"set": {"/new/b": 1}}, {"a": 1, "deep": {"x": [1, 2]}, "new": {"b": 1}}),
        ({"set": {"/deep/x/-": 3}}, {"a": 1, "deep": {"x": [1, 2, 3]}}),
        ({"set": {"/deep/x/0": 3}}, {"a": 1, "deep": {"x": [3, 2]}}),
        ({"remove": ["/deep/x/0", "/nope", "/a/b"]}, {"a": 1, "deep": {"x": [2]}}),
        ({"rename": {"/a": "/deep/a", "/nope": "/x"}}, {"deep": {"x": [1, 2], "a": 1}}),
        ({"rename": {"/a": "/b"}, "remove": ["/b"], "set": {"/c~1d": 1}}, {"deep": {"x": [1, 2]}, "c/d": 1}),
    ],
)
def test_fields_are_renamed_then_removed_then_set(keys, after):
    """What is not there is neither renamed nor removed; what is set gets the objects it needs."""
    rewrite = _rewrite(**keys)
    assert bool(rewrite)
    assert msgspec.json.decode(rewrite(b'{"a": 1, "deep": {"x": [1, 2]}}')) == after


@pytest.mark.parametrize(
    ("body", "pointer", "why"),
    [
        (b"s3cret", "/a", "rewrite: the request's body is not JSON"),
        (b'{"a": "s3cret"}', "/a/b", "rewrite: the request's body has no place for /a/b"),
        (b'{"a": [1]}', "/a/1", "rewrite: the request's body has no place for /a/1"),
        (b"[1]", "/x", "rewrite: the request's body has no place for /x"),
        (b"[1]", "/5/x", "rewrite: the request's body has no place for /5/x"),
    ],
)
def test_a_body_without_the_place_cannot_be_rewritten(body, pointer, why):
    """A body that is no JSON, or has no room for a field, is a failure told without the data."""
    with pytest.raises(AskFailed) as caught:
        _rewrite(set={pointer: 1})(body)
    assert str(caught.value) == why


def test_the_whole_body_is_no_field():
    """An empty pointer is refused at the start."""
    with pytest.raises(AdapterError) as caught:
        _rewrite(set={"": 1}, remove=[""], rename={"/a": ""})
    assert caught.value.problems == tuple(
        f'rewrite.{key}: "" is the whole body; name a field in it' for key in ("rename", "remove", "set")
    )


def test_a_rewrite_of_the_path_alone_leaves_bodies_alone():
    """Without fields to change there is nothing to do to a body."""
    assert not _rewrite(path="/x")
