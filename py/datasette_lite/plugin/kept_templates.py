"""Templates read and compiled once for every Datasette of this interpreter.

A memory image is made after a Datasette that loaded them all, so restored engines find them here.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any

import datasette
from jinja2 import BaseLoader, ChoiceLoader, Environment, FileSystemLoader, Template

import datasette_lite

#: Where packages are installed: their files do not change while an interpreter runs.
PACKAGES = [Path(package.__path__[0]).parent for package in (datasette, datasette_lite)]

_compiled: dict[str, CodeType] = {}


def keep_templates(environment: Environment) -> None:
    """Have an environment of Datasette's take packages' templates from here."""
    loader = environment.loader
    if not isinstance(loader, ChoiceLoader) or not isinstance(loader.loaders[0], FileSystemLoader):
        return
    folders = [str(folder) for folder in loader.loaders[0].searchpath]
    if all(any(Path(folder).is_relative_to(place) for place in PACKAGES) for folder in folders):
        environment.loader = KeptTemplates(loader, folders)


class KeptTemplates(BaseLoader):
    """The templates of folders that do not change."""

    def __init__(self, loader: BaseLoader, folders: list[str]) -> None:
        """loader: what reads a template, and knows any that have other names.
        folders: the first that has a template is the one.
        """
        self._loader = loader
        self._folders = folders

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        return self._loader.get_source(environment, template)

    def list_templates(self) -> list[str]:
        return self._loader.list_templates()

    def load(
        self,
        environment: Environment,
        name: str,
        globals: MutableMapping[str, Any] | None = None,
    ) -> Template:
        folder = next((each for each in self._folders if name in _names(each)), None)
        if folder is None:
            return self._loader.load(environment, name, globals)
        code = _compiled.get(f"{folder}/{name}")
        if code is None:
            source, file, _ = self.get_source(environment, name)
            code = environment.compile(source, name, file)
            _compiled[f"{folder}/{name}"] = code
        # Without a function that looks at the file's time, Jinja never asks for it.
        return environment.template_class.from_code(environment, code, globals or {})


@cache
def _names(folder: str) -> frozenset[str]:
    return frozenset(FileSystemLoader(folder).list_templates())
