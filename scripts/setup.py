"""Fetch and make everything that the site is built from.

Usage: python3 scripts/setup.py

Needs Python 3.11 or later and the network at the first run; later runs take about a second.
"""

from building.bundles import ensure_bundles
from building.demo import ensure_demo
from building.environment import ensure_environment
from building.image import ensure_image
from building.licenses import ensure_licenses
from building.npm import ensure_npm, ensure_npm_files
from building.packs import ensure_packs
from building.plugins import ensure_plugins
from building.progress import run_script
from building.records import one_build_at_a_time
from building.runtime import ensure_runtime
from building.showcase import ensure_showcase
from building.site import write_release_script
from building.wheels import ensure_wheels


def set_up(*, dev: bool = False) -> None:
    """Make the tools and fill vendor/; `dev` adds what checks and tests need.

    Raises BuildError.
    """
    with one_build_at_a_time():
        ensure_environment("dev" if dev else "tools")
        ensure_npm(dev=dev)
        ensure_npm_files()
        ensure_runtime()
        ensure_wheels()
        ensure_packs()
        ensure_image()
        ensure_demo()
        ensure_showcase()
        ensure_plugins()
        ensure_licenses()
        ensure_bundles()
        write_release_script()


def main() -> int:
    """Set up for serving and building."""
    set_up()
    return 0


if __name__ == "__main__":
    run_script(main)
