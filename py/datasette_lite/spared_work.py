"""Work that Datasette 1.0a41 does again for every page, though nothing has changed.

Compiled to WebAssembly it takes twice its time: a table page spent a sixth of its own here. To be
removed where a later Datasette has no need of it.
"""

from __future__ import annotations

import functools
import json
import re
import sys
import zlib
from collections.abc import Iterable
from contextlib import AbstractContextManager, ContextDecorator
from typing import Any, cast

from datasette.permissions import Action, PermissionSQL
from datasette.utils import actions_sql, sqlite
from datasette.utils.permissions import (
    SKIP_PERMISSION_CHECKS,
    gather_permission_sql_from_hooks,
)
from datasette.version import __version__
from opentelemetry import trace
from opentelemetry.trace import INVALID_SPAN, Span


def spare_work() -> None:
    """Put what is cheaper wherever Datasette has its own.  To be called once.

    Other releases, as of `?ref=`, stay as they are.
    """
    if __version__ != "1.0a41":
        return
    from datasette import app, telemetry  # Not every release has both as they are here.

    quiet = QuietTracer(telemetry.tracer)
    for name, module in list(sys.modules.items()):
        if name.startswith("datasette.") and vars(module).get("tracer") is quiet.asked:
            vars(module)["tracer"] = quiet
    PermissionSQL.allow = classmethod(_with_lasting_names(PermissionSQL.allow.__func__))
    actions_sql.check_permissions_for_actions = _with_plain_rules_read(
        actions_sql.check_permissions_for_actions
    )
    app._permission_cache_key = permission_cache_key
    sqlite._strip_sql_comments = _with_a_look_first(sqlite._strip_sql_comments)


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


#: What `PermissionSQL.allow` and `deny` write: a rule for whatever there is.
PLAIN_RULE = re.compile(r"SELECT NULL AS parent, NULL AS child, ([01]) AS allow, :\w+ AS reason")


def verdict_of_plain_rules(rules: Iterable[PermissionSQL]) -> bool | None:
    """What Datasette's SQL would make of rules that hold for everything: one that denies wins.

    None when there are other rules among them, of which only SQLite knows what they say.
    """
    verdict = None
    for rule in rules:
        plain = PLAIN_RULE.fullmatch(rule.sql or "") if not rule.restriction_sql else None
        if not plain:
            return None
        verdict = plain[1] == "1" and verdict is not False
    return verdict


def _with_plain_rules_read(check: Any) -> Any:
    """Decide by SQL only where rules say more than yes or no.

    A table page asks for two dozen permissions, and nearly all of root's are granted by one rule.
    """

    @functools.wraps(check)
    async def check_permissions(
        *, datasette: Any, actor: Any, actions: list[str], parent: str | None, child: str | None
    ) -> dict[str, bool]:
        verdicts: dict[str, bool] = {}
        for action in actions:
            if action in verdicts or not datasette.actions.get(action):
                continue
            rules = await gather_permission_sql_from_hooks(
                datasette=datasette, actor=actor, action=action
            )
            if rules is SKIP_PERMISSION_CHECKS:
                break
            verdict = verdict_of_plain_rules(cast(list[PermissionSQL], rules))
            if verdict is not None:
                verdicts[action] = verdict
        if left := [action for action in actions if action not in verdicts]:
            verdicts |= await check(
                datasette=datasette, actor=actor, actions=left, parent=parent, child=child
            )
        return verdicts

    return check_permissions


def permission_cache_key(
    actor: dict[str, Any] | None, action: Action, parent: str | None, child: str | None
) -> tuple[Any, ...]:
    """By what Datasette remembers a verdict during a request, seventy times a table page.

    Without JSON where all of the actor is text, as of root.
    """
    key: Any = None
    if actor is not None and all(type(value) is str for value in actor.values()):
        key = frozenset(actor.items())
    elif actor is not None:
        key = json.dumps(actor, sort_keys=True, default=repr)
    return (key, action.name, parent, action.normalize_child(child))


def _with_a_look_first(strip_comments: Any) -> Any:
    """Walk through the letters of a table's SQL only when there may be a comment.

    The first page of a database does that twice for each of its tables.
    """

    @functools.wraps(strip_comments)
    def strip(sql: str) -> str:
        return cast(str, strip_comments(sql)) if "--" in sql or "/*" in sql else sql

    return strip
