"""Templates and static files that a plan brings: `?templates=`, a zip archive.

Its folders are those of a configuration directory of Datasette's: `templates` and `static`. Without
a folder `templates`, all of it are templates. What else is in it is left alone.

Source: https://docs.datasette.io/en/latest/settings.html#configuration-directory-mode
"""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from datasette_lite.errors import DataError

#: Far more than pages need, and little enough for the memory of a phone.
MOST_BYTES = 64 * 1024 * 1024

TEMPLATES = "templates"
STATIC = "static"


@dataclass(frozen=True)
class PageFiles:
    """Folders for Datasette: its `template_dir`, and what is served as `/static/`, if anything."""

    templates: str
    static: str | None


def page_file_names(archive: str, name: str) -> list[str]:
    """What an archive would bring, as paths below `templates` and `static`.

    archive: its path. name: its name, for messages.
    Raises DataError: bad-archive.
    """
    return sorted(str(path) for path in _members(archive, name))


def unpack_page_files(archive: str, name: str, folder: str) -> PageFiles:
    """Unpack what an archive brings.

    folder: for the files, made if it is not there.
    Raises DataError: bad-archive.
    """
    members = _members(archive, name)
    try:
        with zipfile.ZipFile(archive) as packed:
            for path, member in members.items():
                target = Path(folder, path)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(packed.read(member))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _refusal(name, "a file in it cannot be unpacked", str(error)) from error
    has_static = any(path.parts[0] == STATIC for path in members)
    return PageFiles(
        str(Path(folder, TEMPLATES)), str(Path(folder, STATIC)) if has_static else None
    )


def _members(archive: str, name: str) -> dict[PurePosixPath, zipfile.ZipInfo]:
    """The files of an archive that are for pages, by their paths below `templates` and `static`."""
    try:
        with zipfile.ZipFile(archive) as packed:
            files = {
                PurePosixPath(each.filename): each for each in packed.infolist() if _is_file(each)
            }
    except zipfile.BadZipFile as error:
        raise _refusal(name, "it is no zip archive", str(error)) from error
    if sum(each.file_size for each in files.values()) > MOST_BYTES:
        raise _refusal(name, f"it holds more than {MOST_BYTES // 1024**2} MB", "")
    files = _without_outer_folder(files)
    if any(path.parts[0] == TEMPLATES and len(path.parts) > 1 for path in files):
        wanted = (TEMPLATES, STATIC)
        files = {path: each for path, each in files.items() if path.parts[0] in wanted}
    else:
        files = {_in_its_folder(path): each for path, each in files.items()}
    if not any(path.suffix == ".html" for path in files):
        raise _refusal(name, "there is no template in it", "")
    return files


def _is_file(member: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(member.filename).parts
    hidden = any(part.startswith((".", "__MACOSX")) for part in parts)
    return not (member.is_dir() or hidden or member.filename.startswith("/"))


def _without_outer_folder(
    files: dict[PurePosixPath, zipfile.ZipInfo],
) -> dict[PurePosixPath, zipfile.ZipInfo]:
    """As GitHub packs a repository: all of it in one folder."""
    outer = {path.parts[0] for path in files}
    if len(outer) != 1 or outer & {TEMPLATES, STATIC} or any(len(p.parts) == 1 for p in files):
        return files
    return {PurePosixPath(*path.parts[1:]): each for path, each in files.items()}


def _in_its_folder(path: PurePosixPath) -> PurePosixPath:
    return path if path.parts[0] == STATIC else PurePosixPath(TEMPLATES, path)


def _refusal(name: str, happened: str, detail: str) -> DataError:
    advice = "It has to be a .zip with the folder templates and, if there are such files, static."
    return DataError("bad-archive", f"Could not read {name}: {happened}. {advice}", detail=detail)
