"""A native Datasette to compare ours with, asked over plain HTTP."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

REPOSITORY = Path(__file__).resolve().parents[3]
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


class NativeDatasette:
    """Datasette at `/` on a free loopback port; use as a context manager."""

    def __init__(self, *databases: Path, settings: Mapping[str, object]) -> None:
        self._command = [sys.executable, "-m", "tests.e2e.harness.native_app"]
        self._command += [json.dumps(dict(settings)), *map(str, databases)]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command,
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # Datasette's own errors in some facets of its fixtures
            text=True,
        )
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, "the native Datasette did not start"
        self._port = int(line)
        self.get("/-/versions.json")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.wait(20)

    @property
    def origin(self) -> str:
        """Its origin, without a slash at the end."""
        return f"http://127.0.0.1:{self._port}"

    def get(self, target: str) -> Reply:
        """Ask for a path with its query; redirects are not followed."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=ASK_S)
        try:
            connection.request("GET", target)
            response = connection.getresponse()
            headers = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, headers, response.read())
        finally:
            connection.close()
