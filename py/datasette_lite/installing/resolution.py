"""Which wheels a plan's plugins need, found by micropip without installing or running any.

micropip's `Transaction` does the work: requirements, versions, extras, markers, wheels that fit.
Here it is told to go one step after the other, so that it is known who asked for what; to look
for the wheels' metadata and leave the wheels; and to ask a later index when an earlier one has the
project but no version that fits.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urljoin

from micropip._compat.compatibility_layer import CompatibilityLayer
from micropip._vendored.packaging.src.packaging.markers import default_environment
from micropip._vendored.packaging.src.packaging.requirements import Requirement
from micropip._vendored.packaging.src.packaging.utils import canonicalize_name
from micropip.package import PackageMetadata
from micropip.package_index import ProjectInfo
from micropip.transaction import Transaction, find_wheel
from micropip.wheelinfo import WheelInfo

from datasette_lite.database_names import file_name_of
from datasette_lite.errors import LiteError, OptionError

SIMPLE_JSON = "application/vnd.pypi.simple.v1+json"

#: Datasette needs them for its `install` command alone, which a browser has no use for.
UNUSED = ("pip", "setuptools")

#: In front of a value of `install=` where names of projects stand, too.
_LINK = "link: "


@dataclass(frozen=True)
class Asked:
    """One value of `install=`. url: of a wheel, absolute; sha256: that it must have, if known."""

    value: str
    url: str | None = None
    sha256: str | None = None


class Sources(Protocol):
    """Where pages of indexes and wheels come from. Both raise LiteErrors."""

    async def page(self, url: str) -> tuple[str, str] | None:
        """A text and its type; None where there is nothing."""

    async def wheel(self, url: str, filename: str, sha256: str, plugin: str) -> bytes | None:
        """A wheel that has to be looked into; None where the visitor has not agreed to it."""


@dataclass
class FoundWheel:
    """A wheel to install. sha256: '' while nobody knows; wantedBy: values of `install=`."""

    name: str
    version: str
    filename: str
    url: str
    sha256: str
    wantedBy: list[str] = field(default_factory=list)


@dataclass
class Resolution:
    """What a plan's plugins need. unread: some wheel was not looked into, so more may be needed."""

    wheels: list[FoundWheel] = field(default_factory=list)
    unread: bool = False
    faults: list[LiteError] = field(default_factory=list)


async def resolve(asked: Sequence[Asked], indexes: Sequence[str], sources: Sources) -> Resolution:
    """Find the wheels for everything that a plan asks for, beyond what is installed.

    indexes: addresses of simple indexes, the first that has a fitting wheel is the one.
    Faults are OptionErrors plugin-not-found, plugin-no-wheel, plugin-conflict, and what `sources`
    raises; each names its plugin.
    """
    search = _Search(indexes, sources)
    for each in asked:
        search.begin(each)
        try:
            if each.url is None:
                await search.add_requirement(each.value)
            else:
                await search.add_wheel_at(each.url, each.sha256)
        except LiteError as fault:
            fault.plugin = each.value
            search.resolution.faults.append(fault)
        except Exception as error:
            # micropip's own words: an extra that is not there, a file that is no wheel.
            search.resolution.faults.append(_unusable(each.value, error))
    return search.finished()


class _Search(Transaction):  # type: ignore[misc]  # mypy does not see micropip.
    """A transaction of micropip's that looks, and leaves wheels where they are."""

    def __init__(self, indexes: Sequence[str], sources: Sources) -> None:
        super().__init__(
            _compat_layer=_layer(sources),
            ctx=dict(default_environment()),
            ctx_extras=[],
            keep_going=False,
            deps=True,
            pre=False,
            fetch_kwargs={},
            index_urls=list(indexes),
        )
        self.resolution = Resolution()
        self._sources = sources
        self._asking: list[str] = []
        self._needs: dict[str, set[str]] = {}
        self._base = {
            canonicalize_name(each.name): each.version
            for each in importlib.metadata.distributions()
        }

    def begin(self, asked: Asked) -> None:
        """Go on to the next of the plan's own requests."""
        self._root = asked.value
        self._title = asked.value if asked.url is None else file_name_of(asked.url)
        self._asking = [_LINK + asked.value]

    def finished(self) -> Resolution:
        """The result: each wheel with the requests that lead to it."""
        for wheel in self.resolution.wheels:
            wheel.wantedBy = []
        by_name = {wheel.name: wheel for wheel in self.resolution.wheels}
        for root in [name for name in self._needs if name.startswith(_LINK)]:
            for name in self._reached(root) & by_name.keys():
                by_name[name].wantedBy.append(root.removeprefix(_LINK))
        return self.resolution

    def _reached(self, start: str) -> set[str]:
        reached: set[str] = set()
        waiting = [start]
        while waiting:
            name = waiting.pop()
            waiting.extend(self._needs.get(name, set()) - reached)
            reached.add(name)
        return reached - {start}

    async def add_wheel_at(self, url: str, sha256: str | None) -> None:
        """Add a wheel by its address."""
        wheel = WheelInfo.from_url(url)
        if wheel.best_tag_index is None:
            raise OptionError(
                "plugin-no-wheel",
                f"Could not install {wheel.filename}: it was built for another kind of computer "
                "than a browser. Choose a wheel whose name ends in -none-any.whl.",
            )
        wheel.sha256 = sha256
        await self.add_wheel(wheel, set())

    # What follows replaces methods of micropip's.

    async def gather_requirements(self, requirements: Sequence[Any]) -> None:
        """One after the other: two at once would add a wheel twice."""
        for requirement in sorted(requirements, key=str):
            await self.add_requirement(requirement)

    async def add_requirement_from_url(self, req: str, extras: set[str] | None = None) -> None:
        await self.add_wheel_at(req, None)

    def check_version_satisfied(
        self, req: Requirement, *, allow_reinstall: bool = False
    ) -> tuple[bool, str]:
        name = str(canonicalize_name(req.name))
        here = self._version_here(name)
        if not here:
            return False, ""
        if not req.specifier.contains(here, prereleases=True):
            raise self._conflict(f"{req.name}{req.specifier}", name, here)
        self._needs.setdefault(self._asking[-1], set()).add(name)
        return True, here

    async def _add_requirement_from_package_index(self, req: Requirement) -> None:
        known: set[str] = set()
        for index in self.index_urls:
            project = await self._project(f"{index}/{req.name}/", req.name)
            if project is None:
                continue
            known |= {str(version) for version in project.releases}
            try:
                wheel = find_wheel(project, req)
            except ValueError:
                continue
            await self.add_wheel(wheel, req.extras, specifier=str(req.specifier))
            return
        raise self._missing(req, known)

    async def add_wheel(self, wheel: WheelInfo, extras: set[str], *, specifier: str = "") -> None:
        name, version = str(canonicalize_name(wheel.name)), str(wheel.version)
        if here := self._version_here(name):
            if here == version:
                return
            raise self._conflict(f"{name} {version}", name, here)
        self._needs.setdefault(self._asking[-1], set()).add(name)
        self.locked[name] = PackageMetadata(name=name, version=version)
        found = FoundWheel(name, version, wheel.filename, wheel.url, wheel.sha256 or "")
        self.resolution.wheels.append(found)
        if wheel.pep658_metadata_available():
            await wheel.download_pep658_metadata({}, self._compat_layer)
        else:
            data = await self._sources.wheel(
                wheel.url, wheel.filename, wheel.sha256 or "", self._root
            )
            if data is None:
                self.resolution.unread = True
                found.wantedBy = [self._root]
                return
            found.sha256 = hashlib.sha256(data).hexdigest()
            wheel._data = data
            await _read_metadata(wheel, data, self._compat_layer)
        needs = wheel.requires(extras)
        if name == "datasette":
            needs = [each for each in needs if canonicalize_name(each.name) not in UNUSED]
        self._asking.append(name)
        await self.gather_requirements(needs)
        self._asking.pop()

    def _version_here(self, name: str) -> str:
        locked = self.locked.get(name)
        return str(locked.version) if locked else self._base.get(name, "")

    async def _project(self, url: str, name: str) -> ProjectInfo | None:
        answer = await self._sources.page(url)
        if answer is None:
            return None
        text, content_type = answer
        if content_type.partition(";")[0].strip() != SIMPLE_JSON:
            return ProjectInfo.from_simple_html_api(text, name, url)
        page = json.loads(text)
        for file in page["files"]:
            file["url"] = urljoin(url, file["url"])
        return ProjectInfo.from_simple_json_api(page)

    def _tried(self) -> str:
        """The plugin that was asked for and, where that is another, what needs something."""
        if len(self._asking) == 1:
            return f"Could not install {self._title}: the link asks for"
        if len(self._asking) == 2:
            return f"Could not install {self._title}: it needs"
        needing = self.locked[self._asking[-1]]
        name = f"{needing.name} {needing.version}"
        return f"Could not install {self._title}: {name}, which it needs, needs"

    def _conflict(self, wanted: str, name: str, here: str) -> OptionError:
        if name in self.locked:
            holders = [n.removeprefix(_LINK) for n, needs in self._needs.items() if name in needs]
            side = f"{' and '.join(holders)} came with {name} {here}"
        else:
            side = f"Datasette Lite runs on {name} {here}, which no plugin may change"
        return OptionError(
            "plugin-conflict",
            f"{self._tried()} {wanted}, but {side}. "
            "Choose another version of the plugin, or go on without it.",
        )

    def _missing(self, req: Requirement, known: set[str]) -> OptionError:
        wanted = f"{req.name}{req.specifier}"
        at_top = len(self._asking) == 1
        tried = f"Could not install {wanted}:" if at_top else f"{self._tried()} {wanted}, but"
        if not known:
            where = " nor at ".join(_host(url) for url in self.index_urls)
            return OptionError(
                "plugin-not-found",
                f"{tried} there is no package of that name at {where}. "
                "Correct install= in the link, or go on without it.",
            )
        fits = any(req.specifier.contains(version, prereleases=True) for version in known)
        reason = (
            "of it there is only code that has to be compiled, and no build for browsers"
            if fits
            else f"there is no such version; the latest is {_latest(known)}"
        )
        return OptionError(
            "plugin-no-wheel",
            f"{tried} {reason}. Choose another version, or go on without it.",
        )


async def _read_metadata(wheel: WheelInfo, data: bytes, layer: Any) -> None:
    """Have micropip read the metadata in a wheel that is here."""
    wheel._data = None
    layer.here[wheel.url] = data
    await wheel.download({}, layer)


def _layer(sources: Sources) -> type[CompatibilityLayer]:
    """What micropip fetches through, in place of its own way to the network."""
    fetched: dict[str, bytes] = {}

    class Layer(CompatibilityLayer):  # type: ignore[misc]
        lockfile_info: dict[str, str] = {}  # noqa: RUF012
        lockfile_packages: dict[str, dict[str, Any]] = {}  # noqa: RUF012
        here = fetched

        @staticmethod
        async def fetch_bytes(url: str, kwargs: dict[str, Any]) -> bytes:
            if url in fetched:
                return fetched[url]
            answer = await sources.page(url)
            if answer is None:
                raise ValueError(f"there is nothing at {url}")
            return answer[0].encode()

    return Layer


def _host(url: str) -> str:
    host = url.partition("://")[2].partition("/")[0]
    return host or url


def _latest(versions: set[str]) -> str:
    from micropip._vendored.packaging.src.packaging.version import Version

    return str(max(map(Version, versions)))


def _unusable(value: str, error: Exception) -> OptionError:
    return OptionError(
        "plugin-no-wheel",
        f"Could not install {value}: {error}. Choose another version, or go on without it.",
        plugin=value,
        detail=repr(error),
    )
