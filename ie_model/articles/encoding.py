"""Bytes and characters: the encodings that are read, and what is said of bytes that are of another.

All readers read UTF-8. Input in another encoding is turned into UTF-8 on the way, piece by piece, so that
lines, quotes and bounds have one meaning whatever the width of a character; the price, one decoding and
one encoding more, is paid by such input only. A byte that cannot be decoded travels on as the half
surrogate U+DC00 + byte, which no text may hold: it refuses its own line or row, with its place, and
nothing else. Offsets are code points of the decoded text.
"""

from __future__ import annotations

import codecs
import difflib
import encodings.aliases
from collections.abc import Iterator
from typing import BinaryIO

from ie_model.articles.packing import packing_of
from ie_model.articles.rejects import RefusedError, RejectCode, quote
from ie_model.articles.streams import from_pieces, read_some
from ie_model.errors import ArticleError

UTF8 = "utf-8"
#: A byte that cannot be decoded is this and the byte's value.
BAD_BYTE = 0xDC00
#: The name of our way to handle errors among those of Python's codecs.
_MARK = "ie_model.bad_byte"
_HALF_BYTES = 3
"""What a half surrogate takes in the form of UTF-8."""

#: Byte order marks, the longer before those that they start with.
_MARKS = (
    (codecs.BOM_UTF8, "UTF-8"),
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_OWN_MARKS = {
    "utf-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE),
    "utf-16-le": (codecs.BOM_UTF16_LE,),
    "utf-16-be": (codecs.BOM_UTF16_BE,),
    "utf-32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE),
    "utf-32-le": (codecs.BOM_UTF32_LE,),
    "utf-32-be": (codecs.BOM_UTF32_BE,),
}


def check_encoding(name: str) -> str:
    """Return Python's own name of a text encoding, ``utf-8`` for UTF-8 with and without mark.

    Raises:
        ArticleError: There is no such encoding, or it is none of text files.
    """
    probe = "a\n"
    try:
        found = codecs.lookup(name).name
        written = probe.encode(name)
        decoder = codecs.getincrementaldecoder(name)(errors=_MARK)
        fits = decoder.decode(written, final=True) == probe
    except (LookupError, ValueError) as error:
        raise ArticleError(
            "no encoding of text has this name", found=quote(name), expected=_nearest(name)
        ) from error
    if not fits:
        raise ArticleError("this encoding does not hold text files", found=quote(name), expected=UTF8)
    return UTF8 if found == "utf-8-sig" else found


def _nearest(name: str) -> str:
    known = {alias.replace("_", "-") for pair in encodings.aliases.aliases.items() for alias in pair}
    # "windows-1256" is known as 1256, cp1256 and windows-1256: people write any of them.
    close = difflib.get_close_matches(name.lower().replace("_", "-"), sorted(known), n=3)
    return " or ".join(close) if close else "a name like utf-8, utf-16 or windows-1256"


def transcoded(stream: BinaryIO, encoding: str) -> BinaryIO:
    """Return ``stream`` as UTF-8; what cannot be decoded is a half surrogate in it.

    Raises:
        RefusedError: ``stream`` starts with the byte order mark of another encoding.
    """
    if encoding == UTF8:
        return stream
    head = b""
    while len(head) < len(codecs.BOM_UTF32_LE) and (more := read_some(stream)):
        head += more
    if not head.startswith(_OWN_MARKS.get(encoding, ())):
        refusal = foreign_start(head, encoding)
        if refusal is not None:
            raise refusal
        if encoding in ("utf-16", "utf-32"):
            # Without a mark: the order of bytes of all machines that write such files today.
            encoding += "-le"
    return from_pieces(_transcode(head, stream, encoding))


def _transcode(data: bytes, stream: BinaryIO, encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)(errors=_MARK)
    while data:
        yield decoder.decode(data).encode("utf-8", "surrogatepass")
        data = read_some(stream)
    yield decoder.decode(b"", final=True).encode("utf-8", "surrogatepass")


def _mark_bad_bytes(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(BAD_BYTE + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error(_MARK, _mark_bad_bytes)


def decode_utf8(data: bytes, encoding: str = UTF8) -> str:
    """Decode ``data``; a byte order mark at its start is not part of the text.

    Args:
        data: The bytes of a line or a file.
        encoding: What they were in the file, before :func:`transcoded`.

    Raises:
        RefusedError: The bytes are not UTF-8, or were none of ``encoding``.
    """
    try:
        return data.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        start = error.start
        refusal = foreign_start(data) if encoding == UTF8 else None
        unit, place = ("byte", start) if encoding == UTF8 else ("character", _length(error.object[:start]))
        found = f"{bad_byte(error.object[start:], encoding)} at {unit} {place}"
        raise refusal or bad_encoding(encoding, found) from error


def _length(data: bytes) -> int:
    return len(data.decode("utf-8"))


def bad_byte(data: bytes, encoding: str) -> str:
    """Return the byte of the input that could not be decoded, in words; ``data`` begins with it."""
    if encoding == UTF8:
        return f"byte 0x{data[0]:02x}"
    half = ord(data[:_HALF_BYTES].decode("utf-8", "surrogatepass"))
    is_byte = BAD_BYTE <= half < BAD_BYTE + 256
    return f"byte 0x{half - BAD_BYTE:02x}" if is_byte else f"half a surrogate pair, U+{half:04X}"


def bad_encoding(encoding: str, found: str) -> RefusedError:
    """The refusal of bytes that ``encoding`` does not have."""
    if encoding == UTF8:
        return RefusedError(
            RejectCode.NOT_UTF8,
            "not UTF-8",
            found=found,
            expected="UTF-8, with or without byte order mark",
            mend="If it is Windows-1256: --encoding windows-1256, "
            "or iconv -f WINDOWS-1256 -t UTF-8 OLD > NEW",
        )
    return RefusedError(RejectCode.NOT_IN_ENCODING, f"not {encoding}", found=found, expected=encoding)


def foreign_start(data: bytes, encoding: str = UTF8) -> RefusedError | None:
    """Return the refusal of a file whose first bytes show that it is not of ``encoding``, if they do."""
    packing = packing_of(data)
    if packing is not None:
        refusal = bad_encoding(encoding, f"data packed by {packing.name}")
        refusal.mend = f"Let its name end with {packing.suffix}."
        return refusal
    other = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    if other is None or (other == "UTF-8" and encoding == UTF8):
        return None
    refusal = bad_encoding(encoding, f"the byte order mark of {other}")
    refusal.mend = f"Read it with --encoding {other.lower()}."
    if encoding == UTF8:
        refusal.mend += f" Or convert it: iconv -f {other} -t UTF-8 OLD > NEW"
    return refusal
