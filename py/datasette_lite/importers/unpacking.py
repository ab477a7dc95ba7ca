"""From a downloaded file to the files in it that can be imported."""

from __future__ import annotations

import zipfile
from contextlib import ExitStack
from dataclasses import dataclass, field

from datasette_lite.importers.content import (
    MOST_UNPACKED_BYTES,
    Content,
    GzipContent,
    ZipContent,
    understandable,
    unpacked_too_large,
)
from datasette_lite.importers.delimiters import looks_tabular
from datasette_lite.importers.import_source import SourceKind
from datasette_lite.importers.kinds import HEAD_BYTES, TABLE_ENDINGS, Kind, kind_for
from datasette_lite.importers.refusals import counted, listed, refused_data
from datasette_lite.importers.text_guess import guess_text

#: A gzip in a gzip happens, by a server and its author both packing. Deeper is an attack.
MOST_LAYERS = 3

#: Kinds of files in an archive that are left out without being data gone bad.
NO_DATA = ("empty", "html", "lfs-pointer", "unsupported")


@dataclass
class Part:
    """One file to import and what it is."""

    content: Content
    kind: Kind


@dataclass
class Unpacked:
    """The files to import, unpacked as they are read, while `stack` is open.

    together: they are the files of an archive, so each has a name of its own.
    """

    parts: list[Part]
    together: bool = False
    facts: list[str] = field(default_factory=list)


def unpack(content: Content, asked: SourceKind, stack: ExitStack) -> Unpacked:
    """Look into a file, through gzip and zip.

    stack: keeps archives open.
    Raises DataError: bad-archive.
    """
    packed: list[str] = []
    for _ in range(MOST_LAYERS):
        kind = kind_for(asked, content.head(HEAD_BYTES), content.name)
        if kind == "gzip":
            content = GzipContent(content)
            packed.append("gzip")
        elif kind in ("zip", "xlsx"):
            archive = _open_archive(content, stack)
            if _is_workbook(archive):
                return Unpacked([Part(content, "xlsx")], facts=_packed_fact(packed))
            found = _unpack_archive(content, archive, asked)
            found.facts[:0] = _packed_fact([*packed, "zip"])
            return found
        else:
            return Unpacked([Part(content, kind)], facts=_packed_fact(packed))
    happened = "it is packed several times over"
    raise refused_data("bad-archive", content.name, happened, "Use the unpacked file.")


def _packed_fact(layers: list[str]) -> list[str]:
    """layers: the outermost first."""
    return [f"Unpacked from {' in '.join(reversed(layers))}"] if layers else []


def _open_archive(content: Content, stack: ExitStack) -> zipfile.ZipFile:
    with understandable(content.name):
        return stack.enter_context(zipfile.ZipFile(stack.enter_context(content.open())))


def _is_workbook(archive: zipfile.ZipFile) -> bool:
    return any(name.startswith("xl/workbook") for name in archive.namelist())


def _unpack_archive(content: Content, archive: zipfile.ZipFile, asked: SourceKind) -> Unpacked:
    members = [member for member in archive.infolist() if _is_file(member.filename)]
    if sum(member.file_size for member in members) > MOST_UNPACKED_BYTES:
        raise unpacked_too_large(content.name)
    if len(members) == 1:
        # The link names the archive, and so the table; its one file often is `data.csv`.
        only = ZipContent(archive, members[0], members[0].filename.rpartition("/")[2])
        inner = _inner_kind(only, asked)
        only.name = _outer_name(content.name, only.name)
        return Unpacked([Part(only, inner)])
    return _data_of(content.name, archive, members, asked)


def _data_of(
    name: str, archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], asked: SourceKind
) -> Unpacked:
    parts: list[Part] = []
    left_out: list[str] = []
    for member in members:
        content: Content = ZipContent(archive, member, member.filename.rpartition("/")[2])
        kind = _inner_kind(content, asked)
        if kind == "gzip":
            content = GzipContent(content)
            kind = _inner_kind(content, asked)
        if kind in NO_DATA or not _is_data(content, kind):
            left_out.append(member.filename)
        else:
            parts.append(Part(content, kind))
    if not parts:
        inside = f"it holds {listed(left_out)}" if left_out else "the archive is empty"
        raise refused_data("bad-archive", name, f"there is no data in the archive: {inside}")
    facts = [f"Left out of the archive: {listed(left_out)}"] if left_out else []
    return Unpacked(parts, together=True, facts=[counted(len(parts), "file"), *facts])


def _inner_kind(content: Content, asked: SourceKind) -> Kind:
    kind = kind_for(asked, content.head(HEAD_BYTES), content.name)
    if kind != "zip":
        return kind
    # An archive in an archive is a workbook or not worth the trouble.
    with content.open() as stream, understandable(content.name), zipfile.ZipFile(stream) as archive:
        return "xlsx" if _is_workbook(archive) else "unsupported"


def _is_data(content: Content, kind: Kind) -> bool:
    if kind != "csv" or content.name.lower().endswith(TABLE_ENDINGS):
        return True
    # Public transport timetables (GTFS) are tables that end in .txt; a README is not one.
    text = guess_text(content.head(HEAD_BYTES)) or ""
    return looks_tabular(text)


def _is_file(path: str) -> bool:
    name = path.rpartition("/")[2]
    return bool(name) and not name.startswith(".") and not path.startswith("__MACOSX/")


def _outer_name(archive_name: str, inner_name: str) -> str:
    """The archive's name with the ending of what is in it, which may decide what it is.

    a.csv.zip, data.csv → a.csv      a.zip, data.tsv → a.tsv
    """
    outer = archive_name[:-4] if archive_name.lower().endswith(".zip") else archive_name
    _, dot, ending = inner_name.rpartition(".")
    if not dot or outer.lower().endswith("." + ending.lower()):
        return outer
    return f"{outer}.{ending}"
