"""The cookies of one plan: a service worker can neither read `Cookie` nor set `Set-Cookie`."""

from __future__ import annotations

import json
import re
from email.message import Message
from http.client import HTTPResponse
from http.cookiejar import Cookie, DefaultCookiePolicy
from http.cookiejar import CookieJar as StandardJar
from typing import Any, cast
from urllib.request import Request

#: The form in which a jar is stored.
DUMP_VERSION = 1

#: Attributes kept beside those that the standard library knows.
EXTRA_ATTRIBUTES = ("SameSite", "HttpOnly")


class CookieJar:
    """Keeps cookies by the standard library's rules, and survives the worker as text.

    Differences from a browser's jar: `Secure` cookies also work on `http` (service workers exist
    only on https and on localhost, which counts as secure), and cookies of the session stay, as
    the worker's death is not the session's end.
    """

    def __init__(self) -> None:
        self._jar = StandardJar(_Policy(secure_protocols=("https", "wss", "http")))

    def header_for(self, url: str, *, cross_site: bool = False, safe: bool = True) -> str:
        """Give the `Cookie` header for a request, '' if no cookie goes with it.

        cross_site: another site caused the request; only cookies whose `SameSite` permits it go.
        safe: the method is GET, HEAD or OPTIONS.
        """
        request = _Request(url, cross_site=cross_site, safe=safe)
        self._jar.add_cookie_header(request)
        return request.unredirected_hdrs.get("Cookie", "")

    def absorb(self, url: str, set_cookie_values: list[str]) -> bool:
        """Take the `Set-Cookie` values of an answer; tell whether the jar changed."""
        before = self.dump()
        headers = Message()
        for value in set_cookie_values:
            headers["Set-Cookie"] = re.sub(r"(?i);\s*samesite\s*=\s*", "; SameSite=", value)
        self._jar.extract_cookies(cast(HTTPResponse, _Response(headers)), Request(url))
        return self.dump() != before

    def dump(self) -> str:
        """Give the jar as JSON, without what has expired."""
        self._jar.clear_expired_cookies()
        cookies = sorted(map(_as_dict, self._jar), key=lambda each: json.dumps(each))
        return json.dumps({"version": DUMP_VERSION, "cookies": cookies})

    def load(self, dumped: str) -> None:
        """Put back what `dump` gave; text of any other kind leaves the jar empty.

        A jar that cannot be read costs a login; refusing it would cost the visit.
        """
        self._jar.clear()
        try:
            stored = json.loads(dumped)
            cookies = [_from_dict(each) for each in stored["cookies"]]
        except (ValueError, KeyError, TypeError, AttributeError):
            return
        for cookie in cookies:
            self._jar.set_cookie(cookie)


class _Policy(DefaultCookiePolicy):
    def return_ok(self, cookie: Cookie, request: Request) -> bool:
        permitted = not isinstance(request, _Request) or _same_site_permits(cookie, request)
        return permitted and super().return_ok(cookie, request)


class _Request(Request):
    def __init__(self, url: str, *, cross_site: bool, safe: bool) -> None:
        super().__init__(url)
        self.cross_site = cross_site
        self.safe = safe


class _Response:
    """The one method that the standard library's jar calls."""

    def __init__(self, headers: Message) -> None:
        self._headers = headers

    def info(self) -> Message:
        return self._headers


def _same_site_permits(cookie: Cookie, request: _Request) -> bool:
    """RFC 6265bis, section 5.6.7: without the attribute a cookie is `Lax`."""
    if not request.cross_site:
        return True
    same_site = cookie.get_nonstandard_attr("SameSite", "Lax") or "Lax"
    return same_site.lower() == "none" or (same_site.lower() == "lax" and request.safe)


def _as_dict(cookie: Cookie) -> dict[str, Any]:
    return {
        "name": cookie.name,
        "value": cookie.value,
        "domain": cookie.domain,
        "domain_specified": cookie.domain_specified,
        "path": cookie.path,
        "secure": cookie.secure,
        "expires": cookie.expires,
        "extra": {
            name: cookie.get_nonstandard_attr(name)
            for name in EXTRA_ATTRIBUTES
            if cookie.has_nonstandard_attr(name)
        },
    }


def _from_dict(stored: dict[str, Any]) -> Cookie:
    return Cookie(
        version=0,
        name=stored["name"],
        value=stored["value"],
        port=None,
        port_specified=False,
        domain=stored["domain"],
        domain_specified=stored["domain_specified"],
        domain_initial_dot=stored["domain"].startswith("."),
        path=stored["path"],
        path_specified=True,
        secure=stored["secure"],
        expires=stored["expires"],
        discard=stored["expires"] is None,
        comment=None,
        comment_url=None,
        rest=dict(stored["extra"]),
    )
