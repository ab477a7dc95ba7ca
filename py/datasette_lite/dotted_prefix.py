"""A repair of Datasette 1.0a41 below a prefix with a dot in it, such as ours: `url=…fixtures.db`.

`datasette.utils.path_with_format` takes any dot in a path for the beginning of a file's ending and
falls back to `?_format=json`, which nothing in 1.0a41 reads: links of the API explorer, the
addresses in the answers of the write API and `/db.json?sql=` lead to HTML pages. Only the last
part of the path can have an ending. To be removed once Datasette looks no further.
"""

from __future__ import annotations

import sys
from typing import Any

import datasette.utils

_path_with_format = datasette.utils.path_with_format


def repair_dotted_prefixes() -> None:
    """Put the repaired function wherever Datasette has the other one."""
    for name, module in list(sys.modules.items()):
        if name.startswith("datasette.") and hasattr(module, "path_with_format"):
            setattr(module, "path_with_format", path_with_format)  # noqa: B010


def path_with_format(*, request: Any = None, path: str | None = None, **options: Any) -> str:
    """A path with an ending for a format; the query of the request follows."""
    if path is None:
        path = request.path
    parent, slash, last = path.rpartition("/")
    return f"{parent}{slash}{_path_with_format(request=request, path=last, **options)}"
