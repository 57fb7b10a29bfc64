from __future__ import annotations

from collections import OrderedDict
from importlib.metadata import EntryPoint, EntryPoints

import pytest

from shadow import plugins
from shadow.plugins import PluginError, load


def test_a_name_gives_the_object_it_names():
    """Module and attribute, nested ones too, are found."""
    assert load("collections:OrderedDict") is OrderedDict
    assert load("collections:OrderedDict.fromkeys") == OrderedDict.fromkeys


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("nowhere_at_all:X", "nowhere_at_all:X: there is no module nowhere_at_all on Python's path"),
        ("json.nowhere:X", "json.nowhere:X: there is no module json.nowhere on Python's path"),
        ("json:Nope", 'json:Nope: the module json has no "Nope"'),
        ("json:", '"json:" is no plugin\'s name; it is written package.module:Name'),
        ("../x:Y", '"../x:Y" is no plugin\'s name; it is written package.module:Name'),
        ("short", 'no plugin is named "short"; write package.module:Name'),
    ],
)
def test_a_name_that_cannot_be_loaded_says_why(name, why):
    """What is missing is told by name."""
    with pytest.raises(PluginError) as caught:
        load(name, group="shadow.adapters")
    assert str(caught.value) == why


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("raise ValueError('s3cret')", "broken_plugin:X: importing broken_plugin raised ValueError"),
        (
            "import missing_dependency",
            "broken_plugin:X: broken_plugin needs the module missing_dependency, which",
        ),
        (
            "raise ModuleNotFoundError('s3cret')",
            "broken_plugin:X: broken_plugin needs the module None, which is",
        ),
        ("s3cret syntax", "broken_plugin:X: importing broken_plugin raised SyntaxError"),
    ],
)
def test_a_module_that_fails_is_told_by_the_error_s_name_only(source, why, tmp_path, monkeypatch):
    """What a plugin's code says may hold a secret, so only the kind of the error is told."""
    (tmp_path / "broken_plugin.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(PluginError) as caught:
        load("broken_plugin:X")
    assert str(caught.value).startswith(why)


def test_a_short_name_is_an_entry_point_of_its_group(monkeypatch):
    """An installed package may give a short name; two packages that give the same one are refused."""
    one = EntryPoint("ordered", "collections:OrderedDict", "shadow.adapters")
    installed = [
        one,
        EntryPoint("twice", "json:loads", "shadow.adapters"),
        EntryPoint("twice", "a:b", "shadow.adapters"),
    ]
    monkeypatch.setattr(plugins, "entry_points", EntryPoints(installed).select)
    assert load("ordered", group="shadow.adapters") is OrderedDict
    for name, group, why in (
        ("ordered", "shadow.comparators", 'no plugin is named "ordered"'),
        ("ordered", None, 'no plugin is named "ordered"'),
        ("twice", "shadow.adapters", 'more than one installed package names "twice"'),
    ):
        with pytest.raises(PluginError, match=why):
            load(name, group=group)
