"""What a Datasette of ours serves: the facts behind its notices and downloads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from datasette_lite.databases import OpenedDatabase
from datasette_lite.launch import Launch, LoadedSource
from datasette_lite.plan_data import PlanData

if TYPE_CHECKING:
    from datasette.app import Datasette


@dataclass(frozen=True)
class Visit:
    """One start of Datasette for one plan, and what became of the plan's sources.

    allowances: bytes that pages may fetch of databases at their hosts, where the visitor agreed to
    more than usual.
    """

    launch: Launch
    data: PlanData
    allowances: dict[str, int] = field(default_factory=dict)

    def database(self, name: str) -> OpenedDatabase | None:
        """The plan's database of that name, if it is one of the plan's."""
        return next((each for each in self.data.databases if each.name == name), None)

    def sources_of(self, database: OpenedDatabase) -> list[LoadedSource]:
        """What a database was made of: one, or those whose tables are in it."""
        return [database.source] if database.source else self.data.imported_sources


_visits: WeakKeyDictionary[Datasette, Visit] = WeakKeyDictionary()


def remember_visit(datasette: Datasette, visit: Visit) -> None:
    """Tell the plugin what this Datasette serves."""
    _visits[datasette] = visit


def visit_of(datasette: Datasette) -> Visit | None:
    """The visit that a Datasette serves; None for one that is none of ours."""
    return _visits.get(datasette)
