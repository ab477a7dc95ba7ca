"""The build: packs, records of finished work, and the folder a site is written into."""

import gzip
import json
from pathlib import Path

import pytest

from building import packs, records, runtime, site
from building.built_release import read_release
from building.environment import _hash_mismatch
from building.progress import BuildError


def test_pack_holds_an_index_and_the_files() -> None:
    files = {"b/two.pyc": b"22", "a.pyc": b"1", "empty": b""}
    raw = gzip.decompress(packs.pack(files))
    length = int.from_bytes(raw[:4], "little")
    assert json.loads(raw[4 : 4 + length]) == [["a.pyc", 1], ["b/two.pyc", 2], ["empty", 0]]
    assert raw[4 + length :] == b"122"


def test_equal_files_make_equal_packs() -> None:
    files = {"b": b"2", "a": b"1"}
    assert packs.pack(files) == packs.pack(dict(reversed(files.items())))


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("datasette/app.py", "datasette/app.py"),
        ("datasette/static/app.css", "datasette/static/app.css"),
        ("datasette/utils/testing.py", "datasette/utils/testing.py"),
        ("p-1.data/purelib/p/__init__.py", "p/__init__.py"),
        ("p-1.dist-info/METADATA", "p-1.dist-info/METADATA"),
        ("p-1.dist-info/entry_points.txt", "p-1.dist-info/entry_points.txt"),
        ("p-1.dist-info/RECORD", None),
        ("p-1.dist-info/licenses/LICENSE", None),
        ("p-1.data/scripts/p", None),
        ("p/tests/test_p.py", None),
        ("p/module.pyi", None),
        ("p/py.typed", None),
        ("p/", None),
    ],
)
def test_only_what_runs_goes_into_a_pack(name: str, place: str | None) -> None:
    assert packs._place(name) == place


def test_metadata_keeps_its_headers_only() -> None:
    assert (
        packs._headers(b"Name: p\r\nVersion: 1\r\n\r\n# A long README") == b"Name: p\nVersion: 1\n"
    )


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("pyodide.asm.wasm.zst", "pyodide.asm.ba7816bf8f01.wasm.zst"),
        ("python_stdlib.zip", "python_stdlib.ba7816bf8f01.zip"),
        ("base.pack.gz", "base.ba7816bf8f01.pack.gz"),
    ],
)
def test_runtime_file_is_named_by_its_content(
    name: str, pattern: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "RUNTIME", tmp_path)
    assert runtime.write_runtime_file(name, b"abc").name == pattern


class TestRecords:
    @pytest.fixture(autouse=True)
    def _own_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.file = tmp_path / "made"
        self.times = 0
        monkeypatch.setattr(records, "ROOT", tmp_path)
        monkeypatch.setattr(records, "RECORDS", tmp_path / "records")
        monkeypatch.setattr(
            records, "made_file", lambda path: records.MadeFile(path.name, path.stat().st_size, "")
        )

    def make(self) -> list[Path]:
        self.times += 1
        self.file.write_text("made")
        return [self.file]

    def test_finished_step_is_not_done_again(self) -> None:
        assert records.ensure("s", "S", "inputs", self.make)
        assert not records.ensure("s", "S", "inputs", self.make)

    def test_step_is_done_again_for_other_inputs_and_lost_files(self) -> None:
        records.ensure("s", "S", "inputs", self.make)
        assert records.ensure("s", "S", "other inputs", self.make)
        self.file.unlink()
        assert records.ensure("s", "S", "other inputs", self.make)

    def test_interrupted_step_is_done_again(self) -> None:
        def interrupted() -> list[Path]:
            self.make()
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            records.ensure("s", "S", "inputs", interrupted)
        assert records.ensure("s", "S", "inputs", self.make)


class TestSite:
    def test_folder_of_somebody_else_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "thesis.txt").write_text("years of work")
        with pytest.raises(BuildError, match="not an earlier build"):
            site.build_site(tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]

    def test_next_build_removes_its_own_old_files_and_no_others(self, tmp_path: Path) -> None:
        out = tmp_path / "out"
        site.build_site(out)
        (out / "CNAME").write_text("data.example")
        (out / "old").mkdir()
        (out / "old/gone.js").write_text("")
        marker = out / site.MARKER
        facts = json.loads(marker.read_text())
        marker.write_text(json.dumps({**facts, "files": [*facts["files"], "old/gone.js"]}))

        site.build_site(out)
        assert (out / "CNAME").is_file()
        assert not (out / "old").exists()

    def test_two_builds_are_equal_byte_for_byte(self, tmp_path: Path) -> None:
        first, second = tmp_path / "first", tmp_path / "second"
        identity = site.build_site(first)
        assert site.build_site(second) == identity
        assert _contents(first) == _contents(second)

    def test_release_id_is_in_the_worker_and_follows_the_configuration(
        self, tmp_path: Path
    ) -> None:
        config = tmp_path / "lite.json"
        config.write_text('{"memory": "1"}')
        default, other = site.build_site(tmp_path / "a"), site.build_site(tmp_path / "b", config)
        assert default != other
        assert read_release(tmp_path / "b")["id"] == other
        worker = (tmp_path / "b/sw.js").read_text()
        beginning = "'use strict'; self.datasetteLite = "
        assert worker.startswith(beginning + '{"release": {"id": "' + other)
        assert (tmp_path / "b/lite.json").read_text() == '{"memory": "1"}'

    def test_deep_links_get_the_front_page_and_nothing_of_development_is_served(
        self, tmp_path: Path
    ) -> None:
        site.build_site(tmp_path / "out")
        files = _contents(tmp_path / "out")
        assert files["404.html"] == files["index.html"]
        assert not [path for path in files if path.endswith((".d.ts", ".d.mts", ".py", ".md"))]


def _contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_wrong_hash_becomes_one_sentence() -> None:
    output = (
        "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\n"
        "    click==8.5.1 from https://host.example/ab/click-8.5.1-py3-none-any.whl (from -r x):\n"
        f"        Expected sha256 {'0' * 64}\n"
        f"             Got        {'1' * 64}\n"
    )
    error = _hash_mismatch(output, ["download", "-r", Path("base.txt")])
    assert str(error).startswith(
        f"The downloaded file click-8.5.1-py3-none-any.whl has SHA-256 {'1' * 64}, "
        f"but base.txt expects {'0' * 64}: do not use it;"
    )
