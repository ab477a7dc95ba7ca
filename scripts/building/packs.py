"""Packs: site-packages for the browser, compiled and ready to unpack.

A pack is the gzip of: the length of the index (4 bytes, little-endian), the index
(JSON, `[["datasette/__init__.pyc", 1234], …]`: path and length), then the files' bytes.
loader/worker unpacks it into Python's site-packages.
"""

import gzip
import json
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

from building.bytecode import COMPILER, PROGRAM, compile_sources
from building.files import digest, tree
from building.npm import LOCK
from building.places import LOCKS, PY_SOURCES
from building.progress import BuildError
from building.records import ensure
from building.runtime import compressed, remove_old_runtime_files, write_runtime_file
from building.wheels import wheels_for

# Left out of every wheel: what only tests, type checkers and installers read.
UNUSED = re.compile(
    r"(^|/)tests?/|\.(pyi|exe|c|h|pyx|pxd)$|(^|/)py\.typed$|\.dist-info/(?!METADATA|entry_points\.txt)"
)

# A wheel's NAME.data/ folder holds files for other places than site-packages.
LIBRARY = re.compile(r"^[^/]+\.data/(?:purelib|platlib)/(.+)$")
ELSEWHERE = re.compile(r"^[^/]+\.data/")


def ensure_packs() -> None:
    """Make the packs: py from this repository's own sources, the others from wheels."""
    makers = digest(
        LOCK, COMPILER, PROGRAM, *(Path(__file__).with_name(n) for n in ("packs.py", "bytecode.py"))
    )
    locks = [LOCKS / "base.txt", LOCKS / "sdists.txt"]
    ensure(
        "pack-base",
        "Compiling Datasette and its packages",
        digest(makers, *locks),
        lambda: [_write_pack("base", _files_of([*wheels_for("base"), *wheels_for("sdists")]))],
    )
    ensure(
        "pack-fastapi",
        "Compiling FastAPI",
        digest(makers, LOCKS / "fastapi.txt"),
        lambda: [_write_pack("fastapi", _files_of(wheels_for("fastapi")))],
    )
    ensure(
        "pack-xlsx",
        "Compiling openpyxl",
        digest(makers, LOCKS / "xlsx.txt"),
        lambda: [_write_pack("xlsx", _files_of(wheels_for("xlsx")))],
    )
    ensure(
        "pack-micropip",
        "Compiling micropip",
        digest(makers, LOCKS / "micropip.txt"),
        lambda: [_write_pack("micropip", _files_of(wheels_for("micropip")))],
    )
    ensure(
        "pack-py",
        "Compiling our own packages",
        digest(makers, PY_SOURCES),
        lambda: [_write_pack("py", _own_files())],
    )
    remove_old_runtime_files()


def _write_pack(name: str, files: Mapping[str, bytes]) -> Path:
    return write_runtime_file(f"{name}.pack.gz", pack(_compiled(files)))


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return a pack of files in the order of their paths: equal files give equal bytes."""
    return compressed(joined(files))


def joined(files: Mapping[str, bytes]) -> bytes:
    """Return a pack that is not compressed yet."""
    ordered = sorted(files.items())
    index = json.dumps([[path, len(data)] for path, data in ordered], separators=(",", ":"))
    head = index.encode()
    body = b"".join(data for _, data in ordered)
    return len(head).to_bytes(4, "little") + head + body


def unpack(packed: bytes) -> dict[str, bytes]:
    """Return the files of a pack by path."""
    return separated(gzip.decompress(packed))


def separated(data: bytes) -> dict[str, bytes]:
    """Return the files of a pack that is inflated already."""
    offset = 4 + int.from_bytes(data[:4], "little")
    files = {}
    for path, size in json.loads(data[4:offset]):
        files[path] = data[offset : offset + size]
        offset += size
    return files


def _files_of(wheels: list[Path]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                path = _place(name)
                if path is None:
                    continue
                if path in files:
                    raise BuildError(f"{path} is in two wheels, the second being {wheel.name}.")
                files[path] = archive.read(name)
    return files


def _place(name: str) -> str | None:
    """Return where a wheel's file goes under site-packages; None when it is not needed."""
    library = LIBRARY.match(name)
    path = library[1] if library else name
    if path.endswith("/") or UNUSED.search(path) or ELSEWHERE.match(path):
        return None
    return path


def _own_files() -> dict[str, bytes]:
    return {path.relative_to(PY_SOURCES).as_posix(): path.read_bytes() for path in tree(PY_SOURCES)}


def _compiled(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Replace sources by bytecode and package descriptions by their headers."""
    sources = {path: data for path, data in files.items() if path.endswith(".py")}
    result = {f"{path}c": data for path, data in compile_sources(sources).items()}
    for path, data in files.items():
        if path.endswith(".dist-info/METADATA"):
            result[path] = _headers(data)
        elif path not in sources:
            result[path] = data
    return result


def _headers(metadata: bytes) -> bytes:
    """Cut a METADATA file before the description: the README of a package, unread here."""
    return metadata.replace(b"\r\n", b"\n").partition(b"\n\n")[0] + b"\n"
