"""Records of finished work: what a step was made from and which files it gave.

A step whose inputs have not changed and whose files are still there is not done again;
a step that was interrupted left no record, so the next run does it.
"""

import fcntl
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from building.files import sha256, write_atomically
from building.places import BUILD, RECORDS, ROOT
from building.progress import step


@dataclass(frozen=True)
class MadeFile:
    """A file of the site. path: relative to the site's root; sha256: hex."""

    path: str
    size: int
    sha256: str


def made_file(path: Path, root: Path = ROOT) -> MadeFile:
    """Describe a file by its content."""
    data = path.read_bytes()
    return MadeFile(path.relative_to(root).as_posix(), len(data), sha256(data))


def made_by(name: str) -> list[MadeFile]:
    """Return the files that the step `name` gave when it was last finished."""
    record = json.loads((RECORDS / f"{name}.json").read_text(encoding="utf-8"))
    return [MadeFile(**entry) for entry in record["files"]]


def ensure(
    name: str, title: str, inputs: str, make: Callable[[], list[Path]], *, needs: Path | None = None
) -> bool:
    """Do one step unless it is done already; return whether it was done now.

    inputs: a digest of all that decides the step's result.
    make: does the work and returns the files it made, which must lie under the repository.
    needs: a file or folder that must still be there besides the files made.
    """
    record_path = RECORDS / f"{name}.json"
    if _is_fresh(record_path, inputs) and (needs is None or needs.exists()):
        return False
    record_path.unlink(missing_ok=True)
    with step(title):
        files = [asdict(made_file(path)) for path in make()]
    text = json.dumps({"inputs": inputs, "files": files}, indent=1)
    write_atomically(record_path, text.encode())
    return True


def _is_fresh(record_path: Path, inputs: str) -> bool:
    if not record_path.is_file():
        return False
    record = json.loads(record_path.read_text(encoding="utf-8"))
    if record["inputs"] != inputs:
        return False
    return all(_is_there(MadeFile(**entry)) for entry in record["files"])


def _is_there(file: MadeFile) -> bool:
    path = ROOT / file.path
    return path.is_file() and path.stat().st_size == file.size


@contextmanager
def one_build_at_a_time() -> Iterator[None]:
    """Hold the build folder's lock, waiting for another build to end."""
    BUILD.mkdir(exist_ok=True)
    with (BUILD / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting for another build in this folder to end…", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
