"""Bringing installed plugins to Datasette, which was imported before they were there."""

from __future__ import annotations

import importlib.metadata
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from datasette_lite.errors import LiteError, OptionError

if TYPE_CHECKING:
    from pluggy import PluginManager

GROUP = "datasette"


@dataclass(frozen=True)
class InstalledWheel:
    """A wheel that this plan brought.

    origin: the address that it came from; '' for the site's own list.
    wanted_by: the values of `install=` that lead to it.
    """

    name: str
    version: str
    sha256: str
    origin: str
    wanted_by: Sequence[str]


def register_plugins(manager: PluginManager, installed: Sequence[InstalledWheel]) -> None:
    """Import the plugins among the wheels and register them, each on its own.

    Raises an ExceptionGroup of OptionErrors plugin-failed, which name the plugins.
    """
    faults = []
    for wheel in installed:
        for point in importlib.metadata.distribution(wheel.name).entry_points.select(group=GROUP):
            try:
                manager.load_setuptools_entrypoints(GROUP, name=point.name)
            except BaseException as error:  # A plugin may exit or interrupt, too.
                faults.append(plugin_fault(wheel, "it could not be imported", error))
    if faults:
        raise ExceptionGroup("Plugins failed", faults)


def blame(error: BaseException, installed: Sequence[InstalledWheel]) -> LiteError | None:
    """The fault of the plugin whose code an error came out of; None where it was none of theirs."""
    owners = {
        str(file.locate()): wheel
        for wheel in installed
        for file in importlib.metadata.distribution(wheel.name).files or []
    }
    frames = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
    wheel = next((owners[name] for name in reversed(frames) if name in owners), None)
    return plugin_fault(wheel, "it failed while Datasette started", error) if wheel else None


def plugin_fault(wheel: InstalledWheel, happened: str, error: BaseException) -> LiteError:
    """What to tell of a plugin that does not work."""
    plugin = wheel.wanted_by[0] if wheel.wanted_by else wheel.name
    reason = str(error).strip().partition("\n")[0].removesuffix(".")
    return OptionError(
        "plugin-failed",
        f"Could not use {wheel.name} {wheel.version}: {happened} "
        f"({type(error).__name__}{': ' if reason else ''}{reason}). "
        "Choose another version, or go on without it.",
        detail="".join(traceback.format_exception(error)),
        plugin=plugin,
    )
