"""The built site on a dumb static host: a subpath, 404.html for unknown paths, nothing clever."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from building.records import one_build_at_a_time
from building.site import build_site
from static_server import StaticServer

MOUNT = "/x/y/"


def build(output: Path, config: Path | None = None) -> Path:
    """Write the site as scripts/build.py does, which must have set up; return its folder."""
    with one_build_at_a_time():
        build_site(output, config)
    return output


class SiteHost:
    """A running host of one site.

    asked: every path that was asked for, below the subpath and in order.
    """

    def __init__(self, folder: Path, mount: str = MOUNT, port: int = 0) -> None:
        self.asked: list[str] = []
        self._held = ""
        self._free = threading.Event()
        self._server = StaticServer(folder, mount=mount, port=port, before_request=self._note)
        # `localhost` and the data host's 127.0.0.1 are two sites, not only two origins.
        self.origin = f"http://localhost:{self._server.port}"
        self.url = self.origin + mount

    @property
    def folder(self) -> Path:
        """The folder that is served; set it to deploy another release."""
        return self._server.root

    @folder.setter
    def folder(self, folder: Path) -> None:
        self._server.root = folder.resolve()

    @property
    def port(self) -> int:
        """The port, also of a host that has stopped."""
        return self._server.port

    def asked_for(self, part: str) -> list[str]:
        """The paths asked for that hold a given part."""
        return [path for path in self.asked if part in path]

    @contextmanager
    def holding(self, part: str) -> Iterator[None]:
        """Answer requests for paths that hold a given part only when the block has ended."""
        self._free.clear()
        self._held = part
        try:
            yield
        finally:
            self._held = ""
            self._free.set()

    def _note(self, path: str) -> None:
        self.asked.append(path)
        if self._held and self._held in path:
            self._free.wait()

    def start(self) -> None:
        """Answer requests."""
        self._server.start()

    def stop(self) -> None:
        """Refuse connections from now on: the host is gone."""
        self._server.stop()


@contextmanager
def serving(folder: Path, mount: str = MOUNT, port: int = 0) -> Iterator[SiteHost]:
    """A host of one folder, while the block runs."""
    host = SiteHost(folder, mount, port)
    host.start()
    try:
        yield host
    finally:
        host.stop()
