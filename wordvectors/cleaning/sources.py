"""Files to read, one after the other: those of a folder, and those inside of archives, unpacked on the way."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from wordvectors.cleaning.decoding import Readable
from wordvectors.cleaning.documents import LeftOut, UnreadableSource
from wordvectors.cleaning.unpacking import PACKINGS, Bounded, unpack

_READ_BYTES = 1 << 20
HIDDEN, EMPTY = "hidden files and folders", "empty files"


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
    hidden : bool
        Whether it is no document, but to be counted; it is not opened.
    """

    name: str
    bytes: int
    version: str
    open: Callable[[], BinaryIO]
    is_unchanged: Callable[[], bool] = _always
    hidden: bool = False


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
    stream: Readable
    member: bool = False


def raw_files(paths: Iterable[Path]) -> list[RawFile]:
    """Return the files that the paths name, those of folders in the order of their names.

    Raises
    ------
    UnreadableSource
        If a path names nothing that can be read, a device or a pipe, a folder without files, or one that holds what
        can't be listed or followed.
    """
    found: list[RawFile] = []
    for path in paths:
        try:
            mode = path.stat().st_mode
        except FileNotFoundError:
            raise UnreadableSource(f"{path}: no such file or folder") from None
        except OSError as refused:
            raise UnreadableSource(f"{path}: {refused.strerror}") from refused
        if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
            raise UnreadableSource(f"{path}: it is a device or a pipe, not a file")
        found += _inside(path) if stat.S_ISDIR(mode) else [_local(path)]
    return found


def _inside(folder: Path) -> list[RawFile]:
    places: list[Path] = []
    hidden: list[Path] = []
    unlistable: list[str] = []
    for root, folders, names in os.walk(
        folder, onerror=lambda fault: unlistable.append(f"{fault.filename}: {fault.strerror}")
    ):
        for name in (*folders, *names):
            (hidden if name.startswith(".") else places).append(Path(root, name))
        folders[:] = [name for name in folders if not name.startswith(".")]
    if unlistable:
        raise UnreadableSource(
            f"{'; '.join(sorted(unlistable))}: nothing in it can be read; allow it, or move it"
        )
    files = sorted(place for place in places if place.is_file())
    astray = sorted(
        {*places} - {*files} - {place for place in places if place.is_dir() and not place.is_symlink()}
    )
    if astray:
        raise UnreadableSource(
            f"{folder}: links to folders or to nothing, pipes and devices are not read; name what they point to, or "
            f"take them away: {', '.join(map(str, astray))}"
        )
    if not files:
        raise UnreadableSource(f"{folder}: the folder holds no file")
    return [*map(_local, files), *(RawFile(str(place), 0, "", _closed, hidden=True) for place in hidden)]


def _closed() -> BinaryIO:
    raise AssertionError("a hidden file is not opened")


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
    try:
        stream = file.open()
    except OSError as refused:
        raise UnreadableSource(f"{file.name}: {refused.strerror or refused}") from refused
    try:
        yield stream
    finally:
        stream.close()


def unpacked(file: RawFile, position: Callable[[int], None] = lambda at: None) -> Iterator[Source | LeftOut]:
    """Yield the texts in a file: itself, or what it unpacks to, or the files of a zip archive.

    Parameters
    ----------
    position
        Told from time to time how many of the file's own bytes have been read.
    """
    if file.hidden:
        yield LeftOut(HIDDEN)
        return
    with _opened(file) as raw:
        counted = io.BufferedReader(_Counted(raw, position), _READ_BYTES)
        if file.name.lower().endswith(".zip"):
            yield from _members(file, counted)
        else:
            yield _source(file.name, file.name, counted, file.bytes)


def _source(name: str, label: str, stream: Readable, size: int, *, member: bool = False) -> Source:
    suffix = Path(name).suffix.lower()
    if suffix not in PACKINGS:
        return Source(name, label, stream, member)
    return Source(name[: -len(suffix)], label, unpack(suffix, stream, size), member)


def _members(file: RawFile, stream: IO[bytes]) -> Iterator[Source | LeftOut]:
    try:
        archive = zipfile.ZipFile(stream)
    except zipfile.BadZipFile as broken:
        raise UnreadableSource(
            f"{file.name}: {broken}; the archive is damaged, or no zip archive"
        ) from broken
    with archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        packed = sum(member.compress_size for member in members)
        if packed > file.bytes:
            raise UnreadableSource(
                f"{file.name}: its entries have {packed:,} bytes and the archive {file.bytes:,}: they overlap, which "
                "no honest archive's do"
            )
        for member in members:
            name, label = member.filename, f"{file.name}/{member.filename}"
            if any(part.startswith(".") or part == "__MACOSX" for part in name.split("/")):
                yield LeftOut(HIDDEN)
                continue
            try:
                opened = archive.open(member)
            except (RuntimeError, NotImplementedError, zipfile.BadZipFile) as refused:
                raise UnreadableSource(f"{label}: {refused}") from refused
            with opened:
                size = member.compress_size
                yield _source(name, label, Bounded(opened, size), size, member=True)


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
