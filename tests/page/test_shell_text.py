"""loader/page: what the launcher says of links and data, how byte counts and moments read."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.page.conftest import BlankPage

Call = Callable[..., object]
LINK = "https://data.example/fixtures.db"
PLAN = "app/url=https:~2F~2Fdata.example~2Ffixtures.db/"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("https://data.example/people.csv", "CSV file from data.example → a table named people"),
        ("https://data.example/a.b.csv.gz", "CSV file from data.example → a table named a.b"),
        ("https://data.example/p.parquet", "Parquet file from data.example → a table named p"),
        (LINK, "SQLite database fixtures.db from data.example"),
        ("github.com/o/r/blob/main/a.db", "SQLite database a.db from raw.githubusercontent.com"),
        (
            "https://data.example/a.xlsx",
            "Excel workbook from data.example → a table for each sheet",
        ),
        (
            "https://data.example/a.sql",
            "SQL script from data.example, run before tables are filled",
        ),
        (
            "https://data.example/download?id=7",
            "File from data.example: its content decides what it becomes",
        ),
        (f"{LINK} https://data.example/b.csv", "2 links: fixtures.db + 1 more"),
        (f"https://lite.datasette.io/?url={LINK}#/a/b", "Datasette Lite link to fixtures.db"),
        (f"https://other.example/{PLAN}a/b", "Page of fixtures.db"),
        ("name,age\nAnna,7", "Pasted CSV, 1 row. Its link will hold the data itself."),
        ('a\tb\n1\t"x\ny"\n2\tz\n', "Pasted tab-separated values, 2 rows."),
        ('[{"a": 1}, {"a": 2}]', "Pasted JSON, 2 elements."),
        ('{"a": 1}\n{"a": 2}', "Pasted JSON, 2 lines."),
        ("create table t (a)", "Pasted SQL. Its link will hold the data itself."),
        (
            "n\n" + "12345\n" * 2000,
            "Pasted CSV, 2,000 rows. It will be kept in this browser, as a file is.",
        ),
        ("s3://bucket/a.db", "A browser cannot download from s3:// addresses."),
    ],
)
def test_field_names_what_it_holds(call: Call, text: str, says: str) -> None:
    found = call("shared/recognise.js", "recognise", text, "https://host.example/x/y/")
    said = call("page/recognised-text.js", "recognisedText", found, text)
    assert isinstance(said, str)
    assert says in said


@pytest.mark.parametrize(
    ("done", "total", "text"),
    [
        (3_140_000, 9_600_000, "3.1 of 9.6 MB"),
        (0, 9_600_000, "0 of 9.6 MB"),
        (9_600_000, 9_600_000, "9.6 MB"),
        (0, 240_000, "0 of 240 kB"),
        (512, None, "512 bytes"),
        (999_950, None, "1.0 MB"),
        (99_940_000, None, "99.9 MB"),
        (250_000_000, 1_300_000_000, "0.3 of 1.3 GB"),
    ],
)
def test_progress_reads(call: Call, done: int, total: int | None, text: str) -> None:
    assert call("page/byte-text.js", "progressText", done, total) == text


@pytest.mark.parametrize(
    ("ago_s", "text"),
    [
        (5, "just now"),
        (60, "1 minute ago"),
        (59 * 60, "59 minutes ago"),
        (2 * 3600, "2 hours ago"),
        (14 * 3600, "yesterday"),
        (3 * 86400, "5 July"),
        (400 * 86400, "3 June 2025"),
    ],
)
def test_moments_read(blank_page: BlankPage, ago_s: int, text: str) -> None:
    now = blank_page.evaluate("new Date(2026, 6, 8, 12).getTime()")
    assert blank_page.call("page/moment-text.js", "momentText", now - ago_s * 1000, now) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("def f():\r\n\treturn 'é 🙂'\n", "def f():\n\treturn 'é 🙂'\n"),
        ("a\u202eb\u2066c", "a⟨U+202E⟩b⟨U+2066⟩c"),
        ("x\rhidden", "x⟨U+000D⟩hidden"),
        ("a\u200bb\u3164\U000e0041", "a⟨U+200B⟩b⟨U+3164⟩⟨U+E0041⟩"),
    ],
)
def test_text_to_be_judged_hides_nothing(call: Call, text: str, shown: str) -> None:
    assert call("page/plain-text.js", "plainText", text) == shown
