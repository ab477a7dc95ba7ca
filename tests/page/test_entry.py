"""Where an address of the entry leads to (loader/page/entry.js)."""

from __future__ import annotations

import pytest

from .conftest import BlankPage

PIN = "0123456789abcdef" * 4
WHEEL = "https://h.example/a-1.0-py3-none-any.whl"
SHEET = "https://docs.google.com/spreadsheets/d/ID/edit"

APP_WHEEL = f"/app/install=https:~2F~2Fh.example~2Fa-1.0-py3-none-any.whl~23sha256~3D{PIN}"
APP_SHEET = "/app/csv=https:~2F~2Fdocs.google.com~2Fspreadsheets~2Fd~2FID~2Fedit~23gid~3D7"


@pytest.mark.parametrize(
    ("search", "fragment", "target"),
    [
        # An address that was pasted as it is has a fragment of its own.
        (f"?install={WHEEL}", f"#sha256={PIN}", f"{APP_WHEEL}/"),
        (f"?install={WHEEL}", f"#sha256={PIN}&memory=1", f"{APP_WHEEL}&memory=1/"),
        (f"?install={WHEEL}", f"#sha256={PIN}#/db/t?a=b#c", f"{APP_WHEEL}/db/t?a=b#c"),
        (
            f"?install={WHEEL}",
            f"#sha256={PIN}&install={WHEEL.replace('a-1', 'b-1')}#sha256={PIN}",
            f"{APP_WHEEL}&{APP_WHEEL.removeprefix('/app/').replace('a-1', 'b-1')}/",
        ),
        (f"?csv={SHEET}", "#gid=7", f"{APP_SHEET}/"),
        (f"?csv={SHEET}", "#gid=7&table=a", f"{APP_SHEET}&table=a/"),
        (f"?csv={SHEET}", "#gid=7&range=A1:B2&table=a", f"{APP_SHEET}&table=a/"),
        (f"?csv={SHEET}", "#gid=7&range=A1#/data", f"{APP_SHEET}/data"),
        # That of a page stays one, whatever it holds.
        ("?memory=1", f"#/db?sql=a.whl#sha256={PIN}", f"/app/memory=1/db?sql=a.whl#sha256={PIN}"),
        (
            f"?install={WHEEL}",
            f"#/a.whl#sha256={PIN}",
            f"{APP_WHEEL.partition('~23')[0]}/a.whl#sha256={PIN}",
        ),
        ("", "#/db/table?a=b", "/app/db/table?a=b"),
        ("?memory=1", "#/db/table?a=b", "/app/memory=1/db/table?a=b"),
        ("?memory=1", "#gid=7", "/app/memory=1/"),
        ("?memory=1", "#row-1", "/app/memory=1/"),
        ("", "#gid=7", None),
        ("", "#add=memory=1", None),
    ],
)
def test_entry_target(
    blank_page: BlankPage, search: str, fragment: str, target: str | None
) -> None:
    address = {"pathname": "/", "search": search, "hash": fragment}
    assert blank_page.call("page/entry.js", "entryTarget", address) == target
