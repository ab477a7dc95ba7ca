"""What the loader tells an application at its start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from datasette_lite.database_names import file_name_of
from datasette_lite.errors import Fault
from datasette_lite.installing.entry_points import InstalledWheel
from datasette_lite.snapshots import Snapshot, file_snapshot
from datasette_lite.storage import PlanStorage

if TYPE_CHECKING:
    from datasette_lite.importers.parquet_rows import ParquetReader


@dataclass(frozen=True)
class LoadedSource:
    """One thing that the plan loads.

    option, value: as the visitor wrote them, `url` and the link.
    url: the link that was asked, absolute.
    path: the file, our own copy of the data; None when the download failed.
    size: its bytes.
    fetched: when it was downloaded, in seconds since 1970; None for the site's own data.
    fault: why the download failed.
    settings: those that follow it in the link, such as `table`.
    sha256: of a configuration.
    redirected: the other host's address that `url` led to.
    agreed: the visitor agreed to the code in this configuration.
    is_remote: it stays at its host, from where only what is read is fetched.
    """

    option: str
    value: str
    url: str
    path: str | None
    size: int = 0
    fetched: float | None = None
    fault: Fault | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    sha256: str = ""
    redirected: str | None = None
    agreed: bool = False
    is_remote: bool = False

    @property
    def name(self) -> str:
        """The name of its file."""
        if self.option == "file":
            return self.value.rpartition("@")[0] or self.value
        return file_name_of(self.value)


@dataclass(frozen=True)
class Launch:
    """One start of an application for one plan.

    options: the plan's, in canonical order, without `app`.
    base_url: the prefix, with both slashes: everything up to and including the plan.
    site_url: absolute address of the site's root, with a slash at its end.
    secret: signs cookies; the same for every start of the plan.
    query: the plan as the query of a link, with its `?`; '' for the site's own plan.
    release: `id`, `version` and `datasette` (its version) of the site's release.
    plugins: wheels that are installed for this plan.
    only_verified: the site lets nobody agree to code that is not on its list.
    snapshot: takes the copy of a database file that a download sends.
    parquet: reads Parquet files; None where there is no reader.
    on_progress: told the name of a source being imported, bytes done and in all, and rows.
    storage: keeps what is changed; None where nothing does.
    imported_folder: for databases that an import makes; '' for a temporary one.
    stored_import: what importing the sources led to before, see `stored_import`; None when they
    are to be imported.
    """

    options: list[tuple[str, str]]
    base_url: str
    site_url: str
    secret: str
    sources: list[LoadedSource] = field(default_factory=list)
    query: str = ""
    release: Mapping[str, str] = field(default_factory=dict)
    plugins: list[InstalledWheel] = field(default_factory=list)
    only_verified: bool = False
    snapshot: Snapshot = file_snapshot
    parquet: ParquetReader | None = None
    on_progress: Callable[[str, int, int, int], None] = lambda name, done, total, rows: None
    storage: PlanStorage | None = None
    imported_folder: str = ""
    stored_import: str | None = None

    @property
    def loader_url(self) -> str:
        """Where pages find the loader's modules, at an address that never changes its content.

        `loader/worker/release-files.js` answers it, so that browsers need not ask again.
        """
        release = self.release.get("id")
        return f"{self.site_url}loader{f'@{release}' if release else ''}/"

    @property
    def segment(self) -> str:
        """The plan as one path segment; '' for the site's own plan."""
        last = self.base_url.rstrip("/").rpartition("/")[2]
        return last if "=" in last else ""

    @classmethod
    def from_json(cls, given: Mapping[str, Any], **platform: Any) -> Self:
        """The launch that JSON of the same fields describes.

        platform: the fields that are functions.
        """
        return cls(
            options=[(key, value) for key, value in given["options"]],
            base_url=given["base_url"],
            site_url=given["site_url"],
            secret=given["secret"],
            sources=[LoadedSource(**source) for source in given["sources"]],
            query=given.get("query", ""),
            release=given["release"],
            plugins=[InstalledWheel(**wheel) for wheel in given.get("plugins", [])],
            only_verified=given.get("only_verified", False),
            imported_folder=given.get("imported_folder", ""),
            stored_import=given.get("stored_import"),
            **platform,
        )
