"""What plugins-allowlist.json says of plugins, and the README after it."""

from __future__ import annotations

from typing import Any

from allowlist.entries import read_allowlist
from allowlist.readme import README, with_tables

ALL = read_allowlist()


def test_no_plugin_is_both_verified_and_unavailable() -> None:
    assert not _names(ALL["plugins"]) & _names(ALL["unavailable"])


def test_what_is_recommended_instead_is_verified() -> None:
    instead = {plugin["instead"] for plugin in ALL["unavailable"] if "instead" in plugin}
    assert instead <= _names(ALL["plugins"])


def test_demonstrations_install_their_plugin() -> None:
    for plugin in ALL["plugins"]:
        assert f"install={plugin['name']}" in plugin["demo"]["plan"].split("&"), plugin["name"]


def test_there_is_a_choice_of_plugins() -> None:
    assert len(ALL["plugins"]) >= 50


def test_readme_tables_are_those_of_the_list() -> None:
    readme = README.read_text("utf-8")
    assert with_tables(readme, ALL) == readme, "Run scripts/plugins.py table."


def _names(plugins: list[dict[str, Any]]) -> set[str]:
    return {plugin["name"] for plugin in plugins}
