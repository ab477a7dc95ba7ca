"""loader/worker/refused-download.js: what can be done about an answer that is an error."""

from __future__ import annotations

import pytest

from tests.page.conftest import BlankPage


def fault(blank_page: BlankPage, status: int, headers: dict[str, str]) -> tuple[str, str]:
    """Code and message for an answer of `https://data.example/a.csv`."""
    code, message = blank_page.evaluate(
        """async ([status, headers]) => {
          const { refusedDownload } = await import('/loader/worker/refused-download.js');
          const answer = { status, statusText: '', headers: new Headers(headers) };
          const error = refusedDownload(answer, 'a.csv', 'https://data.example/a.csv');
          return [error.code, error.message];
        }""",
        [status, headers],
    )
    return code, message


@pytest.mark.parametrize(
    ("status", "headers", "code", "advice"),
    [
        (404, {}, "download-not-found", "Check the address"),
        (410, {}, "download-not-found", "Check the address"),
        (401, {}, "download-forbidden", "open it from this device"),
        (403, {}, "download-forbidden", "open it from this device"),
        (403, {"x-ratelimit-remaining": "0"}, "download-too-often", "Wait some minutes"),
        (429, {}, "download-too-often", "Wait some minutes"),
        (429, {"retry-after": "30"}, "download-too-often", "Wait 30 seconds"),
        (429, {"retry-after": "1"}, "download-too-often", "Wait 1 second,"),
        (429, {"retry-after": "600"}, "download-too-often", "Wait 10 minutes"),
        (429, {"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, "download-too-often", "some"),
        (500, {}, "download-status", "try again later"),
        (418, {}, "download-status", "Check the address"),
    ],
)
def test_each_answer_has_advice_of_its_own(
    blank_page: BlankPage, status: int, headers: dict[str, str], code: str, advice: str
) -> None:
    found, message = fault(blank_page, status, headers)
    assert found == code
    assert message.startswith(f"Could not download a.csv: data.example answered {status}")
    assert advice in message


def test_the_time_that_github_names_is_told(blank_page: BlankPage) -> None:
    reset = str(blank_page.evaluate("Math.floor(Date.now() / 1000) + 1190"))
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": reset}
    _, message = fault(blank_page, 403, headers)
    assert "Wait 20 minutes" in message
