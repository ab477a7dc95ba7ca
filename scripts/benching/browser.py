"""Chromium with a profile of its own, for measurements."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]

BOOT_S = 180.0


@contextmanager
def browser() -> "Iterator[BrowserContext]":
    """A browser that has never seen the site."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile, sync_playwright() as p:
        context = p.chromium.launch_persistent_context(
            profile, executable_path=shutil.which("chromium"), args=FLAGS
        )
        yield context
        context.close()


def app_shown(page: "Page", timeout_s: float = BOOT_S) -> None:
    """Wait until the shell, if it was shown, has made way for a loaded page of Datasette.

    Raises RuntimeError when the shell shows a fault instead.
    """
    page.wait_for_function(
        "document.documentElement.dataset.state === 'failed' ||"
        " (!document.documentElement.dataset.state && document.readyState === 'complete')",
        timeout=timeout_s * 1000,
        polling=20,
    )
    if fault := page.locator("[role=alert][data-code]").all_inner_texts():
        raise RuntimeError(fault[0])


def memory_of_renderers() -> int:
    """The memory of the browser's largest renderer now, in bytes (Linux only).

    A service worker lives in one. Pages that several processes share, as those of the browser's own
    program, count in parts ("Pss" in proc_pid_smaps(5)).
    """
    return _most_of_renderers("smaps_rollup", "Pss:")


def peak_of_renderers() -> int:
    """The most memory that one of the browser's renderers held so far, in bytes (Linux only).

    Shared pages count in whole: above 100 MB of the browser's own program ("VmHWM" in
    proc_pid_status(5); the kernel keeps no peak without them).
    """
    return _most_of_renderers("status", "VmHWM:")


def _most_of_renderers(file: str, field: str) -> int:
    found = [0]
    for process in _descendants(os.getpid()):
        try:
            command = Path(f"/proc/{process}/cmdline").read_bytes()
            if b"--type=renderer" in command:
                text = Path(f"/proc/{process}/{file}").read_text()
                found.append(int(text.split(field)[1].split()[0]) * 1024)
        except (OSError, IndexError):
            continue  # it ended meanwhile
    return max(found)


def _descendants(ancestor: int) -> Iterator[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(entry.name))
    waiting = [ancestor]
    while waiting:
        found = children.get(waiting.pop(), [])
        yield from found
        waiting += found
