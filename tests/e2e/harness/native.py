"""A native Datasette to compare ours with, asked over plain HTTP."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from allowlist.native import NativeProcess

ASK_S = 30.0


@dataclass(frozen=True)
class Reply:
    """One answer; redirects are answers too. Header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        """The Content-Type, or nothing."""
        return self.headers.get("content-type", "")


class NativeDatasette(NativeProcess):
    """Datasette at `/`, which is asked without a browser; use as a context manager."""

    def __init__(self, *databases: Path, settings: Mapping[str, object]) -> None:
        files = [str(each.resolve()) for each in databases]
        super().__init__({"files": files, "settings": dict(settings)})

    def __enter__(self) -> Self:
        super().__enter__()
        self.get("/-/versions.json")
        return self

    @property
    def origin(self) -> str:
        """Its origin, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def get(self, target: str) -> Reply:
        """Ask for a path with its query; redirects are not followed."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ASK_S)
        try:
            connection.request("GET", target)
            response = connection.getresponse()
            headers = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, headers, response.read())
        finally:
            connection.close()
