"""Bytes of text as the readers want them: looked at before they are read, and with newlines that are ASCII's."""

from __future__ import annotations

import codecs
from typing import Protocol

from wordvectors.cleaning.documents import Encoding, UnreadableSource

HEAD_BYTES = 4096
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16's, which it begins with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_MARKED = ("utf-16", "utf-32")
"""Python's names of the encodings whose texts begin with a mark."""
_ASCII = bytes([10, *range(32, 127)])


class Readable(Protocol):
    """What can be read from its beginning to its end."""

    def read(self, size: int, /) -> bytes:
        """Return the next bytes, at most `size`, maybe fewer; none at the end."""


class Peekable:
    """A stream that can be looked at before it is read, and gives as many bytes as it is asked for.

    So how a file is packed, which decides how much a single read gives, does not decide where it is cut.
    """

    def __init__(self, stream: Readable) -> None:
        self._stream, self._head = stream, b""

    def peek(self, size: int) -> bytes:
        """Return what comes next, without reading it: so many bytes or more, or fewer at the end."""
        pieces, length = [self._head], len(self._head)
        while length < size and (more := self._stream.read(size - length)):
            pieces.append(more)
            length += len(more)
        self._head = b"".join(pieces)
        return self._head

    def read(self, size: int) -> bytes:
        """Return the next bytes: fewer than `size` at the end alone."""
        data = self.peek(size)
        self._head = data[size:]
        return data[:size]


class _Recoded:
    """A text as UTF-8; what can't be decoded becomes a byte that UTF-8 does not have, for readers to find."""

    def __init__(self, stream: Readable, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)(_UNDECODABLE)

    def read(self, size: int) -> bytes:
        text, data = "", b" "
        while data and not text:
            data = self._stream.read(size)
            text = self._decoder.decode(data, final=not data)
        return text.encode("utf-8", _UNDECODABLE)


_UNDECODABLE = "wordvectors-undecodable"


def _mark_undecodable(fault: UnicodeError) -> tuple[str | bytes, int]:
    assert isinstance(fault, UnicodeDecodeError | UnicodeEncodeError)
    return "\ud800" if isinstance(fault, UnicodeDecodeError) else b"\xff", fault.end


codecs.register_error(_UNDECODABLE, _mark_undecodable)


def decodable(stream: Peekable, encoding: str, label: str) -> tuple[Peekable, Encoding]:
    """Return a stream of text that can be cut at its ASCII newlines, and its encoding.

    A byte order mark tells more than the encoding that was asked for. What has no ASCII in it (UTF-16, UTF-32,
    EBCDIC) becomes UTF-8.

    Raises
    ------
    UnreadableSource
        If the text seems to be UTF-16 or UTF-32 and nothing says so, or nothing says in which order its bytes are.
    """
    head = stream.peek(HEAD_BYTES)
    marked = next((name for mark, name in _MARKS.items() if head.startswith(mark)), None)
    asked_for = codecs.lookup(encoding).name
    if head and not marked and asked_for in _MARKED:
        raise UnreadableSource(
            f"{label}: it has no byte order mark, and {asked_for} does not tell the order of its bytes; say "
            f"{asked_for}-le or {asked_for}-be"
        )
    encoding = marked or encoding
    if _ASCII.decode("ascii").encode(encoding, "ignore") != _ASCII:
        return Peekable(_Recoded(stream, encoding)), Encoding(encoding, recoded=True)
    if _is_wide(head):
        raise UnreadableSource(
            f"{label}: it seems to be UTF-16 or UTF-32 without a byte order mark; say which as its encoding, "
            "for instance utf-16-le"
        )
    return stream, Encoding(encoding)


def _is_wide(head: bytes) -> bool:
    """Whether NUL is in it as often as in UTF-16, and all at even or all at odd places; or as often as in UTF-32."""
    nuls, even = head.count(0), head[::2].count(0)
    return nuls > 8 and nuls * 50 > len(head) and (even in (0, nuls) or nuls * 3 > len(head))
