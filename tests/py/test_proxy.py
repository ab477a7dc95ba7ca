"""Headers as a prefix-stripping reverse proxy changes them."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from datasette_lite.proxy import (
    proxied_cookie,
    proxied_headers,
    proxied_location,
    proxied_referrer_policy,
)

ROOT = "/x/y/app/url=https:~2F~2Fh~2Fa.db&url=b.db"
HERE = f"http://example.test:8000{ROOT}"


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        (b"/db/table", f"{HERE}/db/table"),
        (b"/", f"{HERE}/"),
        (b"/db?a=b&c=%2F+d#frag", f"{HERE}/db?a=b&c=%2F+d#frag"),
        (f"{ROOT}/db/table".encode(), f"{HERE}/db/table"),
        (ROOT.encode(), HERE),
        (b"/x/y/app/url=https:~2F~2Fh~2Fa.db", f"{HERE}/"),  # cut off at the plan's `&`
        (f"{HERE}/db".encode(), f"{HERE}/db"),
        (b"http://example.test:8000/db", f"{HERE}/db"),
        (b"http://example.test:8000", f"{HERE}/"),
        (b"HTTP://EXAMPLE.test:8000/db", None),
        (b"next?a=b", f"{HERE}/db/next?a=b"),
        (b"?_next=2", f"{HERE}/db/table?_next=2"),
        (b"", f"{HERE}/db/table?_sort=a"),
        (b"../other", f"{HERE}/other"),
        (b"../../../../../../up", f"{HERE}/up"),
        (b"/x/y/app/url=https:~2F~2Fh~2Fa.db&url=b.dbx/db", None),
        (b"https://example.test:8000/db", "https://example.test:8000/db"),
        (b"http://example.test/db", "http://example.test/db"),
        (b"http://me@example.test:8000/db", "http://me@example.test:8000/db"),
        (b"https://other.example/", "https://other.example/"),
        (b"//other.example/a", "http://other.example/a"),
        (b"mailto:me@other.example", "mailto:me@other.example"),
        (b" /db ", f"{HERE}/db"),
        ("/café/a b".encode(), f"{HERE}/caf%C3%A9/a%20b"),
        (b"/a~2Fb/50%25", f"{HERE}/a~2Fb/50%25"),
        (b"/db//table", f"{HERE}/db//table"),
    ],
)
def test_location_is_absolute_and_stays_below_the_prefix(
    location: bytes, expected: str | None
) -> None:
    asked = f"{HERE}/db/table?_sort=a"
    result = proxied_location(location, request_url=asked, root_path=ROOT).decode()
    if expected:
        assert result == expected
    assert urlsplit(result).scheme
    if result.lower().startswith("http://example.test:8000"):
        assert urlsplit(result).path.startswith(ROOT)


@pytest.mark.parametrize("location", [b"/\\evil.example", b"\\\\evil.example", b"/\t/evil.example"])
def test_location_cannot_be_bent_to_another_site(location: bytes) -> None:
    result = proxied_location(location, request_url=f"{HERE}/db", root_path=ROOT).decode()
    assert result.startswith(f"{HERE}/")


def test_default_ports_are_the_same_origin() -> None:
    result = proxied_location(
        b"https://h.example:443/db", request_url="https://h.example/app/a", root_path="/app"
    )
    assert result == b"https://h.example:443/app/db"


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (b"no-referrer", b"same-origin"),
        (b"No-Referrer", b"same-origin"),
        (b"no-referrer, strict-origin", b"same-origin, strict-origin"),
        (b"no-referrer-when-downgrade", b"no-referrer-when-downgrade"),
        (b"origin", b"origin"),
    ],
)
def test_no_referrer_becomes_same_origin(policy: bytes, expected: bytes) -> None:
    assert proxied_referrer_policy(policy) == expected


@pytest.mark.parametrize(
    ("cookie", "expected"),
    [
        ("a=b; Path=/", "a=b; Path=/"),
        ("a=b; path=/admin; Secure", f"a=b; path={ROOT}/admin; Secure"),
        (f"a=b; Path={ROOT}/admin", f"a=b; Path={ROOT}/admin"),
        ("a=b; HttpOnly", "a=b; HttpOnly"),
        ("path=/admin", "path=/admin"),
    ],
)
def test_cookie_paths_are_below_the_prefix(cookie: str, expected: str) -> None:
    assert proxied_cookie(cookie, root_path=ROOT) == expected


def test_other_headers_pass_in_order() -> None:
    headers = [(b"x-a", b"1"), (b"link", b"<a>"), (b"x-a", b"2")]
    given = [*headers, (b"keep-alive", b"timeout=5"), (b"upgrade", b"h2c")]
    assert proxied_headers(given, request_url=HERE, root_path=ROOT) == headers


@pytest.mark.parametrize(
    ("content_type", "limited"),
    [
        (b"application/xml", True),
        (b" Text/XML; charset=utf-8", True),
        (b"image/svg+xml", True),
        (b"application/xhtml+xml;charset=utf-8", True),
        (b"text/html; charset=xml", False),
        (b"application/xml-dtd", False),
        (b"text/plain", False),
    ],
)
def test_xml_runs_no_scripts(content_type: bytes, limited: bool) -> None:
    given = [(b"content-type", content_type), (b"content-security-policy", b"img-src *")]
    policy = [(b"content-security-policy", b"script-src 'none'")] if limited else []
    assert proxied_headers(given, request_url=HERE, root_path=ROOT) == given + policy
