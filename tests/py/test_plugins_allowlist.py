"""plugins-allowlist.json: its form, and what the build makes of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from building import plugins
from building.places import ROOT, WHEELS
from building.plugin_policy import plugin_policy
from building.progress import BuildError
from building.records import made_by

LIST = json.loads(plugins.ALLOWLIST.read_text("utf-8"))
SCHEMA = json.loads((ROOT / "scripts/plugins-allowlist.schema.json").read_text("utf-8"))


def entry(name: str, *wheels: tuple[str, str]) -> dict[str, Any]:
    listed = [{"name": n, "version": v, "filename": "", "sha256": ""} for n, v in wheels]
    return {"name": name, "wheels": listed}


def test_the_list_is_as_its_schema_says() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    errors = [
        f"{error.json_path}: {error.message}"
        for error in Draft202012Validator(SCHEMA).iter_errors(LIST)
    ]
    assert errors == []


@pytest.mark.parametrize("part", ["plugins", "unavailable"])
def test_each_name_is_there_once_and_in_order(part: str) -> None:
    names = [each["name"] for each in LIST[part]]
    assert names == sorted(set(names))


def test_a_plugins_own_wheel_comes_first() -> None:
    for plugin in LIST["plugins"]:
        own = plugin["wheels"][0]
        assert (own["name"], own["version"]) == (plugin["name"], plugin["version"])


def test_two_versions_of_one_project_are_refused() -> None:
    both = [entry("a", ("a", "1"), ("shared", "1")), entry("b", ("b", "1"), ("shared", "2"))]
    with pytest.raises(BuildError, match="lists shared 1 and, for b, 2: choose one version"):
        plugins.listed_wheels(both)


@pytest.mark.parametrize("name", ["datasette", "markupsafe"])
def test_a_part_of_datasettes_own_set_is_refused(name: str) -> None:
    with pytest.raises(BuildError, match=f"lists {name} for a, which is a part of Datasette's own"):
        plugins.listed_wheels([entry("a", ("a", "1"), (name, "1"))])


def test_the_index_describes_what_is_served() -> None:
    index_file, picker, *wheels = made_by("plugins")
    index = json.loads((ROOT / index_file.path).read_text("utf-8"))
    assert {wheel["path"]: wheel["sha256"] for wheel in index["wheels"].values()} == {
        file.path: file.sha256 for file in wheels
    }
    for name, wheel in index["wheels"].items():
        assert f"\nVersion: {wheel['version']}\n" in wheel["metadata"], name
    tried = {each["name"]: each["version"] for each in LIST["unavailable"]}
    assert {name: each["version"] for name, each in index["tried"].items()} == tried
    # Everybody who opens the start page may fetch it.
    assert picker.size < 150 * len(LIST["plugins"]) + 100


def test_the_licences_of_plugins_are_served() -> None:
    text = (ROOT / made_by("licenses")[0].path).read_text("utf-8")
    assert len(list((WHEELS / "plugins").glob("*.whl"))) == len(made_by("plugins")) - 2
    for plugin in LIST["plugins"]:
        assert f"\n{plugin['name']} {plugin['version']}" in text.replace("_", "-").lower()


@pytest.mark.parametrize(
    ("lite_json", "policy"),
    [
        ({}, {"publicIndex": None, "onlyVerified": False}),
        ({"plugins": {"allow": "any"}}, {"publicIndex": None, "onlyVerified": False}),
        ({"plugins": {"allow": "verified"}}, {"publicIndex": None, "onlyVerified": True}),
        (
            {"plugins": {"index": "http://127.0.0.1:8/simple/"}},
            {"publicIndex": "http://127.0.0.1:8/simple", "onlyVerified": False},
        ),
    ],
)
def test_a_site_says_which_plugins_it_runs(lite_json: object, policy: object) -> None:
    assert plugin_policy(json.dumps(lite_json).encode()) == policy


@pytest.mark.parametrize(
    "wrong", ["verified", [], {"allow": "all"}, {"index": "ftp://x/"}, {"alow": "any"}]
)
def test_a_policy_that_says_something_else_is_refused(wrong: object) -> None:
    with pytest.raises(BuildError, match="It looks like"):
        plugin_policy(json.dumps({"plugins": wrong}).encode())
