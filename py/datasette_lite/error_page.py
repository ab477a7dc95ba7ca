"""The page that stands in for one that an application failed to make."""

from __future__ import annotations

import traceback
from html import escape

from datasette_lite.asgi import Header

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto;
  max-width: 45rem; padding: 0 1rem; }}
pre {{ overflow-x: auto; }}
</style>
</head>
<body>
<h1>{title}</h1>
<p>{message}</p>
<details><summary>Details</summary><pre>{detail}</pre></details>
</body>
</html>
"""


def error_page(title: str, message: str, error: BaseException) -> tuple[list[Header], bytes]:
    """Headers and body of a page about an error; its traceback waits in a closed `<details>`."""
    detail = "".join(traceback.format_exception(error))
    page = PAGE.format(title=escape(title), message=escape(message), detail=escape(detail))
    body = page.encode("utf-8", errors="replace")
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    return headers, body
