"""What a restored interpreter renews."""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Iterator

import pytest

from datasette_lite.fresh import freshen


@pytest.fixture(autouse=True)
def _same_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("PYTHONHASHSEED", "PYTHONNODEBUGRANGES", "TZ"):
        monkeypatch.setenv(name, "0" if name != "TZ" else "UTC")
    yield
    monkeypatch.undo()
    time.tzset()


def test_chance_goes_another_way() -> None:
    random.seed(0)
    expected = random.random()
    names = tempfile.mktemp()
    random.seed(0)
    freshen({})
    assert random.random() != expected
    assert tempfile.mktemp() != names


def test_environment_is_the_visitors() -> None:
    freshen({"HOME": "/home/pyodide", "TZ": "Europe/Paris"})
    assert os.environ["TZ"] == "Europe/Paris"
    assert "PYTHONHASHSEED" not in os.environ


@pytest.mark.parametrize(
    "zone", ["UTC", "Europe/Paris", "America/New_York", "Australia/Sydney", "Asia/Kolkata"]
)
def test_clock_is_told_as_tzset_does(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("timezone", "altzone", "daylight", "tzname")
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    expected = [getattr(time, name) for name in names]
    for name in names:
        monkeypatch.setattr(time, name, None)
    freshen({})
    assert [getattr(time, name) for name in names] == expected
