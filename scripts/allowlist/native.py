"""Datasette on this machine with a plugin, at `/`: what tells upstream's failures from ours."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, unquote

from building.places import ROOT, SCRIPTS

DATA_URL = "data:application/json,"
START_S = 60


class NativeDatasette:
    """Serves a demonstration's plan with some wheels' plugins; use as a context manager.

    plan: what stands behind `?` in a link. folder: where the wheels' contents go, and copies of
    the databases. log: what Datasette wrote, once it has ended.
    Raises RuntimeError, with the last that it wrote, when it does not start.
    """

    def __init__(
        self, plan: str, wheels: Iterable[Path], folder: Path, python: str = sys.executable
    ) -> None:
        self._folder = folder
        self._python = python
        packages = folder / "packages"
        packages.mkdir(parents=True)
        for wheel in wheels:
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(packages)
        self._given = _launch(plan, folder)
        self._environment = {**os.environ, "PYTHONPATH": f"{packages}{os.pathsep}{SCRIPTS}"}
        self._log = folder / "log.txt"

    def __enter__(self) -> Self:
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [self._python, "-m", "allowlist.native", json.dumps(self._given)],
                cwd=self._folder,
                env=self._environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            self._process.wait(START_S)
            raise RuntimeError(self.log[-1500:])
        self.prefix = f"http://127.0.0.1:{int(line)}/"
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
        return self._log.read_text("utf-8", "replace")


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
