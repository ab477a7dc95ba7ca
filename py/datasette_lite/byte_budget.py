"""What one page may fetch of a database that stays at its host."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

#: Bytes of one page, after which the visitor is asked: some seconds of a usual connection, and a
#: hundred times what most pages need.
PAGE_BYTES = 25_000_000

#: Each time that a visitor goes on, a page may fetch so many times as much as before.
GO_ON_FACTOR = 4

#: However often: about what fits into memory.
MOST_BYTES = 400_000_000

#: What a page may spend on answers that it can do without: counts of rows, suggestions.
EXTRA_BYTES = 3_000_000
EXTRA_S = 0.6


class OverBudgetError(Exception):
    """A page needs more of a database than it may fetch unasked."""

    #: About how much it needs in all, where that can be told.
    needed: int | None = None

    def __init__(self, spent: int, most_bytes: int) -> None:
        super().__init__(f"This page needs more than {most_bytes:,} bytes of the database")
        self.spent = spent
        self.most_bytes = most_bytes


class ByteBudget:
    """What a page has fetched, and may fetch."""

    def __init__(self, most_bytes: int, *, is_remote: bool) -> None:
        """is_remote: the page is one of a database that stays at its host."""
        self.most_bytes = most_bytes
        self.is_remote = is_remote
        self.spent = 0
        self.extra_spent = 0
        self.extra_s = 0.0
        #: The version of each database that the page is made from, by path.
        self.versions: dict[str, str] = {}

    def spend(self, count: int) -> None:
        """Count bytes that were fetched. Raises OverBudgetError."""
        self.spent += count
        if self.spent > self.most_bytes:
            raise OverBudgetError(self.spent, self.most_bytes)

    def spend_extra(self, count: int, seconds: float) -> bool:
        """Count what a dispensable answer took; return whether there is some left."""
        self.extra_spent += count
        self.extra_s += seconds
        return self.extra_spent <= EXTRA_BYTES and self.extra_s <= EXTRA_S


_budget: ContextVar[ByteBudget | None] = ContextVar("byte_budget", default=None)


def current_budget() -> ByteBudget | None:
    """That of the page being made; None outside of one."""
    return _budget.get()


def is_remote_page() -> bool:
    """Whether the page being made is one of a database that stays at its host."""
    budget = _budget.get()
    return budget is not None and budget.is_remote


@contextmanager
def budget_of(most_bytes: int, *, is_remote: bool) -> Iterator[ByteBudget]:
    """A budget for what is done within, see `ByteBudget`."""
    budget = ByteBudget(most_bytes, is_remote=is_remote)
    token = _budget.set(budget)
    try:
        yield budget
    finally:
        _budget.reset(token)
