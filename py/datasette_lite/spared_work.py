"""Work that Datasette 1.0a41 does again for every page, though nothing has changed.

Compiled to WebAssembly it takes twice its time: a table page spent a sixth of its own here. To be
removed where a later Datasette has no need of it.
"""

from __future__ import annotations

import sys
import zlib
from contextlib import AbstractContextManager, ContextDecorator
from typing import Any, cast

from datasette.permissions import PermissionSQL
from datasette.version import __version__
from opentelemetry import trace
from opentelemetry.trace import INVALID_SPAN, Span


def spare_work() -> None:
    """Put what is cheaper wherever Datasette has its own.  To be called once.

    Other releases, as of `?ref=`, stay as they are.
    """
    if __version__ != "1.0a41":
        return
    from datasette import telemetry  # Not every release has it.

    quiet = QuietTracer(telemetry.tracer)
    for name, module in list(sys.modules.items()):
        if name.startswith("datasette.") and vars(module).get("tracer") is quiet.asked:
            vars(module)["tracer"] = quiet
    PermissionSQL.allow = classmethod(_with_lasting_names(PermissionSQL.allow.__func__))


class NoSpan(ContextDecorator, AbstractContextManager[Span]):
    """What is current while nobody traces."""

    def __enter__(self) -> Span:
        return INVALID_SPAN

    def __exit__(self, *failure: object) -> None:
        pass


NO_SPAN = NoSpan()


class QuietTracer:
    """Datasette's tracer, which is not asked until somebody listens.

    A table page has a hundred spans, each through two generators, of which nothing remains unless a
    plugin brings a tracer provider.
    """

    def __init__(self, tracer: Any) -> None:
        self.asked = tracer

    def start_span(self, *args: Any, **how: Any) -> Span:
        """As of `opentelemetry.trace.Tracer`."""
        return cast(Span, self.asked.start_span(*args, **how)) if _is_traced() else INVALID_SPAN

    def start_as_current_span(self, *args: Any, **how: Any) -> AbstractContextManager[Span]:
        """As of `opentelemetry.trace.Tracer`."""
        if not _is_traced():
            return NO_SPAN
        started = self.asked.start_as_current_span(*args, **how)
        return cast(AbstractContextManager[Span], started)


def _is_traced() -> bool:
    # As `trace.get_tracer_provider` tells, which looks into the environment each time.
    return trace._TRACER_PROVIDER is not None


def _with_lasting_names(allow: Any) -> Any:
    """Have equal reasons bear one name as parameters of SQL.

    Datasette numbers them through, and makes a regular expression of each name: dozens a page that
    no cache can know.
    """

    def allow_by_content(cls: type, *args: Any, **how: Any) -> Any:
        rule = allow(cls, *args, **how)
        if not all(isinstance(text, str) for text in rule.params.values()):
            return rule
        renamed = {f"reason_{zlib.crc32(text.encode())}": text for text in rule.params.values()}
        for numbered, lasting in zip(rule.params, renamed, strict=True):
            rule.sql = rule.sql.replace(f":{numbered} ", f":{lasting} ")
        rule.params = renamed
        return rule

    return allow_by_content
