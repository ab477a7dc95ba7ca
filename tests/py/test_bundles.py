"""The site's scripts: few files, whole, with what stays apart at its place."""

from __future__ import annotations

import re

from building.bundles import APART, ENTRIES, bundles
from building.release import release_script
from building.site import site_files

STATIC_IMPORT = re.compile(r'(?:^|[;}])import(?:[^;"()]*from)?"([^"]+)"')


def test_site_has_one_script_for_each_entry() -> None:
    scripts = {path for path in site_files() if path.endswith(".js")}
    assert scripts - {"vendor/release.js"} == set(ENTRIES)


def test_scripts_import_only_what_stays_apart() -> None:
    files = bundles()
    for entry in ENTRIES:
        imported = set(STATIC_IMPORT.findall(files[entry].decode()))
        expected = {f"./{path}" for path in APART} if entry == "sw.js" else set()
        assert imported == expected, entry


def test_source_maps_are_served_but_no_part_of_the_shell() -> None:
    _, script = release_script(site_files())
    for entry in ENTRIES:
        assert f"{entry}.map" in bundles()
        assert f"{entry}.map" not in script.decode()
