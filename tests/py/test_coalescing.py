"""Small chunks become larger pieces; none is lost, reordered or kept back."""

from __future__ import annotations

import asyncio
import random

import pytest

from datasette_lite.coalescing import Coalescer

run = asyncio.run


class Pieces:
    """Takes pieces, and sees to it that they come one at a time."""

    def __init__(self, pause_s: float = 0) -> None:
        self.pieces: list[bytes] = []
        self.busy = False
        self.pause_s = pause_s

    async def write(self, piece: bytes) -> None:
        assert not self.busy
        assert piece
        self.busy = True
        await asyncio.sleep(self.pause_s)
        self.pieces.append(piece)
        self.busy = False


def test_a_piece_leaves_when_it_is_full() -> None:
    async def scenario() -> tuple[list[bytes], bytes]:
        taken = Pieces()
        gathered = Coalescer(taken.write, piece_bytes=5, patience_s=60)
        for chunk in (b"ab", b"c", b"", b"def", b"g", b"0123456789", b"h"):
            await gathered.add(chunk)
        return taken.pieces, await gathered.close()

    assert run(scenario()) == ([b"abcdef", b"g0123456789"], b"h")


def test_a_piece_leaves_when_it_is_old() -> None:
    async def scenario() -> tuple[list[bytes], bytes]:
        taken = Pieces()
        gathered = Coalescer(taken.write, patience_s=0.005)
        await gathered.add(b"a")
        while not taken.pieces:
            await asyncio.sleep(0.001)
        await gathered.add(b"b")
        return taken.pieces, await gathered.close()

    assert run(scenario()) == ([b"a"], b"b")


def test_without_a_limit_of_time_it_waits_for_the_end() -> None:
    async def scenario() -> tuple[list[bytes], bytes]:
        taken = Pieces()
        gathered = Coalescer(taken.write, patience_s=None)
        await gathered.add(b"a")
        await asyncio.sleep(0.05)
        return taken.pieces, await gathered.close()

    assert run(scenario()) == ([], b"a")


def test_order_is_kept_whatever_comes_first() -> None:
    async def scenario(seed: int) -> tuple[bytes, bytes]:
        chance = random.Random(seed)
        taken = Pieces(pause_s=0.001)
        gathered = Coalescer(taken.write, piece_bytes=50, patience_s=0.002)
        sent = b""
        for _ in range(60):
            chunk = chance.randbytes(chance.randrange(30))
            sent += chunk
            await gathered.add(chunk)
            if chance.random() < 0.3:
                await asyncio.sleep(chance.random() * 0.004)
        rest = await gathered.close()
        return sent, b"".join(taken.pieces) + rest

    for seed in range(5):
        sent, arrived = run(scenario(seed))
        assert sent == arrived


@pytest.mark.parametrize("late", [True, False])
def test_a_failed_write_is_raised_to_who_adds(late: bool) -> None:
    async def scenario() -> None:
        async def write(piece: bytes) -> None:
            raise ConnectionResetError("gone")

        gathered = Coalescer(write, piece_bytes=10, patience_s=0.001 if late else 60)
        await gathered.add(b"a")
        await asyncio.sleep(0.02)
        await gathered.add(b"0123456789")

    with pytest.raises(ConnectionResetError):
        run(scenario())
