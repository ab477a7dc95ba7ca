"""Pictures for the README, made smaller from what the tests of verified plugins took.

Runs in the build's environment: `python -m allowlist.gallery`.
"""

from __future__ import annotations

import base64
import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

from allowlist.entries import Entry, read_allowlist
from allowlist.readme import GALLERY
from building.places import BUILD

TAKEN = BUILD / "gallery"

#: What is worth a look: other plugins add text, formats or functions.
SHOWN = ("visualisation", "rendering", "search")

#: As wide as the README shows them, at the quality where text is still sharp.
SMALLER = """async (png) => {
  const image = await createImageBitmap(await (await fetch("data:image/png;base64," + png)).blob());
  const canvas = new OffscreenCanvas(480, Math.round(480 * image.height / image.width));
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await canvas.convertToBlob({ type: "image/webp", quality: 0.75 });
  return btoa(String.fromCharCode(...new Uint8Array(await blob.arrayBuffer())));
}"""


def main() -> None:
    """Make every picture anew for which a larger one was taken."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page()
        GALLERY.mkdir(parents=True, exist_ok=True)
        shown = [plugin for plugin in read_allowlist()["plugins"] if _is_shown(plugin)]
        for taken in (TAKEN / f"{plugin['name']}.png" for plugin in shown):
            if taken.is_file():
                png = base64.b64encode(taken.read_bytes()).decode()
                smaller = base64.b64decode(page.evaluate(SMALLER, png))
                (GALLERY / taken.with_suffix(".webp").name).write_bytes(smaller)
        _remove_others({plugin["name"] for plugin in shown})
        browser.close()


def _is_shown(plugin: Entry) -> bool:
    return plugin["javascript"] and plugin["category"] in SHOWN


def _remove_others(names: set[str]) -> None:
    for picture in Path(GALLERY).glob("*.webp"):
        if picture.stem not in names:
            picture.unlink()


if __name__ == "__main__":
    main()
