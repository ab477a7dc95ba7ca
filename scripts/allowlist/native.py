"""Datasette on this machine with a plugin, at `/`: what tells upstream's failures from ours."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, unquote

from building.places import ROOT, SCRIPTS

DATA_URL = "data:application/json,"
START_S = 60


class NativeProcess:
    """Datasette on a free loopback port, as root; use as a context manager.

    given: `files`, `config`, `settings` and `memory`, as Datasette takes them. packages: a folder
    of what is installed besides. log: what Datasette writes goes there, else nowhere.
    Raises RuntimeError, with the last that it wrote, when it does not start.
    """

    def __init__(
        self,
        given: Mapping[str, Any],
        log: Path | None = None,
        packages: Path | None = None,
        python: str = sys.executable,
    ) -> None:
        self._command = [python, "-m", "allowlist.native", json.dumps(given)]
        path = [str(packages)] if packages else []
        self._environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*path, str(SCRIPTS)])}
        self._log = log

    def __enter__(self) -> Self:
        with (self._log or Path(os.devnull)).open("w") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._log.parent if self._log else None,
                env=self._environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            self._process.wait(START_S)
            raise RuntimeError(self.log[-1500:] or "the native Datasette did not start")
        self.port = int(line)
        self.prefix = f"http://127.0.0.1:{self.port}/"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.wait(START_S)
        assert self._process.stdout
        self._process.stdout.close()

    @property
    def log(self) -> str:
        """What Datasette wrote to standard error."""
        return self._log.read_text("utf-8", "replace") if self._log else ""


def native_datasette(plan: str, wheels: Iterable[Path], folder: Path) -> NativeProcess:
    """A Datasette with a demonstration's plan and some wheels' plugins.

    plan: what stands behind `?` in a link. folder: where the wheels' contents go, copies of the
    databases, and the log.
    """
    packages = folder / "packages"
    packages.mkdir(parents=True)
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(packages)
    return NativeProcess(_launch(plan, folder), folder / "log.txt", packages)


def _launch(plan: str, folder: Path) -> dict[str, Any]:
    """What `main` is to serve for a plan of the site's own databases and inline configuration."""
    databases, config, settings, memory = [], {}, {}, False
    for key, value in parse_qsl(plan, keep_blank_values=True):
        if key == "url":
            copy = folder / Path(value).name
            copy.write_bytes((ROOT / value).read_bytes())
            databases.append(str(copy))
        elif key == "config" and value.startswith(DATA_URL):
            config = json.loads(unquote(value.removeprefix(DATA_URL)))
        elif key == "setting":
            name, _, text = value.partition(":")
            settings[name] = int(text) if text.isdigit() else text
        elif key == "memory":
            memory = value == "1"
        elif key != "install":
            raise RuntimeError(f"A demonstration with {key}={value} cannot be tried natively.")
    return {"files": databases, "config": config, "settings": settings, "memory": memory}


def main() -> None:
    """Serve what the argument says in JSON until killed; print the port first."""
    import uvicorn
    from datasette.app import Datasette

    datasette = Datasette(**json.loads(sys.argv[1]))
    datasette.root_enabled = True
    app = datasette.app()

    async def app_for_root(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await app({"actor": {"id": "root"}, **scope}, receive, send)

    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    config = uvicorn.Config(app_for_root, log_level="error", lifespan="on")
    asyncio.run(uvicorn.Server(config).serve([listener]))


if __name__ == "__main__":
    main()
