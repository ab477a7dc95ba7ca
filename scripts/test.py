"""Set up, then check types and style, then run the tests.

Usage: python3 scripts/test.py [PYTEST ARGUMENTS]

With arguments only pytest runs: `scripts/test.py tests/py -k cookies`.
"""

import subprocess
import sys
from collections.abc import Sequence

from building.browsers import ensure_browsers
from building.commands import Word
from building.environment import NODE, PYTHON
from building.places import NODE_MODULES, ROOT, SITE
from building.progress import run_script, step
from building.records import one_build_at_a_time
from building.site import build_site
from setup import set_up

NPM_SOURCES = "scripts/npm"

# Everything at once runs as two processes, a file of tests at a time and in their order: a browser
# keeps more than one core busy only now and then.
IN_PARALLEL = ["--numprocesses=2", "--dist=loadfile", "--no-loadscope-reorder"]


def main(arguments: list[str] | None = None) -> int:
    """Return 0 when everything passed."""
    pytest_arguments = sys.argv[1:] if arguments is None else arguments
    set_up(dev=True)
    ensure_browsers()
    with one_build_at_a_time():
        build_site(SITE)

    failed = [] if pytest_arguments else _failed_checks()
    tested = _run([PYTHON, "-m", "pytest", *(pytest_arguments or IN_PARALLEL)])
    if failed:
        print(f"Failed besides the tests, see above: {', '.join(failed)}.", file=sys.stderr)
    return tested or int(bool(failed))


def _failed_checks() -> list[str]:
    tsc: list[Word] = [NODE, NODE_MODULES / "typescript" / "bin" / "tsc", "-p"]
    eslint: list[Word] = [NODE, NODE_MODULES / "eslint" / "bin" / "eslint.js", "--max-warnings=0"]
    checks: dict[str, Sequence[Word]] = {
        "ruff check": [PYTHON, "-m", "ruff", "check", "--quiet", "."],
        "ruff format": [PYTHON, "-m", "ruff", "format", "--check", "--quiet", "--diff", "."],
        "mypy": [PYTHON, "-m", "mypy", "--no-error-summary"],
        "tsc of pages": [*tsc, f"{NPM_SOURCES}/tsconfig.page.json"],
        "tsc of the worker": [*tsc, f"{NPM_SOURCES}/tsconfig.worker.json"],
        "tsc of scripts": [*tsc, f"{NPM_SOURCES}/tsconfig.node.json"],
        "eslint": [*eslint, "--config", f"{NPM_SOURCES}/eslint.config.mjs", "."],
    }
    return [name for name, command in checks.items() if not _passes(name, command)]


def _passes(name: str, command: Sequence[Word]) -> bool:
    """Run a check; show what it printed only when it failed."""
    with step(f"Checking: {name}"):
        done = subprocess.run(
            [str(word) for word in command], cwd=ROOT, capture_output=True, text=True
        )
    if done.returncode != 0:
        print(f"{done.stdout}{done.stderr}".rstrip(), flush=True)
    return done.returncode == 0


def _run(command: Sequence[Word]) -> int:
    return subprocess.run([str(word) for word in command], cwd=ROOT).returncode


if __name__ == "__main__":
    run_script(main)
