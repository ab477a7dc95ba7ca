"""Plugins brought to a plugin manager that was there before them, each on its own."""

from __future__ import annotations

import importlib
import io
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pluggy import PluginManager

from datasette_lite.errors import LiteError
from datasette_lite.installing.entry_points import InstalledWheel, blame, register_plugins
from tests.wheels import TestWheel

Install = Callable[[TestWheel], InstalledWheel]


@pytest.fixture
def install(tmp_path: Path) -> Iterator[Install]:
    """Installs wheels where Python finds them."""
    sys.path.insert(0, str(tmp_path))
    before = set(sys.modules)

    def unpack(wheel: TestWheel) -> InstalledWheel:
        with zipfile.ZipFile(io.BytesIO(wheel.content)) as archive:
            archive.extractall(tmp_path)
        importlib.invalidate_caches()
        return InstalledWheel(wheel.name, wheel.version, wheel.sha256, "", [wheel.name])

    yield unpack
    sys.path.remove(str(tmp_path))
    for name in set(sys.modules) - before:
        del sys.modules[name]


def faults_of(manager: PluginManager, *wheels: InstalledWheel) -> list[LiteError]:
    with pytest.raises(ExceptionGroup) as caught:
        register_plugins(manager, wheels)
    return [error for error in caught.value.exceptions if isinstance(error, LiteError)]


def test_a_plugin_is_registered_with_its_version(install: Install) -> None:
    manager = PluginManager("datasette")
    wheel = TestWheel("lite-good", "2.5", files={"lite_good.py": ""}, plugin="lite_good")
    register_plugins(manager, [install(wheel), install(TestWheel("lite-library"))])
    ((plugin, distribution),) = manager.list_plugin_distinfo()
    assert manager.get_name(plugin) == "lite_good"
    assert distribution.version == "2.5"


def test_one_that_cannot_be_imported_leaves_the_others(install: Install) -> None:
    manager = PluginManager("datasette")
    bad = install(TestWheel("lite-bad", files={"lite_bad.py": "1 / 0"}, plugin="lite_bad"))
    good = install(TestWheel("lite-fine", files={"lite_fine.py": ""}, plugin="lite_fine"))
    (fault,) = faults_of(manager, bad, good)
    assert (fault.code, fault.plugin) == ("plugin-failed", "lite-bad")
    assert "lite-bad 1.0: it could not be imported (ZeroDivisionError: division" in fault.message
    assert manager.get_plugin("lite_fine")


@pytest.mark.parametrize("ends", ["raise SystemExit(3)", "raise KeyboardInterrupt"])
def test_one_that_ends_python_is_named(install: Install, ends: str) -> None:
    wheel = TestWheel("lite-ends", files={"lite_ends.py": ends}, plugin="lite_ends")
    (fault,) = faults_of(PluginManager("datasette"), install(wheel))
    assert (fault.code, fault.plugin) == ("plugin-failed", "lite-ends")


def test_an_error_is_the_plugins_whose_code_it_came_out_of(install: Install) -> None:
    source = "def startup():\n    raise RuntimeError('no such table: lite')\n"
    wheels = [
        install(TestWheel("lite-starts", files={"lite_starts.py": source}, plugin="lite_starts")),
        install(TestWheel("lite-other", files={"lite_other.py": ""}, plugin="lite_other")),
    ]
    module = importlib.import_module("lite_starts")
    with pytest.raises(RuntimeError) as caught:
        module.startup()
    fault = blame(caught.value, wheels)
    assert fault
    assert fault.plugin == "lite-starts"
    assert "failed while Datasette started (RuntimeError: no such table: lite)" in fault.message
    assert blame(ValueError("nobody's"), wheels) is None
