"""The demonstration database, made by Datasette's own fixtures."""

from pathlib import Path

from building.commands import run
from building.environment import PYTHON
from building.files import digest
from building.places import VENDOR
from building.records import ensure
from building.wheels import pinned_version

DEMO = VENDOR / "demo" / "fixtures.db"

WRITE = "import sys, datasette.fixtures as f; f.write_fixture_database(sys.argv[1])"


def ensure_demo() -> None:
    """Make vendor/demo/fixtures.db."""
    ensure(
        "demo",
        "Making the demonstration database",
        digest(pinned_version("datasette"), Path(__file__)),
        _make,
    )


def _make() -> list[Path]:
    DEMO.parent.mkdir(parents=True, exist_ok=True)
    temporary = DEMO.with_suffix(".tmp")
    temporary.unlink(missing_ok=True)
    run([PYTHON, "-c", WRITE, temporary])
    temporary.replace(DEMO)
    return [DEMO]
