"""What is read from a plugin's wheels, and written about it (scripts/allowlist)."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from allowlist.closure import Wheel
from allowlist.entries import Allowlist, read_allowlist, write_allowlist
from allowlist.readme import unavailable_table, verified_table, with_tables
from allowlist.wheel_facts import named_hosts, ships_javascript, summary
from building.files import sha256

PLUGIN = {"entry_points.txt": "[datasette]\nexample = datasette_example\n"}


def wheel(folder: Path, name: str, files: dict[str, str], info: dict[str, str]) -> Path:
    """A wheel of these files. info: those of its metadata."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in files.items():
            archive.writestr(file, text)
        for file, text in ({"METADATA": "Name: x\nSummary: Makes maps.\n"} | info).items():
            archive.writestr(f"{name}-1.0.dist-info/{file}", text)
    return path


@pytest.mark.parametrize(
    ("files", "info", "expected"),
    [
        ({"datasette_example/static/map.js": "1"}, PLUGIN, True),
        ({"datasette_example.py": "def extra_body_script(): ..."}, PLUGIN, True),
        ({"datasette_example/templates/a.html": "<script src=x></script>"}, PLUGIN, True),
        ({"datasette_example.py": "def render_cell(): ..."}, PLUGIN, False),
        ({"library/static/docs.js": "1"}, {}, False),  # no plugin: its files reach no page
    ],
)
def test_ships_javascript(
    tmp_path: Path, files: dict[str, str], info: dict[str, str], expected: bool
) -> None:
    assert ships_javascript([wheel(tmp_path, "example", files, info)]) is expected


def test_hosts_are_those_that_pages_load_from_not_link_to(tmp_path: Path) -> None:
    files = {
        "datasette_example/static/a.js": (
            'L.tileLayer("https://{s}.tiles.example.org/{z}.png");'
            "import 'https://cdn.example.net/d3.js'; // https://docs.example.com/"
        ),
        "datasette_example/templates/a.html": '<a href="https://elsewhere.example.org/">more</a>',
    }
    found = named_hosts([wheel(tmp_path, "example", files, PLUGIN)])
    assert found == ["cdn.example.net", "tiles.example.org"]


def test_summary_is_the_authors(tmp_path: Path) -> None:
    assert summary(wheel(tmp_path, "example", {}, PLUGIN)) == "Makes maps."


def test_wheel_is_named_with_its_hash(tmp_path: Path) -> None:
    path = wheel(tmp_path, "datasette_example", {}, PLUGIN)
    assert Wheel("datasette-example", "1.0", path).entry() == {
        "name": "datasette-example",
        "version": "1.0",
        "filename": "datasette_example-1.0-py3-none-any.whl",
        "sha256": sha256(path.read_bytes()),
    }


def test_list_is_written_by_name_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    plugins = [{"name": "datasette-b"}, {"name": "datasette-a"}]
    write_allowlist({"plugins": plugins, "unavailable": []}, path)
    assert read_allowlist(path) == {"plugins": plugins[::-1], "unavailable": []}


def test_tables_say_what_a_reader_must_know() -> None:
    verified = verified_table(
        [
            {
                "name": "datasette-map",
                "version": "1.0",
                "category": "visualisation",
                "adds": "Maps of a|b.",
                "javascript": True,
                "hosts": ["*.tiles.example.org"],
                "note": "Slow.",
            }
        ]
    )
    assert (
        "| `datasette-map` | 1.0 | Maps of a\\|b. Slow. | JavaScript, asks `*.tiles.example.org` |"
        in verified
    )
    unavailable = unavailable_table(
        [
            {
                "name": "datasette-c",
                "version": "2.0",
                "cause": "compiled-module",
                "reason": "It is C.",
                "instead": "datasette-map",
            }
        ]
    )
    assert "| `datasette-c` | 2.0 | compiled | It is C. Instead: `datasette-map`. |" in unavailable


def test_readme_without_a_place_for_a_table_is_refused() -> None:
    empty: Allowlist = {"plugins": [], "unavailable": []}
    with pytest.raises(ValueError, match="verified plugins"):
        with_tables("<!-- gallery of plugins -->\n<!-- end of gallery of plugins -->", empty)
