"""plugins-allowlist.json, its schema and what the README says of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from allowlist.entries import SCHEMA, read_allowlist
from allowlist.readme import README, with_tables
from building.places import ROOT
from building.plugins import ALLOWLIST, listed_wheels

ALL = read_allowlist()


def test_list_follows_its_schema() -> None:
    schema = json.loads((ROOT / SCHEMA).read_text("utf-8"))
    whole = json.loads(ALLOWLIST.read_text("utf-8"))
    errors = Draft202012Validator(schema).iter_errors(whole)
    assert [f"{error.json_path}: {error.message[:200]}" for error in errors] == []


@pytest.mark.parametrize("kind", ["plugins", "unavailable"])
def test_plugins_are_in_the_order_of_their_names(kind: str) -> None:
    names = [plugin["name"] for plugin in json.loads(ALLOWLIST.read_text("utf-8"))[kind]]
    assert names == sorted(set(names))


def test_no_plugin_is_both_verified_and_unavailable() -> None:
    assert not _names(ALL["plugins"]) & _names(ALL["unavailable"])


def test_what_is_recommended_instead_is_verified() -> None:
    instead = {plugin["instead"] for plugin in ALL["unavailable"] if "instead" in plugin}
    assert instead <= _names(ALL["plugins"])


def test_all_plugins_get_along() -> None:
    """One version of each project, none of them Datasette's own."""
    wheels = listed_wheels(ALL["plugins"])
    assert all(
        plugin["wheels"][0]["name"] == plugin["name"]
        and plugin["wheels"][0]["version"] == plugin["version"]
        and f"install={plugin['name']}" in plugin["demo"]["plan"].split("&")
        for plugin in ALL["plugins"]
    )
    assert len(wheels) >= len(ALL["plugins"]) >= 50


def test_readme_tables_are_those_of_the_list() -> None:
    readme = README.read_text("utf-8")
    assert with_tables(readme, ALL) == readme, "Run scripts/plugins.py table."


def _names(plugins: list[dict[str, Any]]) -> set[str]:
    return {plugin["name"] for plugin in plugins}
