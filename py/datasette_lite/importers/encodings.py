"""Which letters the bytes of a text file stand for, without losing one."""

from __future__ import annotations

import codecs
import io
from dataclasses import dataclass

from datasette_lite.importers.content import PIECE_BYTES, Content, Reading
from datasette_lite.importers.pace import Pace
from datasette_lite.importers.refusals import counted, refused_data, refused_option
from datasette_lite.importers.text_guess import unicode_codec

#: The bytes to which Windows-1252 gives no meaning; Latin-1 gives one to every byte.
UNDEFINED_IN_CP1252 = b"\x81\x8d\x8f\x90\x9d"

#: Python's name for UTF-8 with or without a mark.
UTF_8 = "utf-8-sig"

#: What Python is to know `_read_stray_bytes` as.
STRAY_BYTES = "stray-bytes"

HEAD_BYTES = 4096


@dataclass(frozen=True)
class Encoding:
    """How to decode a file.

    codec: Python's name for it.
    called: what people call it.
    guessed: it follows from nothing but the bytes not being Unicode.
    errors: Python's name for what becomes of bytes that are no letters in it.
    """

    codec: str
    called: str
    guessed: bool = False
    errors: str = "strict"


async def find_encoding(content: Content, asked: str | None, pace: Pace) -> Encoding:
    """The encoding of a text: as asked, else as marked, else UTF-8 if most letters of it are.

    asked: the visitor's `encoding=`.
    Raises OptionError: bad-option, for an unknown encoding. DataError: bad-encoding, when the
    text is not what its mark says. That it is not what was asked comes out as it is read.
    """
    if asked:
        named = _named(asked, content.name)
        found = await _utf8(content, pace) if named.codec == UTF_8 else None
        return found or named
    codec = unicode_codec(content.head(HEAD_BYTES))
    if codec is None or codec == UTF_8:
        return await _utf8(content, pace) or await _single_byte(content, pace)
    return Encoding(codec, codec.upper())


def open_text(content: Content, encoding: Encoding) -> tuple[io.TextIOWrapper, Reading]:
    """The text of a file, line ends as they are, and the reading that it comes from."""
    reading = content.read()
    text = io.TextIOWrapper(
        reading.buffered, encoding=encoding.codec, errors=encoding.errors, newline=""
    )
    return text, reading


def wrong_encoding(content: Content, error: UnicodeError) -> Exception:
    """What to say when a text turns out to be no text of its encoding."""
    encoding = getattr(error, "encoding", "its encoding")
    return refused_data(
        "bad-encoding",
        content.name,
        f"it holds bytes that are not {encoding}",
        "Name its encoding in the link, for example encoding=cp1252, or leave that out to "
        "have it detected.",
        detail=str(error),
    )


def _named(asked: str, name: str) -> Encoding:
    wanted = asked.strip().lower()
    try:
        "".encode(wanted)  # refuses codecs that are not for text, such as `hex`
        codec = codecs.lookup(wanted).name
    except (LookupError, ValueError) as error:
        raise refused_option(
            "bad-option",
            name,
            f"there is no encoding “{asked}”",
            "Examples are utf-8, utf-16, cp1252, latin-1, cp1251, shift_jis and gb18030.",
        ) from error
    # A mark at its beginning is no letter, whoever named the encoding.
    return Encoding({"utf-8": UTF_8}.get(codec, codec), codec)


async def _utf8(content: Content, pace: Pace) -> Encoding | None:
    """UTF-8, if most letters beyond ASCII are.

    Other bytes stray into files that are made of several, or were cut at a length in bytes. In a
    text of another encoding it is the bytes that happen to be UTF-8 that are few.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    letters = stray = 0
    with content.read() as reading:
        while piece := reading.buffered.read(PIECE_BYTES):
            text = decoder.decode(piece)
            if not text.isascii():
                valid = len(text.encode("utf-8", "ignore").decode())
                letters += valid - len(text.encode("ascii", "ignore"))
                stray += len(text) - valid
            await pace.rest()
    stray += len(decoder.decode(b"", final=True))
    if not stray:
        return Encoding(UTF_8, "UTF-8")
    if letters <= stray:
        return None
    called = f"UTF-8, but for {counted(stray, 'byte')} read as Windows-1252"
    return Encoding(UTF_8, called, errors=STRAY_BYTES)


def _read_stray_bytes(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    stray = error.object[error.start : error.end]
    return stray.decode(_single_byte_codec(stray)), error.end


codecs.register_error(STRAY_BYTES, _read_stray_bytes)


async def _single_byte(content: Content, pace: Pace) -> Encoding:
    with content.read() as reading:
        while piece := reading.buffered.read(PIECE_BYTES):
            if _single_byte_codec(piece) == "latin-1":
                return Encoding("latin-1", "Latin-1", guessed=True)
            await pace.rest()
    return Encoding("cp1252", "Windows-1252", guessed=True)


def _single_byte_codec(piece: bytes) -> str:
    is_windows = len(piece.translate(None, UNDEFINED_IN_CP1252)) == len(piece)
    return "cp1252" if is_windows else "latin-1"
