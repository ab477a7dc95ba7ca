"""The site's scripts: few files, each whole."""

from __future__ import annotations

import subprocess
from pathlib import Path

from building.bundles import LIBRARY, PAGES, SCRIPTS, WORKER, bundles
from building.environment import NODE
from building.release import release_script
from building.site import site_files


def test_site_has_one_script_for_each_entry() -> None:
    scripts = {path for path in site_files() if path.endswith(".js")}
    assert scripts - {"vendor/release.js"} == set(SCRIPTS)


def test_worker_is_a_classic_script_that_imports_one_library(tmp_path: Path) -> None:
    text = bundles()[WORKER].decode()
    # A classic script: Node refuses a module's statements in a file of this name.
    script = tmp_path / "sw.cjs"
    script.write_text(text, "utf-8")
    subprocess.run([NODE, "--check", script], check=True)
    assert text.startswith("// release\n")
    assert f"importScripts('{LIBRARY['script']}')" in text
    assert f"var {LIBRARY['global']}=" in bundles()[LIBRARY["script"]].decode()


def test_source_maps_are_served_but_no_part_of_the_shell() -> None:
    _, script = release_script(site_files())
    for entry in (WORKER, *PAGES):
        assert f"{entry}.map" in bundles()
        assert f"{entry}.map" not in script.decode()
