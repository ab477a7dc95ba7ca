"""loader/shared/faults.js: codes, words, and the way through postMessage."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.page.conftest import ROOT, BlankPage

ROUND_TRIP = "({ toFault, reviveFault }, fault) => toFault(reviveFault(fault))"
NAMES = ["OptionError", "DownloadError", "DataError", "BrowserError", "EngineError"]


@pytest.fixture(scope="module")
def codes(blank_page: BlankPage) -> dict[str, str]:
    """FAULT_CODES."""
    found: dict[str, str] = blank_page.evaluate(
        "async () => (await import('/loader/shared/faults.js')).FAULT_CODES"
    )
    return found


def faults(blank_page: BlankPage, script: str, argument: object = None) -> Any:
    """Run `(faults, argument) => …` with the module."""
    return blank_page.evaluate(
        f"async (argument) => ({script})(await import('/loader/shared/faults.js'), argument)",
        argument,
    )


def test_every_code_is_kebab_case_and_has_one_of_five_names(codes: dict[str, str]) -> None:
    assert codes
    assert [code for code in codes if not re.fullmatch(r"[a-z]+(-[a-z]+)*", code)] == []
    assert set(codes.values()) == set(NAMES)


def test_every_code_is_written_once(codes: dict[str, str]) -> None:
    source = (ROOT / "loader/shared/faults.js").read_text(encoding="utf-8")
    written = re.findall(r"^  '?([a-z-]+)'?: \{$", source, re.MULTILINE)
    assert sorted(written) == sorted(codes)


def test_every_code_says_what_we_tried_what_happened_and_what_to_do(
    blank_page: BlankPage, codes: dict[str, str]
) -> None:
    messages = faults(
        blank_page,
        """(module) => Object.fromEntries(Object.entries(module.FAULT_CODES).map(
             ([code, name]) => [code, new module[name](code).message]))""",
    )
    shape = re.compile(r"Could not [^:]+: (?!.*\boops\b).+[^.]\. [A-Z].+\.", re.IGNORECASE)
    assert [text for text in messages.values() if not shape.fullmatch(text)] == []
    assert len(set(messages.values())) == len(codes)


def test_facts_replace_parts_of_the_message(blank_page: BlankPage) -> None:
    message = faults(
        blank_page,
        """({ DownloadError }) => new DownloadError('download-status', {
             tried: 'Could not download penguins.csv', happened: 'data.example answered 404',
             advice: 'Check the address after ?csv= and reload.' }).message""",
    )
    assert message == (
        "Could not download penguins.csv: data.example answered 404."
        " Check the address after ?csv= and reload."
    )


@pytest.mark.parametrize("name", NAMES)
def test_fault_crosses_a_port_and_comes_back(
    blank_page: BlankPage, codes: dict[str, str], name: str
) -> None:
    code = next(code for code, owner in codes.items() if owner == name)
    revived = faults(
        blank_page,
        """async (module, [name, code]) => {
          const error = new module[name](code, { message: 'Words.', detail: 'More.', source: 'x' });
          const { port1, port2 } = new MessageChannel();
          const arrived = new Promise((resolve) => { port2.onmessage = resolve; });
          port1.postMessage(module.toFault(error));
          const again = module.reviveFault((await arrived).data);
          port1.close();
          return { ...module.toFault(again), kin: again instanceof module[name] };
        }""",
        [name, code],
    )
    assert revived == {
        "name": name,
        "code": code,
        "message": "Words.",
        "detail": "More.",
        "source": "x",
        "kin": True,
    }


def test_cause_serves_as_detail_and_is_kept(blank_page: BlankPage) -> None:
    detail, kept = faults(
        blank_page,
        """({ DataError, toFault }) => {
          const cause = new TypeError('the first cause');
          const error = new DataError('not-sqlite', { cause });
          return [toFault(error).detail, error.cause === cause];
        }""",
    )
    assert detail.startswith("TypeError: the first cause")
    assert kept


def test_fault_from_python_passes_unchanged(blank_page: BlankPage) -> None:
    fault = {"name": "DataError", "code": "csv-empty", "message": "Empty.", "detail": ""}
    assert faults(blank_page, "({ toFault }, fault) => toFault(fault)", fault) == fault
    again = faults(blank_page, ROUND_TRIP, fault)
    assert again == fault


def test_name_of_a_newer_release_is_revived_as_ours(blank_page: BlankPage) -> None:
    fault = {"name": "constructor", "code": "new", "message": "New.", "detail": "d"}
    revived = faults(blank_page, ROUND_TRIP, fault)
    assert revived == {**fault, "name": "EngineError"}


UNFORESEEN = {
    "new TypeError('x is null.')": "TypeError: x is null",
    "new Error('')": "no reason was given",
    "'words'": "words",
    "undefined": "undefined",
    "{ name: 'DataError' }": "[object Object]",
    "new DOMException('gone', 'AbortError')": "AbortError: gone",
    r"new Error('Traceback (most recent call last):\n  File x\nValueError: no such table\n')": (
        "ValueError: no such table"
    ),
}


@pytest.mark.parametrize(("thrown", "headline"), UNFORESEEN.items())
def test_unforeseen_is_our_fault(blank_page: BlankPage, thrown: str, headline: str) -> None:
    fault = faults(blank_page, f"({{ toFault }}) => toFault({thrown})")
    assert (fault["name"], fault["code"]) == ("EngineError", "unexpected")
    assert fault["message"].startswith(f"Datasette Lite failed: {headline}. Reload;")
    assert headline in fault["detail"] or headline == "no reason was given"


def test_message_of_no_known_type_is_refused(blank_page: BlankPage) -> None:
    refused = blank_page.evaluate(
        """async () => {
          const { unreachable } = await import('/loader/shared/protocol.js');
          try { unreachable({ type: 'new' }); } catch (error) { return error.message; }
        }"""
    )
    assert '{"type":"new"}' in refused
