"""vendor/runtime/: the large files, named by their content so that they can be kept for ever."""

from functools import partial
from pathlib import Path

from building.files import digest, sha256, write_atomically
from building.npm import LOCK
from building.places import NODE_MODULES, VENDOR
from building.records import ensure, made_by

RUNTIME = VENDOR / "runtime"

PACKS = ("base", "fastapi", "xlsx", "py")


def ensure_runtime() -> None:
    """Put Pyodide's WebAssembly module and standard library into vendor/runtime/."""
    inputs = digest(LOCK, Path(__file__))
    for name, file in (("wasm", "pyodide.asm.wasm"), ("stdlib", "python_stdlib.zip")):
        ensure(name, f"Copying {file}", inputs, partial(_copy, file))


def _copy(name: str) -> list[Path]:
    return [write_runtime_file(name, (NODE_MODULES / "pyodide" / name).read_bytes())]


def write_runtime_file(name: str, data: bytes) -> Path:
    """Write `data` under its name with 12 hex digits of its hash before the extension.

    pyodide.asm.wasm → pyodide.asm.0123456789ab.wasm; base.pack.gz → base.0123456789ab.pack.gz
    """
    stem, dot, extension = name.rpartition(".pack.gz" if name.endswith(".pack.gz") else ".")
    extension = dot + extension
    path = RUNTIME / f"{stem}.{sha256(data)[:12]}{extension}"
    write_atomically(path, data)
    return path


def remove_old_runtime_files() -> None:
    """Delete runtime files of earlier builds, which no record names any more."""
    names = ("wasm", "stdlib", *(f"pack-{name}" for name in PACKS))
    kept = {Path(file.path).name for name in names for file in made_by(name)}
    for path in RUNTIME.iterdir():
        if path.name not in kept:
            path.unlink()
