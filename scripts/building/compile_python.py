"""Compile Python sources to bytecode. Runs inside Pyodide, called by compile_python.mjs.

/jobs/jobs.json lists [source file, name to compile it under] with files relative to /jobs.
"""

import importlib.util
import json
import marshal
from pathlib import Path

JOBS = Path("/jobs")

# PEP 552: the .pyc carries its source's hash (1), which is never compared with a source (not 2).
UNCHECKED_HASH = (0b01).to_bytes(4, "little")


def compile_source(source: bytes, filename: str) -> bytes:
    """Return the contents of a .pyc file that needs no source."""
    code = compile(source, filename, "exec", dont_inherit=True, optimize=0)
    source_hash = importlib.util.source_hash(source)
    return importlib.util.MAGIC_NUMBER + UNCHECKED_HASH + source_hash + marshal.dumps(code)


for source_name, filename in json.loads((JOBS / "jobs.json").read_text("utf-8")):
    path = JOBS / source_name
    path.with_suffix(".pyc").write_bytes(compile_source(path.read_bytes(), filename))
