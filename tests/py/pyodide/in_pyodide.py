"""Runs a program of this folder in Pyodide, under Node."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from building.environment import NODE
from building.places import NODE_MODULES, ROOT
from building.records import made_by

HERE = Path(__file__).parent


def in_pyodide(program: str, job: dict[str, Any], folder: Path) -> Any:
    """What `main` of a program here gives for a job. folder: for files of the run."""
    job_file = folder / "job.json"
    job_file.write_text(json.dumps(job))
    [pack] = made_by("pack-base")
    done = subprocess.run(
        [
            NODE,
            "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON",
            HERE / "run.mjs",
            NODE_MODULES / "pyodide",
            ROOT / pack.path,
            ROOT / "py",
            HERE / f"{program}.py",
            job_file,
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(job_file.with_suffix(".json.result").read_text())
