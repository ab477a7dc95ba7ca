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
from datasette_lite.importers.foreign_code import shown_text

#: Far more than pages need, and little enough for the memory of a phone.
MOST_BYTES = 64 * 1024 * 1024

#: More than anybody would look through.
MOST_FILES = 1000

#: The share of a text's characters that are not UTF-8.
MOST_UNREADABLE = 0.1

TEMPLATES = "templates"
STATIC = "static"


@dataclass(frozen=True)
class PageFiles:
    """Folders for Datasette: its `template_dir`, and what is served as `/static/`, if anything."""

    templates: str
    static: str | None


def page_file_texts(archive: str, name: str) -> dict[str, str]:
    """What an archive would bring, to be read before it is used: paths with the files' content.

    The paths are below `templates` and `static`.
    archive: its path. name: its name, for messages.
    Raises DataError: bad-archive.
    """
    contents = _contents(archive, name)
    return {path: _readable(contents[path]) for path in sorted(contents)}


def unpack_page_files(archive: str, name: str, folder: str) -> PageFiles:
    """Unpack what an archive brings.

    folder: for the files, made if it is not there.
    Raises DataError: bad-archive.
    """
    contents = _contents(archive, name)
    for path, content in contents.items():
        target = Path(folder, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    has_static = any(path.startswith(f"{STATIC}/") for path in contents)
    return PageFiles(
        str(Path(folder, TEMPLATES)), str(Path(folder, STATIC)) if has_static else None
    )


def _contents(archive: str, name: str) -> dict[str, bytes]:
    members = _members(archive, name)
    try:
        with zipfile.ZipFile(archive) as packed:
            return {str(path): packed.read(member) for path, member in members.items()}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _refusal(name, "a file in it cannot be unpacked", str(error)) from error


def _readable(content: bytes) -> str:
    """A file's text; of a picture or a font its size."""
    # Browsers show what is not quite UTF-8, too.
    text = content.decode("utf-8", errors="replace")
    if text.count("\ufffd") > len(text) * MOST_UNREADABLE:
        return f"{len(content):,} bytes that are no text."
    return shown_text(text)


def _members(archive: str, name: str) -> dict[PurePosixPath, zipfile.ZipInfo]:
    """The files of an archive that are for pages, by their paths below `templates` and `static`."""
    try:
        with zipfile.ZipFile(archive) as packed:
            files = {
                PurePosixPath(each.filename): each for each in packed.infolist() if _is_file(each)
            }
    except zipfile.BadZipFile as error:
        raise _refusal(name, "it is no zip archive", str(error)) from error
    if len(files) > MOST_FILES:
        raise _refusal(name, f"it holds more than {MOST_FILES:,} files", "")
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
