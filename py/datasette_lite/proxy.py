"""What a reverse proxy that serves an application below a prefix does to its headers."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urljoin, urlsplit

from datasette_lite.asgi import Header

#: About one connection, which there is none of here (RFC 9110, section 7.6.1). Datasette's
#: downloads carry `Transfer-Encoding`.
HOP_BY_HOP = frozenset(
    (
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    )
)

#: XML, shown as a page, runs the scripts that it holds. Applications have theirs in HTML; who
#: makes XML of data, as a site map, may take no care that the data stays text.
XML = re.compile(rb"[ \t]*[\w.+-]+/(?:[\w.+-]+\+)?xml[ \t]*(?:;|$)", re.IGNORECASE)
XML_POLICY: Header = (b"content-security-policy", b"script-src 'none'")

DEFAULT_PORTS = {"http": 80, "https": 443}


def proxied_headers(headers: list[Header], *, request_url: str, root_path: str) -> list[Header]:
    """Headers as the visitor should get them; order and repetitions are kept.

    XML may run no scripts. request_url: the URL that the visitor asked for, prefix included.
    """
    answer = []
    for name, value in headers:
        if name in HOP_BY_HOP:
            continue
        if name == b"location":
            value = proxied_location(value, request_url=request_url, root_path=root_path)
        elif name == b"referrer-policy":
            value = proxied_referrer_policy(value)
        answer.append((name, value))
    if any(name == b"content-type" and XML.match(value) for name, value in headers):
        # Beside a policy of the application's, both hold.
        answer.append(XML_POLICY)
    return answer


def proxied_location(location: bytes, *, request_url: str, root_path: str) -> bytes:
    """An absolute URL, brought below the prefix if it is on our own origin and outside.

    WebKit refuses a relative `Location` from a service worker. Datasette's own redirects name
    the prefix, except those of `/table/` and `/-`, and those that a query's author wrote.

        /db/table                → https://host/x/app/db/table
        https://host/db/table    → https://host/x/app/db/table
        next?a=b                 → https://host/x/app/db/next?a=b    (asked for in /x/app/db/)
        https://other.example/   → https://other.example/

    A plan holds `&`, where a page that puts an address into a query without escaping it cuts it
    off: what is left of the prefix leads to its beginning.
    """
    # Browsers read the bytes as UTF-8; percent-encoded they need no reading.
    ascii_location = re.sub(rb"[^\x21-\x7e]", _percent_encoded, location.strip(b" \t"))
    target = urlsplit(urljoin(request_url, ascii_location.decode("ascii")))
    ours = _origin(target) == _origin(urlsplit(request_url))
    if ours and target.path and root_path.startswith(f"{target.path}&"):
        target = target._replace(path=f"{root_path}/")
    elif ours and not is_below(target.path, root_path):
        target = target._replace(path=root_path + (target.path or "/"))
    return target.geturl().encode("ascii")


def proxied_referrer_policy(policy: bytes) -> bytes:
    """`no-referrer` becomes `same-origin`, which tells other sites as little.

    With it, a form on the page is known for one of ours: the service worker sees neither
    `Sec-Fetch-Site` nor, in two of three browsers, `Origin`, only the referrer.
    """
    tokens = (token.strip() for token in policy.split(b","))
    return b", ".join(
        b"same-origin" if token.lower() == b"no-referrer" else token for token in tokens
    )


def proxied_cookie(set_cookie: str, *, root_path: str) -> str:
    """A `Set-Cookie` value whose path is below the prefix, or `/`, which is all of the plan."""

    def below(match: re.Match[str]) -> str:
        path = match["path"].strip()
        if path == "/" or not path.startswith("/") or is_below(path, root_path):
            return match[0]
        return f"{match['key']}{root_path}{path}"

    return re.sub(r"(?i)(?P<key>;\s*path\s*=)(?P<path>[^;]*)", below, set_cookie)


def is_below(path: str, root_path: str) -> bool:
    """Whether a path is the prefix itself or below it."""
    return path == root_path or path.startswith(root_path + "/")


def _origin(url: SplitResult) -> tuple[str, str | None, str | None, int | None]:
    try:
        port = url.port or DEFAULT_PORTS.get(url.scheme)
    except ValueError:
        port = -1
    # With a user's name in it, it is an address that the application was given: not ours to change.
    return url.scheme, url.username, url.hostname, port


def _percent_encoded(match: re.Match[bytes]) -> bytes:
    return b"%%%02X" % match[0][0]
