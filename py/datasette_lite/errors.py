"""Failures that a person will read: five names, each saying who can act.

    LiteError
    ├── OptionError     the visitor, who wrote the link
    ├── DownloadError   the data's host
    ├── DataError       the data
    ├── BrowserError    the browser
    └── EngineError     us

Names and codes are those of `loader/shared/faults.js`; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict


class Fault(TypedDict):
    """A failure as it crosses to JavaScript."""

    name: str
    code: str
    message: str
    detail: str
    source: NotRequired[str]
    plugin: NotRequired[str]


class LiteError(Exception):
    """A failure with a stable code; its message says what was tried, what happened, what to do."""

    def __init__(
        self, code: str, message: str, *, detail: str = "", source: str = "", plugin: str = ""
    ) -> None:
        """detail: for those who ask, unaltered.
        source: the link of the data that it is about, as the visitor wrote it.
        plugin: the value of `install=` that it is about.
        """
        super().__init__(message)
        self.code = code
        self.message = message
        self.detail = detail
        self.source = source
        self.plugin = plugin

    def fault(self) -> Fault:
        """The failure in the form that JavaScript revives."""
        fault = Fault(
            name=type(self).__name__, code=self.code, message=self.message, detail=self.detail
        )
        if self.source:
            fault["source"] = self.source
        if self.plugin:
            fault["plugin"] = self.plugin
        return fault


class OptionError(LiteError):
    """The link asks for something that does not exist."""


class DownloadError(LiteError):
    """The data's host did not hand it over."""


class DataError(LiteError):
    """The data is not what it should be."""


class BrowserError(LiteError):
    """The browser lacks or refuses something."""


class EngineError(LiteError):
    """Something of ours failed."""


ERRORS = {
    error.__name__: error
    for error in (OptionError, DownloadError, DataError, BrowserError, EngineError)
}

#: Every code and the name it belongs to.
FAULT_CODES = {
    "unknown-option": "OptionError",
    "bad-option": "OptionError",
    "bad-plan": "OptionError",
    "unknown-column": "OptionError",
    "pk-not-unique": "OptionError",
    "file-not-here": "OptionError",
    "plugin-not-found": "OptionError",
    "plugin-no-wheel": "OptionError",
    "plugin-conflict": "OptionError",
    "plugin-failed": "OptionError",
    "ref-failed": "OptionError",
    "plugin-not-allowed": "OptionError",
    "consent-needed": "OptionError",
    "download-unreachable": "DownloadError",
    "download-blocked": "DownloadError",
    "download-status": "DownloadError",
    "download-not-found": "DownloadError",
    "download-forbidden": "DownloadError",
    "download-too-often": "DownloadError",
    "download-interrupted": "DownloadError",
    "download-timeout": "DownloadError",
    "plugin-altered": "DownloadError",
    "no-ranges": "DownloadError",
    "source-replaced": "DownloadError",
    "not-sqlite": "DataError",
    "html-instead-of-data": "DataError",
    "lfs-pointer": "DataError",
    "database-truncated": "DataError",
    "database-encrypted": "DataError",
    "database-empty": "DataError",
    "too-large": "DataError",
    "data-empty": "DataError",
    "no-rows": "DataError",
    "unsupported-format": "DataError",
    "bad-archive": "DataError",
    "bad-encoding": "DataError",
    "bad-json": "DataError",
    "bad-sql": "DataError",
    "bad-xlsx": "DataError",
    "bad-parquet": "DataError",
    "bad-config": "DataError",
    "too-many-columns": "DataError",
    "import-failed": "DataError",
    "original-changed": "DataError",
    "database-busy": "DataError",
    "no-service-worker": "BrowserError",
    "insecure-page": "BrowserError",
    "private-mode": "BrowserError",
    "worker-blocked": "BrowserError",
    "worker-script-not-javascript": "BrowserError",
    "worker-silent": "BrowserError",
    "reload-loop": "BrowserError",
    "storage-unavailable": "BrowserError",
    "edit-not-saved": "BrowserError",
    "query-too-large": "BrowserError",
    "runtime-missing": "EngineError",
    "runtime-corrupt": "EngineError",
    "app-failed": "EngineError",
    "app-not-found": "EngineError",
    "boot-timeout": "EngineError",
    "unexpected": "EngineError",
}


def revive(fault: Mapping[str, Any]) -> LiteError:
    """The error that a fault describes."""
    error = ERRORS.get(fault.get("name", ""), EngineError)
    return error(
        fault.get("code", "unexpected"),
        fault.get("message", ""),
        detail=fault.get("detail", ""),
        source=fault.get("source", ""),
        plugin=fault.get("plugin", ""),
    )


def faults_of(error: BaseException, trace: str = "") -> list[Fault]:
    """The faults that kept an application from starting: several where several sources failed.

    trace: the traceback, for an error that nobody foresaw.
    """
    if isinstance(error, BaseExceptionGroup):
        return [fault for each in error.exceptions for fault in faults_of(each, trace)]
    if isinstance(error, LiteError):
        return [error.fault()]
    if isinstance(error, MemoryError):
        return [_too_large(trace).fault()]
    return [_app_failed(error, trace).fault()]


def _too_large(trace: str) -> LiteError:
    return DataError(
        "too-large",
        "Could not open the data: this browser's memory is too small for it. "
        "Open a smaller extract, or use Datasette on your own computer.",
        detail=trace,
    )


def _app_failed(error: BaseException, trace: str) -> LiteError:
    return EngineError(
        "app-failed",
        f"Could not start the application: {type(error).__name__}: {error}. "
        "Try again; if it fails again, the details say where.",
        detail=trace,
    )
