"""?setting=."""

from __future__ import annotations

import pytest
from datasette.app import DEFAULT_SETTINGS

from datasette_lite.errors import OptionError
from datasette_lite.importers.safe_settings import (
    SAFE_SETTINGS,
    Range,
    parse_settings,
    safe_settings,
)


def test_all_are_settings_of_datasette_and_of_its_types() -> None:
    for name, kind in SAFE_SETTINGS.items():
        default = DEFAULT_SETTINGS[name]
        assert type(default) is (int if isinstance(kind, Range) else bool)
        assert kind.read(default) == default


def test_settings_are_read() -> None:
    written = [
        "sql_time_limit_ms:5000",
        "allow_facet:off",
        "max_returned_rows=2_000",
        "sql_time_limit_ms: 6000",
        "suggest_facets:true",
    ]
    assert parse_settings(written) == {
        "sql_time_limit_ms": 6000,
        "allow_facet": False,
        "max_returned_rows": 2000,
        "suggest_facets": True,
    }


@pytest.mark.parametrize("written", ["base_url:/x/", "num_sql_threads:3", "", "oops", ":1"])
def test_others_are_refused_with_the_list(written: str) -> None:
    with pytest.raises(OptionError) as caught:
        parse_settings([written])
    assert caught.value.code == "unknown-option"
    assert "default_page_size, max_returned_rows" in caught.value.message


@pytest.mark.parametrize(
    ("written", "part"),
    [
        ("sql_time_limit_ms:9999999", "20 to 60000"),
        ("sql_time_limit_ms", "20 to 60000"),
        ("default_page_size:-1", "1 to 5000"),
        ("default_page_size:ten", "1 to 5000"),
        ("allow_facet:maybe", "on or off"),
    ],
)
def test_values_outside_are_refused(written: str, part: str) -> None:
    with pytest.raises(OptionError) as caught:
        parse_settings([written])
    assert (caught.value.code, part in caught.value.message) == ("bad-option", True)


def test_a_configuration_keeps_what_is_safe() -> None:
    given = {
        "default_page_size": 20,
        "base_url": "/x/",
        "sql_time_limit_ms": 0,
        "trace_debug": True,
    }
    safe, refused = safe_settings(given)
    assert safe == {"default_page_size": 20, "trace_debug": True}
    assert refused == ["base_url", "sql_time_limit_ms"]
