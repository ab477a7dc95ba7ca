"""Set up, build and serve the site; build it again when its sources change.

Usage: python3 scripts/serve.py [--port N] [--bind ADDRESS]

The last line of start-up is the site's address.
"""

import argparse
import sys
import threading
from pathlib import Path

from building.bundles import ensure_bundles
from building.files import tree
from building.packs import ensure_packs
from building.places import PY_SOURCES, ROOT, SITE
from building.progress import BuildError, run_script
from building.records import one_build_at_a_time
from building.site import FOLDERS, SINGLE_FILES, build_site, write_release_script
from setup import set_up
from static_server import StaticServer

DEFAULT_PORT = 8000

# Parts of a page: what was fresh when the page was asked for is fresh enough for them.
PARTS = ("loader/", "vendor/", "icons/")


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="Set up, build and serve the site.")
    parser.add_argument(
        "--port", type=int, help=f"0 for any free one; else {DEFAULT_PORT}, or a free one"
    )
    parser.add_argument("--bind", default="127.0.0.1", metavar="ADDRESS")
    options = parser.parse_args(arguments)
    set_up()
    freshness = _Freshness()
    freshness.rebuild()
    server = _listen(options.bind, options.port, freshness)
    print(server.url, flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()
    finally:
        server.server_close()
    return 0


def _listen(bind: str, port: int | None, freshness: "_Freshness") -> StaticServer:
    wanted = DEFAULT_PORT if port is None else port
    try:
        return StaticServer(SITE, bind=bind, port=wanted, before_request=freshness.check)
    except OSError as error:
        if port is not None:
            raise BuildError(
                f"Could not listen on {bind} port {port}: {error.strerror}. "
                "Stop what uses it, or choose another with --port."
            ) from error
    return StaticServer(SITE, bind=bind, port=0, before_request=freshness.check)


class _Freshness:
    """Rebuilds the site when a source changed since the last build."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._built_from: dict[Path, int] = {}

    def check(self, path: str) -> None:
        """Before a page or the worker is served: build again if need be."""
        if path.startswith(PARTS):
            return
        with self._lock:
            sources = self._sources()
            if sources == self._built_from:
                return
            try:
                self.rebuild()
            except BuildError as error:
                # The last good build is served until the next change.
                self._built_from = sources
                print(f"Could not build again: {error}", file=sys.stderr, flush=True)

    def rebuild(self) -> None:
        """Make our own pack and the site again."""
        sources = self._sources()
        with one_build_at_a_time():
            ensure_packs()
            ensure_bundles()
            write_release_script()
            build_site(SITE)
        self._built_from = sources

    def _sources(self) -> dict[Path, int]:
        singles = [ROOT / name for name in (*SINGLE_FILES, "lite.json", "pyproject.toml")]
        folders = [ROOT / name for name in FOLDERS]
        files = [path for folder in (*folders, PY_SOURCES) for path in tree(folder)]
        return {path: path.stat().st_mtime_ns for path in (*singles, *files) if path.is_file()}


if __name__ == "__main__":
    run_script(main)
