"""How the cells of a delimited text are parted, found by trying."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypedDict

from datasette_lite.importers.preamble import lines_above

#: Candidates, the least likely to turn up in ordinary cells first: it wins a tie. So `1,5;2,5`
#: is two numbers with decimal commas, not three cells.
CANDIDATES = ("\t", "|", ";", ",")

#: Characters of a file that are looked at, and rows of those.
SAMPLE_CHARACTERS = 128 * 1024
SAMPLE_ROWS = 500

#: How much worse than the best a delimiter may fit that wins by being less ordinary.
TOLERANCE = 0.05

#: How many rows have to be alike to be cells though the header has none.
REGULAR = 0.8

#: A character that texts do not have, for those of one column.
NO_DELIMITER = "\x1f"

#: What Excel writes, and reads, as the first line of a file with an unusual delimiter.
SEPARATOR_LINE = re.compile(r"sep=(?P<delimiter>[^\r\n])[\r\n]+", re.IGNORECASE)

NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe", " ": "space", ":": "colon"}


class ReaderOptions(TypedDict):
    """What `csv.reader` wants to know."""

    delimiter: str
    quotechar: str
    quoting: Literal[0, 3]


@dataclass(frozen=True)
class Delimited:
    """How to take a delimited text apart.

    quote: the character around cells that hold a delimiter; None when quotes are just letters.
    skip: characters at the start that say how the file is written and belong to no row.
    header: the row with the names of the columns, counting from 1.
    found: there is a delimiter; otherwise the text has one column.
    """

    delimiter: str
    quote: str | None = '"'
    skip: int = 0
    header: int = 1
    found: bool = True

    @property
    def options(self) -> ReaderOptions:
        """For `csv.reader`."""
        return ReaderOptions(
            delimiter=self.delimiter,
            quotechar=self.quote or '"',
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
        )


def find_delimiter(
    sample: str, *, whole: bool, delimiter: str | None = None, quote: str | None = '"'
) -> Delimited:
    """Try every delimiter on the beginning of a text and take the one that fits best.

    whole: the sample is all of the text, so that its last row can be trusted.
    delimiter: as asked for in the link; then only the rest is found out.
    quote: likewise.
    """
    line = SEPARATOR_LINE.match(sample)
    skip = line.end() if line else 0
    if line and delimiter is None:
        delimiter = line["delimiter"]
    rows_of = {
        each: _sample_rows(sample[skip:], Delimited(each, quote), whole)
        for each in ([delimiter] if delimiter else CANDIDATES)
    }
    fits = {each: _fit(rows) for each, rows in rows_of.items()}
    best = max(fits.values())
    if best == 0:
        # Commas there may be, but they part no cells.
        return Delimited(delimiter or NO_DELIMITER, quote, skip, found=False)
    chosen = next(each for each, fit in fits.items() if fit >= best - TOLERANCE)
    header = lines_above(rows_of[chosen]) + 1
    found = Delimited(chosen, quote, skip, header)
    if quote and _quotes_are_letters(sample[skip:], found, whole):
        return Delimited(chosen, None, skip, header)
    return found


def looks_tabular(text: str) -> bool:
    """Whether a text, or the beginning of one, has columns."""
    found = find_delimiter(text, whole=False)
    rows = _sample_rows(text, found, whole=False)
    return found.found and len(rows) > 1 and _fit(rows) > 0.9


def delimiter_called(delimiter: str) -> str:
    """`semicolon` for `;`; others as they are."""
    return NAMES.get(delimiter, f"“{delimiter}”")


def _sample_rows(sample: str, delimited: Delimited, whole: bool) -> list[list[str]]:
    rows = []
    reader = csv.reader(_lines(sample), **delimited.options)
    for row in reader:
        rows.append(row)
        if len(rows) > SAMPLE_ROWS:
            break
    if not whole and len(rows) > 1:
        rows.pop()  # probably cut
    return rows


def _lines(text: str) -> Iterator[str]:
    # Not str.splitlines(), which knows more line ends than files of rows do.
    return (line[0] for line in re.finditer(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text))


def _fit(rows: list[list[str]]) -> float:
    """0 for one column, 1 when every row has as many as the header, and between."""
    above = lines_above(rows)
    if above:
        return _fit(rows[above:]) / 2
    widths = [len(row) for row in rows if row]
    if not widths:
        return 0
    header = widths[0]
    width, count = Counter(widths).most_common(1)[0]
    if header == width:
        return count / len(widths) if width > 1 else 0
    share = widths[1:].count(width) / (len(widths) - 1)
    if header == 1:
        # Prose has commas, too, but never as many on every line.
        return share / 2 if width > 1 and share >= REGULAR else 0
    # A header that nothing follows as it should is better than nothing.
    return share / 2 if width > 1 else 0.1


def _quotes_are_letters(sample: str, delimited: Delimited, whole: bool) -> bool:
    """Whether the text only makes sense when its quotes are part of the cells.

    Tab-separated files are often written without any quoting, so that a cell may be `"A" level`.
    """
    try:
        for _ in csv.reader(_lines(sample), strict=True, **delimited.options):
            pass
    except csv.Error as error:
        if "unexpected end of data" in str(error) and not whole:
            return False
        plain = Delimited(delimited.delimiter, None)
        return _fit(_sample_rows(sample, plain, whole)) == 1
    return False
