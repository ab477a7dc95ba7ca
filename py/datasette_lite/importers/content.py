"""The bytes of a file, to be read several times from the start, packed or not."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from abc import ABC, abstractmethod
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from datasette_lite.errors import DataError
from datasette_lite.importers.refusals import FETCH_AGAIN, refused_data

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

#: Read at a time. Larger pieces are no faster.
PIECE_BYTES = 256 * 1024

#: Unpacked bytes that a browser could hold: the limit of its memory is 4 GB.
MOST_UNPACKED_BYTES = 3 * 1024**3


class Content(ABC):
    """What can be imported as one file.

    name: the file's.
    total: bytes that its `position` counts up to.
    """

    name: str
    total: int

    @abstractmethod
    def open(self) -> IO[bytes]:
        """The bytes from the start, seekable though perhaps slowly."""

    @abstractmethod
    def position(self, stream: IO[bytes]) -> int:
        """How far an open stream has come, of `total`."""

    def read(self) -> Reading:
        """The bytes from the start, buffered and counted."""
        return Reading(self)

    def head(self, size: int) -> bytes:
        """The first bytes."""
        with self.read() as reading:
            return reading.buffered.read(size)

    def as_file(self, beside: str) -> str:
        """The path of an unpacked file; `beside`, if one has to be made.

        Raises DataError: too-large, bad-archive.
        """
        try:
            with self.read() as reading, open(beside, "wb") as file:
                while piece := reading.buffered.read(PIECE_BYTES):
                    if reading.bytes_read > MOST_UNPACKED_BYTES:
                        raise unpacked_too_large(self.name)
                    file.write(piece)
        except BaseException:
            # It may be all the memory that there is.
            Path(beside).unlink(missing_ok=True)
            raise
        return beside


def unpacked_too_large(name: str) -> DataError:
    """The fault for what would fill the memory."""
    return refused_data(
        "too-large",
        name,
        "what is packed in it is larger than a browser can hold",
        "Use a smaller extract of the data.",
    )


class FileContent(Content):
    """A file as it is."""

    def __init__(self, path: str, name: str) -> None:
        self.path = path
        self.name = name
        self.total = Path(path).stat().st_size

    def open(self) -> IO[bytes]:
        return open(self.path, "rb", buffering=0)

    def position(self, stream: IO[bytes]) -> int:
        return stream.tell()

    def as_file(self, beside: str) -> str:
        return self.path


class GzipContent(Content):
    """What a gzip file holds."""

    def __init__(self, outer: Content) -> None:
        self.outer = outer
        self.name = outer.name[:-3] if outer.name.lower().endswith(".gz") else outer.name
        self.total = outer.total

    def open(self) -> IO[bytes]:
        return cast(IO[bytes], _GzipStream(self.outer.open()))

    def position(self, stream: IO[bytes]) -> int:
        assert isinstance(stream, _GzipStream)
        return self.outer.position(stream.packed)


class _GzipStream(gzip.GzipFile):
    """A gzip file that closes what it reads from and lets its position be asked."""

    def __init__(self, packed: IO[bytes]) -> None:
        super().__init__(fileobj=packed, mode="rb")
        self.packed = packed

    def close(self) -> None:
        super().close()
        self.packed.close()


class ZipContent(Content):
    """One file of a zip archive."""

    def __init__(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> None:
        self.archive = archive
        self.member = member
        self.name = name
        self.total = member.file_size

    def open(self) -> IO[bytes]:
        try:
            return self.archive.open(self.member)
        except NotImplementedError:
            raise  # is a RuntimeError, too
        except RuntimeError as error:  # what zipfile raises for passwords
            raise refused_data(
                "bad-archive",
                self.name,
                "it is encrypted",
                "Unpack it and use the file itself.",
                detail=str(error),
            ) from error

    def position(self, stream: IO[bytes]) -> int:
        return stream.tell()


class Reading:
    """A content being read once, from start to end.

    bytes_read: unpacked bytes taken so far, ahead of what was consumed by up to a buffer.
    """

    def __init__(self, content: Content) -> None:
        self._content = content
        with understandable(content.name):
            self._stream = content.open()
        self._raw = _CountingStream(self._stream, content.name)
        self.buffered = io.BufferedReader(self._raw, PIECE_BYTES)

    def __enter__(self) -> Reading:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def bytes_read(self) -> int:
        return self._raw.bytes_read

    @property
    def position(self) -> int:
        """How far this is, of the content's `total`."""
        return self._content.position(self._stream)

    def close(self) -> None:
        self.buffered.close()
        self._stream.close()


class _CountingStream(io.RawIOBase):
    def __init__(self, stream: IO[bytes], name: str) -> None:
        self._stream = stream
        self._name = name
        self.bytes_read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        with understandable(self._name):
            piece = self._stream.read(len(view))
        view[: len(piece)] = piece
        self.bytes_read += len(piece)
        return len(piece)


class understandable:  # noqa: N801 - reads as the phrase that it is
    """Turns what goes wrong while unpacking into faults: DataError bad-archive."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        detail = f"{type(error).__name__}: {error}"
        if isinstance(error, EOFError):
            happened = "the packed file ends too early, so a part of it is missing"
            raise refused_data("bad-archive", self._name, happened, FETCH_AGAIN, detail=detail)
        if isinstance(error, (zlib.error, gzip.BadGzipFile, zipfile.BadZipFile)):
            happened = "the packed file is damaged"
            raise refused_data("bad-archive", self._name, happened, FETCH_AGAIN, detail=detail)
        if isinstance(error, NotImplementedError):
            happened = "it is packed in a way that cannot be read here"
            advice = "Unpack it and use the file itself, or pack it as .gz."
            raise refused_data("bad-archive", self._name, happened, advice, detail=detail)
