"""Pictures for the README, made smaller from what the tests of verified plugins took.

Runs in the build's environment: `python -m allowlist.gallery`.
"""

from __future__ import annotations

import base64
import shutil

from playwright.sync_api import sync_playwright

from allowlist.readme import GALLERY
from building.places import BUILD

TAKEN = BUILD / "gallery"

#: What is worth a look; others add functions, formats, or a line here and there.
SHOWN = (
    "datasette-apps",
    "datasette-cluster-map",
    "datasette-copyable",
    "datasette-geojson-map",
    "datasette-leaflet-geojson",
    "datasette-nteract-data-explorer",
    "datasette-plot",
    "datasette-pretty-json",
    "datasette-render-images",
    "datasette-render-markdown",
    "datasette-search-all",
    "datasette-vega",
)

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
        for taken in (TAKEN / f"{name}.png" for name in SHOWN):
            if taken.is_file():
                png = base64.b64encode(taken.read_bytes()).decode()
                smaller = base64.b64decode(page.evaluate(SMALLER, png))
                (GALLERY / taken.with_suffix(".webp").name).write_bytes(smaller)
        for picture in GALLERY.glob("*.webp"):
            if picture.stem not in SHOWN:
                picture.unlink()
        browser.close()


if __name__ == "__main__":
    main()
