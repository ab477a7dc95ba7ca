"""The link that opens the same page elsewhere, on hosts of every kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasette_lite.launch import Launch

if TYPE_CHECKING:
    from datasette.app import Request


def share_link(launch: Launch, request: Request | None) -> str:
    """The plan as `?…` and the page as `#/…`.

    The address bar would do as well, but where a host does not answer unknown addresses with
    `404.html`. `loader/page/share-link.js` knows this form, and brings the page up to date.
    """
    page = "/"
    if request:
        page = request.scope.get("raw_path", b"/").decode("ascii").partition("?")[0]
        if query := request.scope.get("query_string", b"").decode("ascii"):
            page += f"?{query}"
    return f"{launch.site_url}{launch.query}#{page}"
