"""What a link may say of one source."""

from __future__ import annotations

import pytest

from datasette_lite.errors import OptionError
from datasette_lite.importers.import_settings import SETTING_NAMES, ImportSettings


def parsed(**settings: str) -> ImportSettings:
    return ImportSettings.parse(settings)


def test_nothing_said_leaves_everything_open() -> None:
    assert parsed() == ImportSettings() == parsed(**dict.fromkeys(SETTING_NAMES, ""))


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("a", ("a",)),
        ("a, b ,c", ("a", "b", "c")),
        ('"a,b",c', ("a,b", "c")),
        (" first name ", ("first name",)),
        (",", ()),
    ],
)
def test_columns_stand_between_commas(value: str, names: tuple[str, ...]) -> None:
    assert parsed(pk=value).pk == parsed(fts=value).fts == parsed(drop=value).drop == names


@pytest.mark.parametrize(
    ("value", "delimiter"),
    [(";", ";"), ("tab", "\t"), ("Semicolon", ";"), ("\t", "\t"), ("\\t", "\t"), (" ", " ")],
)
def test_delimiters_have_names(value: str, delimiter: str) -> None:
    assert parsed(delimiter=value).delimiter == delimiter


@pytest.mark.parametrize(
    ("value", "header"), [("no", 0), ("0", 0), ("yes", 1), ("3", 3), ("", None)]
)
def test_the_header_is_a_line(value: str, header: int | None) -> None:
    assert parsed(header=value).header == header


def test_quotes_may_be_letters() -> None:
    assert (parsed(quote="none").quote, parsed(quote="'").quote, parsed().quote) == ("", "'", None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("delimiter", "||"),
        ("delimiter", '"'),
        ("delimiter", "\n"),
        ("quote", "quote"),
        ("header", "first"),
        ("header", "-1"),
        ("empty", "0"),
        ("table", "sqlite_x"),
        ("table", "a\nb"),
    ],
)
def test_values_that_mean_nothing_are_refused(name: str, value: str) -> None:
    with pytest.raises(OptionError) as caught:
        parsed(**{name: value})
    assert caught.value.code == "bad-option"
    assert caught.value.message.startswith(f"Could not use {name}=")


def test_unknown_settings_are_refused_with_the_list() -> None:
    with pytest.raises(OptionError) as caught:
        parsed(primary="id")
    assert caught.value.code == "unknown-option"
    assert "pk, fts, drop" in caught.value.message
