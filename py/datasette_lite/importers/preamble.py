"""Lines above the names of the columns: titles, dates, sources. Statistical offices love them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

#: More lines than this are no preamble.
MOST_LINES = 30

#: How many of the rows below have to be alike for the lines above to be something else.
ALIKE = 0.9


def lines_above(rows: Sequence[Sequence[str]]) -> int:
    """How many of a text's first rows, empty ones included, stand above its header.

    Those are rows of hardly any cells above a table that is wider, or parted from it by an empty
    row. When in doubt there are none: the first row is the header.
    """
    widths = Counter(len(row) for row in rows if any(row))
    if not widths:
        return 0
    width = widths.most_common(1)[0][0]
    header = next((index for index, row in enumerate(rows) if _filled(row) >= max(2, width / 2)), 0)
    above = [row for row in rows[:header] if any(row)]
    below = [row for row in rows[header:] if row]
    if not above or header > MOST_LINES or len(below) < 2:
        return 0
    if any(_filled(row) > 2 for row in above) or not _alike(below, width):
        return 0
    is_narrower = width > 2 and all(len(row) < width for row in above)
    is_parted = not any(rows[header - 1])
    return header if is_narrower or is_parted else 0


def _filled(row: Sequence[str]) -> int:
    return sum(1 for cell in row if cell)


def _alike(rows: Sequence[Sequence[str]], width: int) -> bool:
    return sum(len(row) == width for row in rows) >= ALIKE * len(rows)
