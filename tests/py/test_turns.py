"""datasette_lite.turns: callbacks that are called together, as asyncio promises."""

from __future__ import annotations

import asyncio
import contextvars
import time
from collections.abc import Iterator
from typing import Any

import pytest

from datasette_lite.turns import take_many_turns


class CountingLoop(asyncio.SelectorEventLoop):
    """Counts what it is asked for, as each costs a turn of the browser's."""

    asked = 0

    def call_later(self, *args: Any, **options: Any) -> asyncio.TimerHandle:  # type: ignore[override]
        self.asked += 1
        return super().call_later(*args, **options)


@pytest.fixture
def loop() -> Iterator[CountingLoop]:
    loop = CountingLoop()
    yield loop
    loop.close()


def test_many_callbacks_take_one_turn_and_keep_their_order(loop: CountingLoop) -> None:
    take_many_turns(loop, longest_s=60)
    take_many_turns(loop, longest_s=60)
    seen: list[int] = []

    async def hop(number: int) -> None:
        for _ in range(20):
            await asyncio.sleep(0)
            seen.append(number)

    async def both() -> None:
        await asyncio.gather(hop(1), hop(2))

    loop.run_until_complete(both())
    assert seen == [1, 2] * 20
    assert loop.asked < 5


def test_a_long_row_of_callbacks_lets_the_browser_in_between(loop: CountingLoop) -> None:
    take_many_turns(loop, longest_s=0.005)

    async def work() -> None:
        for _ in range(10):
            deadline = time.perf_counter() + 0.006
            while time.perf_counter() < deadline:
                pass
            await asyncio.sleep(0)

    loop.run_until_complete(work())
    assert loop.asked >= 10


def test_cancelled_callbacks_are_not_called(loop: CountingLoop) -> None:
    take_many_turns(loop)
    called: list[str] = []
    loop.call_soon(called.append, "kept")
    loop.call_soon(called.append, "cancelled").cancel()
    loop.run_until_complete(asyncio.sleep(0.001))
    assert called == ["kept"]


def test_callbacks_run_in_their_context(loop: CountingLoop) -> None:
    take_many_turns(loop)
    name: contextvars.ContextVar[str] = contextvars.ContextVar("name", default="outer")
    context = contextvars.copy_context()
    context.run(name.set, "inner")
    seen: list[str] = []
    loop.call_soon(lambda: seen.append(name.get()), context=context)
    loop.call_soon(lambda: seen.append(name.get()))
    loop.run_until_complete(asyncio.sleep(0.001))
    assert seen == ["inner", "outer"]


def test_what_one_callback_raises_does_not_keep_the_others(loop: CountingLoop) -> None:
    take_many_turns(loop)
    called: list[str] = []
    told: list[BaseException | None] = []
    loop.set_exception_handler(lambda _, context: told.append(context.get("exception")))

    def fail() -> None:
        raise ValueError("no")

    loop.call_soon(fail)
    loop.call_soon(called.append, "next")
    loop.run_until_complete(asyncio.sleep(0.001))
    assert called == ["next"]
    assert [type(error) for error in told] == [ValueError]
