"""Files to read, one after the other: those of a folder, and those inside of archives, unpacked on the way."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import os
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import zstandard

from wordvectors.cleaning.documents import UnreadableSource

BROKEN = (EOFError, OSError, zlib.error, lzma.LZMAError, zstandard.ZstdError, zipfile.BadZipFile)
"""What reading a damaged archive raises."""

_UNPACK: dict[str, Callable[[BinaryIO], IO[bytes]]] = {
    ".gz": lambda file: cast("IO[bytes]", gzip.GzipFile(fileobj=file)),
    ".bz2": lambda file: cast("IO[bytes]", bz2.BZ2File(file)),
    ".zst": lambda file: cast("IO[bytes]", _ZstdFrames(file)),
    ".xz": lambda file: cast("IO[bytes]", lzma.LZMAFile(file)),  # noqa: SIM115, closed with its file
}
ZSTD_WINDOW = 1 << 31
"""Bytes: the longest window that zstd has (`--long=31`, as in the dumps of Reddit)."""
_ZSTD_BYTES = 1 << 12
"""Packed bytes that are unpacked at a time. Four of them can be 128 KiB of text, and so these 128 MiB."""
MOST_EXPANSION, FREE_BYTES = 1000, 64 << 20
"""Text becomes a hundredth when it is packed, hardly less; what unpacks to more than this times its size is a bomb."""
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16's, which it begins with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_ASCII = bytes([10, *range(32, 127)])
HEAD_BYTES = 4096


_READ_BYTES = 1 << 20


def _always() -> bool:
    return True


@dataclass(frozen=True)
class RawFile:
    """A file before it is unpacked.

    Attributes
    ----------
    name : str
        As it is reported.
    bytes : int
    version : str
        Changes when the file does.
    open : callable
        Returns its bytes as a stream; seekable if it is a zip archive.
    is_unchanged : callable
        Whether it is still of this version.
    """

    name: str
    bytes: int
    version: str
    open: Callable[[], BinaryIO]
    is_unchanged: Callable[[], bool] = _always


@dataclass(frozen=True)
class Source:
    """A stream of unpacked text.

    Attributes
    ----------
    name : str
        Without the suffix of its packing, which tells the format.
    label : str
        As it is reported.
    member : bool
        Whether it is one of many files in an archive.
    """

    name: str
    label: str
    stream: IO[bytes]
    member: bool = False


def raw_files(paths: Iterable[Path]) -> list[RawFile]:
    """Return the files that the paths name, those of folders in the order of their names; hidden ones are not.

    Raises
    ------
    UnreadableSource
        If a path names nothing, a folder without files, or one with links that lead elsewhere or nowhere.
    """
    found = []
    for path in paths:
        if not path.exists():
            raise UnreadableSource(f"{path}: no such file or folder")
        found += [_local(file) for file in (_inside(path) if path.is_dir() else [path])]
    return found


def _inside(folder: Path) -> list[Path]:
    found: list[Path] = []
    unlistable: list[str] = []
    for root, folders, names in os.walk(
        folder, onerror=lambda fault: unlistable.append(f"{fault.filename}: {fault.strerror}")
    ):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(root, name) for name in (*folders, *names) if not name.startswith(".")]
    if unlistable:
        raise UnreadableSource(
            f"{'; '.join(sorted(unlistable))}: nothing in it can be read; allow it, or move it"
        )
    places = sorted(found)
    astray = [str(place) for place in places if place.is_symlink() and not place.is_file()]
    if astray:
        raise UnreadableSource(
            f"{folder}: links to folders, or to nothing, are not followed; name what they point to, or take them "
            f"away: {', '.join(astray)}"
        )
    files = [place for place in places if place.is_file()]
    if not files:
        raise UnreadableSource(f"{folder}: the folder holds no file")
    return files


def _local(path: Path) -> RawFile:
    known = path.stat()
    name = os.fsencode(path).decode("utf-8", "backslashreplace")

    def is_unchanged() -> bool:
        return path.exists() and _version(path.stat()) == _version(known)

    return RawFile(name, known.st_size, _version(known), lambda: path.open("rb"), is_unchanged)


def _version(known: os.stat_result) -> str:
    return f"{known.st_size}-{known.st_mtime_ns}"


@contextmanager
def _opened(file: RawFile) -> Iterator[BinaryIO]:
    stream = file.open()
    try:
        yield stream
    finally:
        stream.close()


def unpacked(file: RawFile, position: Callable[[int], None] = lambda at: None) -> Iterator[Source]:
    """Yield the texts in a file: itself, or what it unpacks to, or the files of a zip archive.

    Parameters
    ----------
    position
        Told from time to time how many of the file's own bytes have been read.
    """
    with _opened(file) as raw:
        counted = io.BufferedReader(_Counted(raw, position), _READ_BYTES)
        suffix = Path(file.name).suffix.lower()
        if suffix == ".zip":
            yield from _members(file, counted)
        elif suffix in _UNPACK:
            yield Source(file.name[: -len(suffix)], file.name, _unpack(suffix, counted, file.bytes))
        else:
            yield Source(file.name, file.name, cast("IO[bytes]", counted))


def _members(file: RawFile, stream: IO[bytes]) -> Iterator[Source]:
    try:
        archive = zipfile.ZipFile(stream)
    except zipfile.BadZipFile as broken:
        raise UnreadableSource(
            f"{file.name}: {broken}; the archive is damaged, or no zip archive"
        ) from broken
    with archive:
        packed = sum(member.compress_size for member in archive.infolist())
        if packed > file.bytes:
            raise UnreadableSource(
                f"{file.name}: its entries have {packed:,} bytes and the archive {file.bytes:,}: they overlap, which "
                "no honest archive's do"
            )
        for member in archive.infolist():
            name = Path(member.filename).name
            if member.is_dir() or name.startswith(".") or member.filename.startswith("__MACOSX/"):
                continue
            label = f"{file.name}/{member.filename}"
            try:
                opened = archive.open(member)
            except (RuntimeError, NotImplementedError, zipfile.BadZipFile) as refused:
                raise UnreadableSource(f"{label}: {refused}") from refused
            with opened:
                suffix = Path(name).suffix.lower()
                bounded = cast("IO[bytes]", _Bounded(opened, member.compress_size))
                if suffix in _UNPACK:
                    inner = _unpack(suffix, bounded, member.compress_size)
                    yield Source(member.filename[: -len(suffix)], label, inner, member=True)
                else:
                    yield Source(member.filename, label, bounded, member=True)


def _unpack(suffix: str, packed: IO[bytes], size: int) -> IO[bytes]:
    return cast("IO[bytes]", _Bounded(_UNPACK[suffix](cast("BinaryIO", packed)), size))


class _Bounded:
    """An unpacked stream that ends with an error once it has given far more than text can be packed into.

    Parameters
    ----------
    packed
        Bytes of the file before it was unpacked.
    """

    def __init__(self, stream: IO[bytes], packed: int) -> None:
        self._stream, self._left = stream, max(MOST_EXPANSION * packed, FREE_BYTES)

    def read(self, size: int = -1) -> bytes:
        """Read as a file does."""
        data = self._stream.read(min(size, _READ_BYTES) if size >= 0 else size)
        self._left -= len(data)
        if self._left < 0:
            raise OSError(f"it unpacks to more than {MOST_EXPANSION:,} times its size, which no text does")
        return data


def decodable(stream: IO[bytes], encoding: str, label: str) -> tuple[Peekable, str]:
    """Return a stream of text that can be cut at its ASCII newlines, and its encoding.

    A byte order mark tells more than the encoding that was asked for. What has no ASCII in it (UTF-16, UTF-32,
    EBCDIC) becomes UTF-8; what is not decodable there, U+FFFD.

    Raises
    ------
    UnreadableSource
        If the text seems to be UTF-16 or UTF-32 and nothing says so.
    """
    found = Peekable(stream)
    head = found.peek(HEAD_BYTES)
    marked = next((name for mark, name in _MARKS.items() if head.startswith(mark)), None)
    encoding = marked or encoding
    if _ASCII.decode("ascii").encode(encoding, "ignore") == _ASCII:
        if _is_wide(head):
            raise UnreadableSource(
                f"{label}: it seems to be UTF-16 or UTF-32 without a byte order mark; say which as its encoding, "
                "for instance utf-16-le"
            )
        return found, encoding
    return Peekable(codecs.EncodedFile(cast("BinaryIO", found), "utf-8", encoding, "replace")), "utf-8"


def _is_wide(head: bytes) -> bool:
    """Whether NUL is in it as often as in UTF-16, and all at even or all at odd places; or as often as in UTF-32."""
    nuls, even = head.count(0), head[::2].count(0)
    return nuls > 8 and nuls * 50 > len(head) and (even in (0, nuls) or nuls * 3 > len(head))


class Peekable:
    """A stream of which the beginning can be looked at before it is read."""

    def __init__(self, stream: Any) -> None:
        self._stream, self._head = stream, b""

    def peek(self, size: int) -> bytes:
        """Return what comes next, without reading it: so many bytes, or fewer at the end."""
        while len(self._head) < size and (more := self._stream.read(size - len(self._head))):
            self._head += more
        return self._head

    def read(self, size: int = -1) -> bytes:
        """Read as a file does."""
        head, self._head = self._head, b""
        return head + self._stream.read(size) if head else self._stream.read(size)


class _ZstdFrames:
    """The text of one or more zstd frames; unlike the library's own streams it tells when a frame is cut off."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._frame, self._packed = file, self._new_frame(), b""
        self._ready, self._begun = memoryview(b""), False

    def read(self, size: int) -> bytes:
        """Return the next bytes, at most `size`; none at the end."""
        while not self._ready:
            packed = self._packed or self._file.read(_ZSTD_BYTES)
            if not packed:
                if self._begun:
                    raise EOFError("the last frame is cut off")
                return b""
            self._ready, self._begun = memoryview(self._frame.decompress(packed)), True
            self._packed = b""
            if self._frame.eof:
                self._packed, self._begun = self._frame.unused_data, False
                self._frame = self._new_frame()
        data, self._ready = self._ready[:size], self._ready[size:]
        return bytes(data)

    @staticmethod
    def _new_frame() -> zstandard.ZstdDecompressionObj:
        return zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW).decompressobj()


class _Counted(io.RawIOBase):
    """A file that tells how far it has been read."""

    def __init__(self, file: BinaryIO, position: Callable[[int], None]) -> None:
        self._file, self._position = file, position

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._file.seekable()

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        self._position(len(data))
        return len(data)
