"""The browsers that tests drive, from Debian's packages, installed when they are missing."""

import os
import shutil

from building.environment import apt_install
from building.progress import step

# Program: the package that brings it.
PROGRAMS = {
    "chromium": "chromium",
    "firefox-esr": "firefox-esr",
    "WebKitWebDriver": "webkit2gtk-driver",
    "Xvfb": "xvfb",
}


def ensure_browsers() -> None:
    """Install what is missing of PROGRAMS; as somebody else than root only say so."""
    missing = {name: package for name, package in PROGRAMS.items() if shutil.which(name) is None}
    if not missing:
        return
    packages = sorted(missing.values())
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        print(
            f"Browser tests need {', '.join(sorted(missing))}. "
            f"On Debian: sudo apt-get install {' '.join(packages)}"
        )
        return
    with step(f"Installing {', '.join(packages)}"):
        apt_install(packages)
