"""Datasette's settings for one visitor, one thread and the visitor's own copy of the data."""

from __future__ import annotations


def settings_for(base_url: str) -> dict[str, int | str | bool]:
    """The settings that differ from Datasette's own.

    Page size (100), rows of a query (1,000) and cells cut at 2,048 characters stay: they bound
    what one page costs to make and to show, here as on a server.
    """
    return {
        "base_url": base_url,
        # A browser gives a worker's Python no threads.
        "num_sql_threads": 0,
        # SQLite takes two to four times as long in WebAssembly, and nobody shares this machine:
        # five seconds of a native second's worth. Longer, and every other tab waits too.
        "sql_time_limit_ms": 5000,
        # Likewise for a facet (native: 200), of which a page seldom has more than a few. Those
        # suggested keep their 50 ms: there may be one for every column of a page.
        "facet_time_limit_ms": 1000,
        # Pasted rows are inserted in one go at a speed of thousands a second.
        "max_insert_rows": 1000,
        # These two protect a server from its visitors. Here they are the same person.
        "max_post_body_bytes": 0,
        "max_csv_mb": 0,
    }
