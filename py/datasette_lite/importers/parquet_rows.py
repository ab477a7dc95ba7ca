"""Parquet files, which JavaScript reads: the Python readers are many megabytes.

The rows come as `loader/worker/parquet.js` writes them: of each column the JSON of a list of its
values, where `{"$int": "…"}` is an integer that JavaScript would round and `{"$bytes": base64}`
bytes.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from datasette_lite.importers.batches import Batch, ReadBatches
from datasette_lite.importers.cells import rows_of_columns
from datasette_lite.importers.column_names import ColumnNames
from datasette_lite.importers.column_types import type_of_values
from datasette_lite.importers.content import Content
from datasette_lite.importers.job import Job
from datasette_lite.importers.refusals import missing_part, refused_data


@dataclass(frozen=True)
class ParquetBatch:
    """Some rows, and how many rows of how many have come with them.

    columns: a JSON list of objects: `name`, and whether it `isReal`, of floating point numbers.
    values: of each column in its turn, a JSON list.
    """

    columns: str
    values: Sequence[str]
    done: int
    total: int


#: Reads the rows of the Parquet file at a path from the start, each time it is called.
ParquetReader = Callable[[str], AsyncIterator[ParquetBatch]]


async def import_parquet(
    job: Job, content: Content, table: str, reader: ParquetReader | None
) -> None:
    """Load a Parquet file into a table.

    It is read twice when a column turns out to be wider than its first values.
    Raises EngineError: runtime-missing, without a reader. DataError: bad-parquet; and as
    `load_table`.
    """
    if reader is None:
        raise missing_part(content.name, "the reader of Parquet files", "")
    path = content.as_file(job.scratch + ".parquet")
    await job.load(
        table,
        content.name,
        _batches(content, path, reader),
        type_of=type_of_values,
        total=content.total,
    )


def values_of(batch: ParquetBatch) -> list[list[Any]]:
    """The values of each column."""
    described = json.loads(batch.columns)
    return [
        (_REALS if column["isReal"] else _VALUES).decode(text)
        for column, text in zip(described, batch.values, strict=True)
    ]


def _batches(content: Content, path: str, reader: ParquetReader) -> ReadBatches:
    async def batches() -> AsyncIterator[Batch]:
        names: ColumnNames | None = None
        try:
            async for batch in reader(path):
                if names is None:
                    names = ColumnNames(content.name)
                    names.add_all([column["name"] for column in json.loads(batch.columns)])
                rows = rows_of_columns(values_of(batch))
                position = content.total * batch.done // max(batch.total, 1)
                yield Batch(names.names, rows, position, sum(map(len, batch.values)))
        except MemoryError:
            raise
        except Exception as error:  # whatever JavaScript threw
            raise _unreadable(content.name, error) from error

    return batches


def _special(value: dict[str, Any]) -> Any:
    if len(value) == 1:
        if isinstance(value.get("$int"), str):
            return int(value["$int"])
        if isinstance(value.get("$bytes"), str):
            return b64decode(value["$bytes"])
    return value


_VALUES = json.JSONDecoder(object_hook=_special)

#: JavaScript writes 1 for 1.0, and all the digits of 1e20.
_REALS = json.JSONDecoder(parse_int=float)


def _unreadable(name: str, error: Exception) -> Exception:
    return refused_data(
        "bad-parquet",
        name,
        "it is no Parquet file that can be read here",
        "Try again; if that does not help, save the data as CSV and use that.",
        detail=f"{type(error).__name__}: {error}",
    )
