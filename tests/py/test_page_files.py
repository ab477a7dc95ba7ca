"""Templates and static files from a zip archive."""

from __future__ import annotations

import asyncio
import zipfile
from pathlib import Path

import pytest

from datasette_lite.errors import DataError
from datasette_lite.importers.foreign_code import MOST_SHOWN
from datasette_lite.launch import LoadedSource
from datasette_lite.page_files import page_file_texts, unpack_page_files
from datasette_lite.plan_data import PlanData, load_plan_data


def archive(folder: Path, *names: str) -> str:
    path = folder / "pages.zip"
    with zipfile.ZipFile(path, "w") as packed:
        for name in names:
            packed.writestr(name, f"content of {name}")
    return str(path)


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["templates/a.html", "static/a.css"], ["static/a.css", "templates/a.html"]),
        (["templates/a.html", "README.md", "metadata.yml"], ["templates/a.html"]),
        (["site-main/templates/a.html", "site-main/x.py"], ["templates/a.html"]),
        (["a.html", "static/a.css"], ["static/a.css", "templates/a.html"]),
        (["mine/a.html", "mine/part/_b.html"], ["templates/a.html", "templates/part/_b.html"]),
        (["templates/a.html", "__MACOSX/a.html", ".git/b.html"], ["templates/a.html"]),
    ],
)
def test_what_an_archive_brings(tmp_path: Path, names: list[str], found: list[str]) -> None:
    path = archive(tmp_path, *names)
    texts = page_file_texts(path, "pages.zip")
    assert list(texts) == found
    assert all(text.startswith("content of ") for text in texts.values())
    unpack_page_files(path, "pages.zip", str(tmp_path / "out"))
    out = [each for each in (tmp_path / "out").rglob("*") if each.is_file()]
    assert sorted(str(each.relative_to(tmp_path / "out")) for each in out) == found


@pytest.mark.parametrize("names", [["a.txt"], [], ["../a.html", "/etc/b.html"]])
def test_an_archive_without_templates_says_so(tmp_path: Path, names: list[str]) -> None:
    with pytest.raises(DataError) as caught:
        page_file_texts(archive(tmp_path, *names), "pages.zip")
    assert caught.value.code == "bad-archive"


def test_what_is_no_archive_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"<!doctype html>")
    with pytest.raises(DataError) as caught:
        page_file_texts(str(tmp_path / "a.zip"), "a.zip")
    assert "no zip archive" in caught.value.message


def test_what_files_hold_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "pages.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("templates/a.html", "<script>")
        # Browsers take this for a script, too.
        packed.writestr("static/a.js", b"alert('\xff')" + b" " * 100)
        packed.writestr("static/a.woff2", bytes(range(128, 256)) * 9)
        packed.writestr("static/long.js", "x" * (MOST_SHOWN + 1234) + "evil()")
    texts = page_file_texts(str(path), "pages.zip")
    assert texts["templates/a.html"] == "<script>"
    assert texts["static/a.js"].startswith("alert('\ufffd')")
    assert texts["static/a.woff2"] == "1,152 bytes that are no text."
    assert texts["static/long.js"].endswith("… 1,240 more characters are not shown here.")


def test_an_archive_of_more_than_anybody_reads_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path, *[f"templates/{number}.html" for number in range(1001)])
    with pytest.raises(DataError, match="more than 1,000 files"):
        page_file_texts(path, "pages.zip")


def loaded(path: str, *, agreed: bool) -> PlanData:
    link = "https://data.example/pages.zip"
    source = LoadedSource("templates", link, link, path, sha256="ab" * 32, agreed=agreed)
    return asyncio.run(load_plan_data([source], "", lambda progress: None))


def test_templates_wait_for_the_visitors_agreement(tmp_path: Path) -> None:
    path = archive(tmp_path, "templates/a.html", "static/a.css")
    refused = loaded(path, agreed=False)
    assert refused.page_files is None
    (code,) = refused.refused_code
    assert code.texts["templates/a.html"] == "content of templates/a.html"
    assert code.runs == ["static/a.css", "templates/a.html"]
    assert not Path(f"{path}.unpacked").exists()
    allowed = loaded(path, agreed=True)
    assert allowed.refused_code == []
    assert allowed.page_files
    assert allowed.page_files.static
    content = Path(allowed.page_files.templates, "a.html").read_text()
    assert content == "content of templates/a.html"
