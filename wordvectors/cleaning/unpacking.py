"""Packed streams, unpacked in bounded memory and to their very end: what follows a stream is another, or a fault."""

from __future__ import annotations

import bz2
import lzma
import zipfile
import zlib
from collections.abc import Callable
from typing import Protocol

import zstandard

from wordvectors.cleaning.decoding import Readable

BROKEN = (EOFError, OSError, MemoryError, zlib.error, lzma.LZMAError, zstandard.ZstdError, zipfile.BadZipFile)
"""What reading a damaged archive raises."""
WINDOW_BYTES = 1 << 31
"""The longest window of zstd (`--long=31`, as in the dumps of Reddit), and the most memory for one of xz."""
MOST_EXPANSION, FREE_BYTES = 1000, 64 << 20
"""Text becomes a hundredth when it is packed, hardly less; what unpacks to more than this times its size is a bomb."""
_PACKED_BYTES = 1 << 10
"""Packed bytes that are unpacked at a time. Four of them can be 128 KiB of text, and so these 32 MiB."""
_READ_BYTES = 1 << 20


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


_DECOMPRESSORS: dict[str, Callable[[], _Decompressor]] = {
    ".gz": lambda: zlib.decompressobj(wbits=31),
    ".bz2": bz2.BZ2Decompressor,
    ".xz": lambda: lzma.LZMADecompressor(memlimit=WINDOW_BYTES),
    ".zst": lambda: zstandard.ZstdDecompressor(max_window_size=WINDOW_BYTES).decompressobj(),
}
PACKINGS = tuple(_DECOMPRESSORS)
"""The suffixes of packed files."""


def unpack(suffix: str, packed: Readable, size: int) -> Readable:
    """Return what a packed stream of `size` bytes unpacks to; reading it may raise any of `BROKEN`."""
    return Bounded(_Streams(packed, _DECOMPRESSORS[suffix]), size)


class Bounded:
    """An unpacked stream that ends with an error once it has given far more than text can be packed into.

    Parameters
    ----------
    packed
        Bytes of the file before it was unpacked.
    """

    def __init__(self, stream: Readable, packed: int) -> None:
        self._stream, self._left = stream, max(MOST_EXPANSION * packed, FREE_BYTES)

    def read(self, size: int) -> bytes:
        """Read as a file does."""
        data = self._stream.read(min(size, _READ_BYTES))
        self._left -= len(data)
        if self._left < 0:
            raise OSError(f"it unpacks to more than {MOST_EXPANSION:,} times its size, which no text does")
        return data


class _Streams:
    """The text of one or more packed streams, one after the other, maybe with zero bytes between and behind them.

    The standard library's files take for padding whatever they cannot read behind the first stream.
    """

    def __init__(self, file: Readable, new_stream: Callable[[], _Decompressor]) -> None:
        self._file, self._new_stream = file, new_stream
        self._stream: _Decompressor | None = None
        self._packed, self._ready = b"", memoryview(b"")

    def read(self, size: int) -> bytes:
        """Return the next bytes, at most `size`; none at the end."""
        while not self._ready:
            packed, self._packed = self._packed or self._file.read(_PACKED_BYTES), b""
            if not packed:
                if self._stream is not None:
                    raise EOFError("its last stream is cut off")
                return b""
            if self._stream is None:
                packed = packed.lstrip(b"\0")
                if not packed:
                    continue
                self._stream = self._new_stream()
            self._ready = memoryview(self._stream.decompress(packed))
            if self._stream.eof:
                self._packed, self._stream = self._stream.unused_data, None
        data, self._ready = self._ready[:size], self._ready[size:]
        return bytes(data)
