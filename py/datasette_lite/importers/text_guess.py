"""Whether bytes are text, and roughly which: enough to tell formats apart by their beginning."""

from __future__ import annotations

import codecs

#: Unicode's byte order marks. UTF-32's first: its mark begins with that of UTF-16.
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

#: Control characters that text has no use for; a few are bad data, many are no text.
CONTROLS = bytes({*range(32), 127} - set(b"\t\n\v\f\r\x1a\x1b\x1c\x1d\x1e\x1f"))
MOST_CONTROLS = 0.02
FEW_BYTES = 100

#: What structured text has early on.
MARKERS = b"\r\n,;\t|{[<"


def unicode_codec(head: bytes) -> str | None:
    """The codec that a byte order mark, or the zeros of UTF-16, announce."""
    for mark, codec in MARKS:
        if head.startswith(mark):
            return codec
    even, odd = head[0::2], head[1::2]
    # Half of the bytes of Western text are zero, and of any table at least its delimiters'. A
    # zero that strayed into other text is not beside one of those.
    if odd.count(0) > len(odd) / 10 and not even.count(0):
        return "utf-16-le" if any(bytes((each, 0)) in head for each in MARKERS) else None
    if even.count(0) > len(even) / 10 and not odd.count(0):
        return "utf-16-be" if any(bytes((0, each)) in head for each in MARKERS) else None
    return None


def guess_text(head: bytes) -> str | None:
    """The beginning of a file as text, wrong letters included; None when it is no text."""
    codec = unicode_codec(head)
    if codec:
        return head.decode(codec, errors="ignore")
    controls = len(head) - len(head.translate(None, CONTROLS))
    if controls > MOST_CONTROLS * max(len(head), FEW_BYTES):
        return None
    return head.decode("utf-8", errors="replace")
