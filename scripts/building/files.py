"""Writing files so that an interrupted build leaves either the old file or the new one."""

import hashlib
import os
from pathlib import Path


def write_atomically(path: Path, data: bytes) -> None:
    """Write `data` to `path` by way of a temporary name in the same folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.write_bytes(data)
    temporary.replace(path)


def write_if_changed(path: Path, data: bytes) -> bool:
    """Write `data` unless `path` holds it already, which keeps its time stamp; True if written."""
    if path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data:
        return False
    write_atomically(path, data)
    return True


def sha256(data: bytes) -> str:
    """Return the SHA-256 of `data` in hex."""
    return hashlib.sha256(data).hexdigest()


def digest(*parts: str | bytes | Path) -> str:
    """Return one hash over texts, bytes, files and folders (names and contents, in order)."""
    total = hashlib.sha256()
    for part in parts:
        for chunk in _chunks(part):
            # The length keeps ("ab", "c") and ("a", "bc") apart.
            total.update(len(chunk).to_bytes(8, "little") + chunk)
    return total.hexdigest()


def _chunks(part: str | bytes | Path) -> list[bytes]:
    if isinstance(part, bytes):
        return [part]
    if isinstance(part, str):
        return [part.encode()]
    if part.is_dir():
        return [
            chunk
            for path in tree(part)
            for chunk in (path.relative_to(part).as_posix().encode(), path.read_bytes())
        ]
    return [part.read_bytes()]


def tree(folder: Path) -> list[Path]:
    """Return every file under `folder`, sorted, without caches and hidden files."""
    found = []
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith(".") or part == "__pycache__" for part in parts)
        if not hidden and path.is_file():
            found.append(path)
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())
