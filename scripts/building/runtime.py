"""vendor/runtime/: the large files, named by their content so that they can be kept for ever."""

import gzip
import re
import tempfile
from pathlib import Path

from building.commands import run
from building.environment import NODE
from building.files import digest, sha256, write_atomically
from building.npm import LOCK
from building.places import NODE_MODULES, RECORDS, VENDOR
from building.records import ensure, made_by

RUNTIME = VENDOR / "runtime"
ZSTANDARD = Path(__file__).with_name("zstandard.mjs")

PACKS = ("base", "fastapi", "xlsx", "micropip", "py")


def ensure_runtime() -> None:
    """Put Pyodide's WebAssembly module, in two forms, and standard library into vendor/runtime/."""
    package, inputs = NODE_MODULES / "pyodide", digest(LOCK, ZSTANDARD, Path(__file__))
    ensure(
        "wasm",
        "Compressing pyodide.asm.wasm",
        inputs,
        lambda: [
            write_runtime_file(
                "pyodide.asm.wasm.zst",
                compressed_most((package / "pyodide.asm.wasm").read_bytes()),
            )
        ],
    )
    ensure(
        "plain-wasm",
        "Copying pyodide.asm.wasm",
        inputs,
        lambda: [
            write_runtime_file("pyodide.asm.wasm", (package / "pyodide.asm.wasm").read_bytes())
        ],
    )
    ensure(
        "stdlib",
        "Copying python_stdlib.zip",
        inputs,
        lambda: [
            write_runtime_file("python_stdlib.zip", (package / "python_stdlib.zip").read_bytes())
        ],
    )


def compressed(data: bytes) -> bytes:
    """Return `data` as gzip, which every browser can undo: equal data give equal bytes."""
    return gzip.compress(data, 9, mtime=0)


def compressed_most(data: bytes) -> bytes:
    """Return `data` as Zstandard, a quarter smaller than gzip: for what most visitors download.

    No browser undoes it by itself; `loader/worker/inflate.js` does.
    """
    return _zstandard("compress", data)


def inflated(data: bytes) -> bytes:
    """Undo `compressed_most`."""
    return _zstandard("decompress", data)


def _zstandard(action: str, data: bytes) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "source", Path(folder) / "target"
        source.write_bytes(data)
        run([NODE, ZSTANDARD, action, source, target])
        return target.read_bytes()


def write_runtime_file(name: str, data: bytes) -> Path:
    """Write `data` under its name with 12 hex digits of its hash before the extension.

    python_stdlib.zip → python_stdlib.0123456789ab.zip; base.pack.gz → base.0123456789ab.pack.gz
    """
    path = RUNTIME / re.sub(r"(\.\w+(\.gz|\.zst)?)$", rf".{sha256(data)[:12]}\1", name)
    write_atomically(path, data)
    return path


def remove_old_runtime_files() -> None:
    """Delete runtime files of earlier builds, which no record names any more."""
    names = ("wasm", "plain-wasm", "stdlib", *(f"pack-{name}" for name in PACKS))
    if (RECORDS / "image.json").is_file():
        names = (*names, "image")
    kept = {Path(file.path).name for name in names for file in made_by(name)}
    for path in RUNTIME.iterdir():
        if path.name not in kept:
            path.unlink()
