"""Write the complete site into a folder, for any static host, under any path.

Usage: python3 scripts/build.py [--output DIR] [--config LITE_JSON]
"""

import argparse
from pathlib import Path

from building.places import SITE
from building.progress import run_script, step
from building.records import one_build_at_a_time
from building.site import build_site
from setup import set_up


def main(arguments: list[str] | None = None) -> int:
    """Set up, then write the site."""
    parser = argparse.ArgumentParser(description="Write the complete site into a folder.")
    parser.add_argument("--output", type=Path, default=SITE, metavar="DIR")
    parser.add_argument(
        "--config",
        type=Path,
        metavar="LITE_JSON",
        help="the options of the site's front door; lite.json in the repository if there is one",
    )
    options = parser.parse_args(arguments)
    output = options.output.resolve()
    set_up()
    with one_build_at_a_time(), step(f"Writing {output}"):
        identity = build_site(output, options.config)
    print(f"Release {identity} is ready: put the contents of {output} on any static host.")
    return 0


if __name__ == "__main__":
    run_script(main)
