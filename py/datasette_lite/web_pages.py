"""Web pages that come in place of data, most often one to log in."""

from __future__ import annotations

import re

#: What only a page that asks who one is has, near its beginning.
_LOGIN = re.compile(
    rb"type\s*=\s*[\"']?password|<title>[^<]*\b(?:log\s?-?in|sign\s?-?in|single sign-on)\b",
    re.IGNORECASE,
)


def web_page_words(head: bytes) -> tuple[str, str]:
    """What happened, and what to do about it, when data turns out to be a web page.

    head: how the page begins, some kilobytes of it.
    """
    if _LOGIN.search(head):
        return (
            "its host sent a page to log in, not the file",
            "The file is private: log in there, download it and open it from this device, or ask "
            "its owner to make it public.",
        )
    return (
        "its host sent a web page in place of the file",
        "Open the address in a browser, look there for a “Download” or “Raw” link and use the "
        "address of that.",
    )
