"""Modules that a restored interpreter gets only after its first page.

A memory image holds every module that Datasette's own pages use. The rest of the standard library
and of the packages, three megabytes that most first pages never need, comes when the first page is
out. An import in the meantime fails, and is noted: who asked is asked again when all is here.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


class LateModules(MetaPathFinder):
    """Fails every import of a module that is not in memory. missed: their names."""

    def __init__(self) -> None:
        self.missed: list[str] = []

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Raise ModuleNotFoundError: the files of modules have not arrived."""
        self.missed.append(fullname)
        raise ModuleNotFoundError(f"The file of {fullname} has not arrived.", name=fullname)


_late = LateModules()


def expect() -> None:
    """From now on modules' files are on their way."""
    _late.missed.clear()
    sys.meta_path.insert(0, _late)


def arrived() -> None:
    """Every file is here."""
    if _late in sys.meta_path:
        sys.meta_path.remove(_late)
    importlib.invalidate_caches()


def has_missed() -> bool:
    """Whether an import failed for want of its file: whoever was answered since may be the one."""
    return bool(_late.missed)
