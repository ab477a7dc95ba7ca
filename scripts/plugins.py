"""The list of verified plugins, for those who keep it.

Usage: python3 scripts/plugins.py check NAME[==VERSION]…
       python3 scripts/plugins.py table
       python3 scripts/plugins.py gallery

check: tries plugins of the index in a real browser, first with Datasette on this machine, then as
the site serves them, and writes what it found into plugins-allowlist.json: a new entry's draft, or
a listed plugin's new version and wheels. A plugin that fails changes nothing.
table: writes the tables of README.md anew.
gallery: makes the README's pictures anew, from those that tests/e2e/plugins took.
"""

import argparse
import json
import sys
from typing import Any

from allowlist.closure import ClosureError, Wheel, plugin_wheels
from allowlist.entries import Entry, read_allowlist, write_allowlist
from allowlist.readme import write_tables
from allowlist.wheel_facts import named_hosts, ships_javascript, summary
from building.browsers import ensure_browsers
from building.commands import run
from building.environment import PYTHON
from building.places import SCRIPTS, SITE
from building.plugins import ALLOWLIST
from building.progress import run_script, step
from building.records import one_build_at_a_time
from building.site import build_site
from setup import set_up

SHOWCASE = "url=vendor/demo/showcase.db"


def main(arguments: list[str] | None = None) -> int:
    """Return 0 when every plugin named passed."""
    parser = argparse.ArgumentParser(description="Keep the list of verified plugins.")
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="try plugins and draft their entries")
    check.add_argument("requirements", nargs="+", metavar="NAME[==VERSION]")
    commands.add_parser("table", help="write the README's tables")
    commands.add_parser("gallery", help="make the README's pictures")
    options = parser.parse_args(arguments)
    if options.command == "table":
        write_tables()
        return 0
    set_up(dev=True)
    ensure_browsers()
    if options.command == "gallery":
        run([PYTHON, "-m", "allowlist.gallery"], env={"PYTHONPATH": str(SCRIPTS)})
        write_tables()
        return 0
    passed = [_check(requirement) for requirement in options.requirements]
    return int(not all(passed))


def _check(requirement: str) -> bool:
    """Try one plugin; say what was found. Returns whether it is listed now."""
    try:
        with step(f"Resolving {requirement}"):
            wheels = plugin_wheels(requirement, read_allowlist()["plugins"])
    except ClosureError as error:
        return _failed(requirement, str(error))
    entry = _entry(wheels)
    name = f"{entry['name']} {entry['version']}"
    with step(f"Trying {name} natively"):
        native = _trial("natively", entry, wheels)
    _tell(native)
    if not native["passed"]:
        return _failed(name, f"natively, so it is not ours to mend: {native['failure']}")
    before = ALLOWLIST.read_bytes()
    allowlist = read_allowlist()
    for kept in (allowlist["plugins"], allowlist["unavailable"]):
        kept[:] = [each for each in kept if each["name"] != entry["name"]]
    allowlist["plugins"].append(entry)
    try:
        write_allowlist(allowlist)
        set_up(dev=True)
        with step(f"Trying {name} in the browser"), one_build_at_a_time():
            build_site(SITE)
            here = _trial("here", entry, wheels)
    except BaseException:
        ALLOWLIST.write_bytes(before)
        raise
    _tell(here)
    if not here["passed"] or here["errors"]:
        ALLOWLIST.write_bytes(before)
        return _failed(name, f"here, not natively: {here['failure'] or here['errors'][0]}")
    print(
        f"  {name} is in {ALLOWLIST.name}. Put its demonstration and check right (a check that "
        "nothing but its effect lets pass), say what it adds, run this again, look at "
        f"build/trials/{entry['name']}.png, then run `scripts/plugins.py table`."
    )
    return True


def _entry(wheels: list[Wheel]) -> Entry:
    """The list's entry for these wheels: what is there already, or a draft."""
    plugin, paths = wheels[0], [wheel.path for wheel in wheels]
    listed = (each for each in read_allowlist()["plugins"] if each["name"] == plugin.name)
    draft = {
        "name": plugin.name,
        "version": "",
        "category": "tools",
        "adds": f"{summary(plugin.path).rstrip('.')}.",
        "javascript": False,
        "hosts": named_hosts(paths),
        "wheels": [],
        "demo": {"plan": f"{SHOWCASE}&install={plugin.name}", "path": "/showcase/places"},
        "check": [{"answers": "/-/plugins.json", "with": f'"{plugin.name}"'}],
    }
    return next(listed, draft) | {
        "version": plugin.version,
        "javascript": ships_javascript(paths),
        "wheels": [wheel.entry() for wheel in wheels],
    }


def _trial(where: str, entry: Entry, wheels: list[Wheel]) -> dict[str, Any]:
    given = {"entry": entry, "wheels": [str(wheel.path) for wheel in wheels]}
    told: dict[str, Any] = json.loads(
        run(
            [PYTHON, "-m", "allowlist.trial", where],
            env={"PYTHONPATH": str(SCRIPTS)},
            given=json.dumps(given),
        )
    )
    return told


def _tell(report: dict[str, Any]) -> None:
    for title in ("hooks", "changed", "hosts", "errors"):
        if found := report.get(title):
            assert isinstance(found, list)
            print(f"  {title}: {', '.join(map(str, found))}")


def _failed(name: str, reason: str) -> bool:
    print(f"  {name} does not work: {reason}", file=sys.stderr)
    return False


if __name__ == "__main__":
    run_script(main)
