"""Stand-ins for other hosts: a check needs none of them, and tells which its pages asked.

Map tiles and pictures become a plain image, sounds silence, embedded players an empty page; scripts
are refused, so that a plugin that needs one from elsewhere shows it.
"""

from __future__ import annotations

import re
import struct
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Route

from building.showcase import gradient_png

OURS = re.compile(r"^https?://(127\.0\.0\.1|localhost)[:/]")

#: The size that map tiles have, in the colours of land and water on a pale map.
TILE = gradient_png((223, 232, 236), (239, 236, 228), 256, 256)

#: A sound without a single sample: one channel, 8000 a second, 8 bits.
SILENCE = struct.pack(
    "<4sI4s4sIHHIIHH4sI", b"RIFF", 36, b"WAVE", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8, b"data", 0
)


def stand_in_for_outside(context: BrowserContext) -> list[str]:
    """Answer what a browser asks of other hosts; return the list of them, which grows."""
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(urlsplit(route.request.url).hostname or "")
        match route.request.resource_type:
            case "image":
                route.fulfill(body=TILE, content_type="image/png")
            case "document":
                route.fulfill(body="<!doctype html><title>Elsewhere</title>")
            case "stylesheet":
                route.fulfill(body="", content_type="text/css")
            case "media":
                route.fulfill(body=SILENCE, content_type="audio/wav")
            case _:
                route.abort()

    context.route(lambda url: url.startswith("http") and not OURS.match(url), answer)
    return asked
