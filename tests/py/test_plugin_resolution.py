"""Which wheels plugins need: micropip with our indexes, our base set and our words."""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import sys
import zipfile
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

import pytest

from building.places import WHEELS
from datasette_lite.errors import DownloadError
from tests.py.conftest import Run
from tests.wheels import TestWheel, index_page

OWN = "https://site.example/vendor/plugins/simple"
PUBLIC = "https://packages.example/simple"

JSON_TYPE = "application/vnd.pypi.simple.v1+json"


@pytest.fixture(scope="module")
def resolution(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The module, with micropip from the very wheel that the site ships."""
    folder = tmp_path_factory.mktemp("micropip")
    (wheel,) = (WHEELS / "micropip").glob("micropip-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    sys.path.insert(0, str(folder))
    yield importlib.import_module("datasette_lite.installing.resolution")
    sys.path.remove(str(folder))


class Hosts:
    """Two indexes and a host of wheels. asked: every address that was fetched."""

    def __init__(self, own: Sequence[TestWheel] = (), public: Sequence[TestWheel] = ()) -> None:
        self.asked: list[str] = []
        self.wheels: dict[str, TestWheel] = {}
        self.with_metadata = True
        self.down = False
        self.agreed: set[str] = set()
        self._projects: dict[str, dict[str, TestWheel]] = {}
        for index, wheels in ((OWN, own), (PUBLIC, public)):
            for wheel in wheels:
                url = f"{index}/{wheel.sha256[:12]}/{wheel.filename}"
                self._projects.setdefault(f"{index}/{wheel.name}/", {})[url] = wheel
                self.wheels[url] = wheel

    async def page(self, url: str) -> tuple[str, str] | None:
        self.asked.append(url)
        if self.down and url.startswith(PUBLIC):
            raise DownloadError("download-unreachable", "Could not look for plugins.")
        if url in self._projects:
            name = url.rstrip("/").rpartition("/")[2]
            page = index_page(name, self._projects[url], metadata=self.with_metadata)
            return json.dumps(page), JSON_TYPE
        if url.endswith(".metadata"):
            return self.wheels[url.removesuffix(".metadata")].metadata, "text/plain"
        return None

    async def wheel(self, url: str, filename: str, sha256: str, plugin: str) -> bytes | None:
        if url not in self.agreed:
            return None
        self.asked.append(url)
        return self.wheels[url].content


@pytest.fixture
def found(resolution: ModuleType, run: Run) -> Any:
    """Resolves values of `install=`."""

    def resolve(hosts: Hosts, *values: str) -> Any:
        asked = [
            resolution.Asked(value, value if value.endswith(".whl") else None) for value in values
        ]
        return run(resolution.resolve(asked, [OWN, PUBLIC], hosts))

    return resolve


def names(result: Any) -> dict[str, str]:
    return {wheel.name: wheel.version for wheel in result.wheels}


def message(result: Any) -> str:
    (fault,) = result.faults
    return f"{fault.code}: {fault.message}"


def test_needs_come_along_and_say_whose_they_are(found: Any) -> None:
    shared = TestWheel("shared")
    hosts = Hosts(
        own=[TestWheel("datasette-a", needs=["datasette", "shared"]), shared],
        public=[TestWheel("datasette-b", needs=["shared>=1", "httpx2"])],
    )
    result = found(hosts, "datasette-a", "datasette-b")
    assert not result.faults
    assert not result.unread
    wanted = {wheel.name: wheel.wantedBy for wheel in result.wheels}
    assert wanted == {
        "datasette-a": ["datasette-a"],
        "shared": ["datasette-a", "datasette-b"],
        "datasette-b": ["datasette-b"],
    }
    assert result.wheels[1].sha256 == shared.sha256
    # The wheels themselves stay where they are.
    assert not [url for url in hosts.asked if url.endswith(".whl")]


def test_the_sites_own_index_comes_first(found: Any) -> None:
    hosts = Hosts(own=[TestWheel("datasette-a")], public=[TestWheel("datasette-a", "2.0")])
    assert names(found(hosts, "datasette-a")) == {"datasette-a": "1.0"}
    assert not [url for url in hosts.asked if url.startswith(PUBLIC)]


def test_a_version_that_it_does_not_have_comes_from_the_next(found: Any) -> None:
    hosts = Hosts(own=[TestWheel("datasette-a")], public=[TestWheel("datasette-a", "2.0")])
    assert names(found(hosts, "datasette-a>1")) == {"datasette-a": "2.0"}


def test_extras_bring_what_they_need(found: Any) -> None:
    wheel = TestWheel("datasette-a", extras={"maps": ["shared"], "test": ["pytest-nothing"]})
    hosts = Hosts(own=[wheel, TestWheel("shared")])
    assert names(found(hosts, "datasette-a[maps]")) == {"datasette-a": "1.0", "shared": "1.0"}
    assert names(found(hosts, "datasette-a")) == {"datasette-a": "1.0"}


def test_the_newest_that_runs_in_a_browser_is_taken(found: Any) -> None:
    compiled = TestWheel("datasette-a", "3.0", tag="cp314-cp314-manylinux_2_28_x86_64")
    hosts = Hosts(public=[TestWheel("datasette-a"), TestWheel("datasette-a", "2.0"), compiled])
    assert names(found(hosts, "datasette-a")) == {"datasette-a": "2.0"}


def test_datasettes_own_set_never_changes(found: Any) -> None:
    here = importlib.metadata.version("datasette")
    hosts = Hosts(public=[TestWheel("datasette-old", needs=["datasette<0.60"])])
    result = found(hosts, "datasette-old")
    assert message(result) == (
        "plugin-conflict: Could not install datasette-old: it needs datasette<0.60, but Datasette "
        f"Lite runs on datasette {here}, which no plugin may change. "
        "Choose another version of the plugin, or go on without it."
    )
    assert result.faults[0].plugin == "datasette-old"


def test_a_conflict_deep_down_names_both_sides(found: Any) -> None:
    hosts = Hosts(
        public=[
            TestWheel("datasette-a", needs=["shared==1.0"]),
            TestWheel("datasette-b", needs=["middle"]),
            TestWheel("middle", "5.0", needs=["shared>=2"]),
            TestWheel("shared"),
            TestWheel("shared", "2.0"),
        ]
    )
    assert message(found(hosts, "datasette-a", "datasette-b")) == (
        "plugin-conflict: Could not install datasette-b: middle 5.0, which it needs, needs "
        "shared>=2, but datasette-a came with shared 1.0. "
        "Choose another version of the plugin, or go on without it."
    )


def test_a_name_that_no_index_knows(found: Any) -> None:
    assert message(found(Hosts(), "datasette-nothing")) == (
        "plugin-not-found: Could not install datasette-nothing: there is no package of that name "
        "at site.example nor at packages.example. "
        "Correct install= in the link, or go on without it."
    )


def test_a_need_without_a_build_for_browsers_is_named(found: Any) -> None:
    compiled = TestWheel("fast", "2.0", tag="cp314-cp314-win_amd64")
    hosts = Hosts(public=[TestWheel("datasette-a", needs=["fast>1"]), compiled])
    assert message(found(hosts, "datasette-a")) == (
        "plugin-no-wheel: Could not install datasette-a: it needs fast>1, but of it there is only "
        "code that has to be compiled, and no build for browsers. "
        "Choose another version, or go on without it."
    )


def test_a_version_that_does_not_exist(found: Any) -> None:
    hosts = Hosts(public=[TestWheel("datasette-a", "0.9"), TestWheel("datasette-a", "0.10")])
    assert "there is no such version; the latest is 0.10." in message(found(hosts, "datasette-a>1"))


def test_one_bad_plugin_leaves_the_others(found: Any) -> None:
    hosts = Hosts(own=[TestWheel("datasette-a")])
    result = found(hosts, "datasette-nothing", "datasette-a")
    assert names(result) == {"datasette-a": "1.0"}
    assert [fault.plugin for fault in result.faults] == ["datasette-nothing"]


def test_a_wheel_by_its_address_waits_for_consent(found: Any) -> None:
    wheel = TestWheel("datasette-a", needs=["shared"])
    hosts = Hosts(public=[TestWheel("shared")])
    url = f"https://elsewhere.example/{wheel.filename}"
    hosts.wheels[url] = wheel
    result = found(hosts, url)
    assert result.unread
    assert [(each.name, each.sha256, each.wantedBy) for each in result.wheels] == [
        ("datasette-a", "", [url])
    ]
    assert hosts.asked == []
    hosts.agreed.add(url)
    result = found(hosts, url)
    assert not result.unread
    assert [(each.name, each.sha256) for each in result.wheels] == [
        ("datasette-a", wheel.sha256),
        ("shared", TestWheel("shared").sha256),
    ]


def test_an_index_without_metadata_asks_for_the_wheel(found: Any) -> None:
    wheel = TestWheel("datasette-a", needs=["shared"])
    hosts = Hosts(public=[wheel, TestWheel("shared")])
    hosts.with_metadata = False
    result = found(hosts, "datasette-a")
    assert result.unread
    assert [each.sha256 for each in result.wheels] == [wheel.sha256]
    hosts.agreed.update(hosts.wheels)
    assert names(found(hosts, "datasette-a")) == {"datasette-a": "1.0", "shared": "1.0"}


def test_a_wheel_cannot_replace_a_part_of_datasette(found: Any) -> None:
    url = f"https://elsewhere.example/{TestWheel('jinja2', '99').filename}"
    hosts = Hosts()
    hosts.wheels[url] = TestWheel("jinja2", "99")
    hosts.agreed.add(url)
    assert "the link asks for jinja2 99, but Datasette Lite runs on jinja2" in message(
        found(hosts, url)
    )


def test_a_wheel_for_another_computer(found: Any) -> None:
    url = "https://elsewhere.example/fast-1.0-cp314-cp314-win_amd64.whl"
    assert message(found(Hosts(), url)).startswith(
        "plugin-no-wheel: Could not install fast-1.0-cp314-cp314-win_amd64.whl: it was built for"
    )


def test_an_index_that_is_down_is_not_taken_for_an_empty_one(found: Any) -> None:
    hosts = Hosts()
    hosts.down = True
    assert message(found(hosts, "datasette-a")).startswith("download-unreachable: ")


@pytest.fixture
def without_datasette(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in an engine of `?ref=`, where the site's Datasette stayed away."""
    others = [
        each for each in importlib.metadata.distributions() if each.metadata["Name"] != "datasette"
    ]
    monkeypatch.setattr(importlib.metadata, "distributions", lambda: others)


@pytest.mark.usefixtures("without_datasette")
def test_another_datasette_comes_with_its_needs_and_no_installers(found: Any) -> None:
    needs = ["pip", "setuptools", "pluggy>=1.0", "new-need"]
    releases = [TestWheel("datasette", each, needs=needs) for each in ("0.65", "1.0a40", "1.0a50")]
    plugin = TestWheel("datasette-a", needs=["datasette>=1.0a0"])
    hosts = Hosts(public=[*releases, TestWheel("new-need"), plugin])
    newest = found(hosts, "datasette>=1.0a0", "datasette-a")
    assert not newest.faults
    assert names(newest) == {"datasette": "1.0a50", "new-need": "1.0", "datasette-a": "1.0"}
    assert names(found(hosts, "datasette==1.0a40")) == {"datasette": "1.0a40", "new-need": "1.0"}
    assert "the latest is 1.0a50" in message(found(hosts, "datasette==7.1"))
