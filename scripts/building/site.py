"""The site: the files that a static host serves, put together from sources and vendor/."""

import json
from pathlib import Path

from building.bundles import bundles
from building.files import sha256, tree, write_if_changed
from building.places import ROOT
from building.progress import BuildError
from building.records import MadeFile
from building.release import RELEASE_PATH, release_files, release_script, worker_script

# Lists the files of a build, so that the next one can remove what is no longer part of it,
# leave what others put there (a CNAME file, say), and refuse folders that are not ours.
MARKER = ".datasette-lite-build.json"

DEFAULT_PLAN = {"url": ["vendor/demo/fixtures.db"]}

REQUIRED = ("index.html", "sw.js", "LICENSE")
SINGLE_FILES = (*REQUIRED, "favicon.ico", "plugins-allowlist.json")
FOLDERS = ("loader", "icons")
NOT_SERVED = (".d.ts", ".d.mts", ".js", ".md")  # JavaScript comes joined


def site_files(config: Path | None = None) -> dict[str, bytes]:
    """Return every file of the site by path, without release.js and with a sw.js that is
    not told its release.

    config: the lite.json to serve; without it the repository's own, or the demonstration.
    """
    present = [name for name in SINGLE_FILES if (ROOT / name).is_file()]
    if missing := set(REQUIRED) - set(present):
        raise BuildError(f"{' and '.join(sorted(missing))} is missing from {ROOT}: restore it.")
    files = {name: (ROOT / name).read_bytes() for name in present}
    for folder in FOLDERS:
        for path in tree(ROOT / folder) if (ROOT / folder).is_dir() else []:
            if not path.name.endswith(NOT_SERVED):
                files[path.relative_to(ROOT).as_posix()] = path.read_bytes()
    files |= bundles()
    for made in release_files():
        files[made.path] = _verified(made)
    files["lite.json"] = _config(config)
    files["404.html"] = files["index.html"]  # a deep link on a static host finds the shell
    files[".nojekyll"] = b""  # GitHub Pages would hide folders otherwise
    return files


def _verified(made: MadeFile) -> bytes:
    data = (ROOT / made.path).read_bytes()
    if sha256(data) != made.sha256:
        raise BuildError(
            f"{made.path} has SHA-256 {sha256(data)}, but {made.sha256} was made: "
            "it was changed since; delete the file and run this again."
        )
    return data


def _config(config: Path | None) -> bytes:
    own = ROOT / "lite.json"
    if config is None and not own.is_file():
        return (json.dumps(DEFAULT_PLAN, indent=2) + "\n").encode()
    path = config or own
    try:
        data = path.read_bytes()
        json.loads(data)
    except (OSError, ValueError) as error:
        raise BuildError(f"Could not read {path} as JSON: {error}") from error
    return data


def write_release_script() -> None:
    """Write release.js among the sources too, where type checks look for it."""
    _, script = release_script(site_files())
    write_if_changed(ROOT / RELEASE_PATH, script)


def build_site(output: Path, config: Path | None = None) -> str:
    """Write the complete site into a folder and return the release's id.

    output: new, empty, or holding an earlier build; files are replaced one by one, the
    service worker last, so that a visitor during the build meets a whole release.
    Raises BuildError for a folder with anything else in it. Call setup.set_up() first.
    """
    _require_ours(output)
    files = site_files(config)
    identity, script = release_script(files)
    files[RELEASE_PATH] = script
    files["sw.js"] = worker_script(files.pop("sw.js"), script)  # It is written last.

    before = _earlier_files(output)
    output.mkdir(parents=True, exist_ok=True)
    _mark(output, sorted({*before, *files}))
    for path, data in files.items():
        write_if_changed(output / path, data)
    for path in sorted(before - files.keys()):
        (output / path).unlink(missing_ok=True)
        _remove_empty_folders(output / path, output)
    _mark(output, sorted(files))
    return identity


def _require_ours(output: Path) -> None:
    if output.exists() and not output.is_dir():
        raise BuildError(f"{output} is a file: choose a folder with --output.")
    if output.is_dir() and any(output.iterdir()) and not (output / MARKER).is_file():
        raise BuildError(
            f"{output} holds files that are not an earlier build of this site: "
            "choose another folder with --output, or empty this one."
        )


def _earlier_files(output: Path) -> set[str]:
    marker = output / MARKER
    return set(json.loads(marker.read_text("utf-8"))["files"]) if marker.is_file() else set()


def _mark(output: Path, files: list[str]) -> None:
    text = json.dumps({"about": "A build of Datasette Lite.", "files": files}, indent=1) + "\n"
    write_if_changed(output / MARKER, text.encode())


def _remove_empty_folders(path: Path, stop: Path) -> None:
    for folder in path.parents:
        if folder == stop or any(folder.iterdir()):
            return
        folder.rmdir()
