"""Repairs of Datasette 1.0a41 behind a proxy that takes its prefix off.

Addresses that Datasette makes from the request's own path lack the prefix, unless they pass
through `urls.path`. These do not: taking off a date facet or a `_where` filter, BLOBs in the
results of a query. And `path_with_format` takes any dot in a path, as in our `url=…fixtures.db`,
for the beginning of an ending, and falls back to `?_format=json`, which nothing in 1.0a41 reads:
so for the API explorer, the answers of the write API and `/db.json?sql=`.

To be removed once Datasette itself begins such paths with `root_path`, and looks for a dot in
their last part only.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from datasette import utils
from datasette.utils import PrefixedUrlString
from datasette.utils.asgi import Request


def repair_request_paths() -> None:
    """Put the repaired functions wherever Datasette has its own."""
    repaired = {
        "path_with_added_args": _prefixed(utils.path_with_added_args),
        "path_with_removed_args": _prefixed(utils.path_with_removed_args),
        "path_with_replaced_args": _prefixed(utils.path_with_replaced_args),
        "path_with_format": _ending_in_last_part(utils.path_with_format),
    }
    modules = [each for name, each in sys.modules.items() if name.startswith("datasette.")]
    for module in modules:
        for name in repaired.keys() & vars(module).keys():
            setattr(module, name, repaired[name])


def _prefixed(function: Callable[..., str]) -> Callable[..., str]:
    def of_request(request: Request, args: Any, path: str | None = None) -> str:
        return function(request, args, path=path or _path_of(request))

    return of_request


def _ending_in_last_part(function: Callable[..., str]) -> Callable[..., str]:
    def path_with_format(
        *, request: Request | None = None, path: str | None = None, **options: Any
    ) -> str:
        whole = _path_of(request) if path is None else path
        parent, slash, last = str(whole).rpartition("/")
        made = f"{parent}{slash}{function(request=request, path=last, **options)}"
        return type(whole)(made)

    return path_with_format


def _path_of(request: Request) -> str:
    """The request's path, with the prefix; a type that `urls.path` adds none to."""
    path: str = PrefixedUrlString(request.scope.get("root_path", "") + request.path)
    return path
