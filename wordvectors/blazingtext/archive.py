"""`model.tar.gz`, read once, forwards, in bounded memory: looked into, or its files taken out."""

from __future__ import annotations

import gzip
import posixpath
import shutil
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from wordvectors.blazingtext.eval_json import EVAL_JSON
from wordvectors.files import written_whole
from wordvectors.plain_text import plain
from wordvectors.vectors.files import VectorsFileError

if TYPE_CHECKING:
    from wordvectors.vectors.vectors_txt import Chunk, VectorsTxt

MODEL_ARCHIVE = "model.tar.gz"
VECTORS_TXT, VECTORS_BIN = "vectors.txt", "vectors.bin"
ARTEFACTS = (EVAL_JSON, VECTORS_BIN, VECTORS_TXT)

MAX_EVAL_BYTES = 1024**2
MAX_MEMBERS = 1_000
_MAX_EXTENSION_BYTES = 1024**2
_NAME_CHARACTERS, _NAMES_SHOWN = 100, 20
_ASKED_AT_END = 8
_BYTES_AT_ONCE = 1024**2
_EXTENSIONS = frozenset({
    tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
})  # fmt: skip


class InvalidModelArchive(Exception):
    """The archive is broken, or is not what BlazingText writes."""


@dataclass(frozen=True)
class ModelArchive:
    """What the archive holds.

    Attributes
    ----------
    eval_json : bytes or None
        `eval.json` as BlazingText wrote it; None when evaluation was off.
    vocabulary, vector_dim : int
        From the first line of `vectors.txt`.
    members : tuple of str
        The files' names, as far as they were read.
    """

    eval_json: bytes | None
    vocabulary: int
    vector_dim: int
    members: tuple[str, ...]


def read_model_archive(
    stream: BinaryIO,
    read: Callable[[VectorsTxt], None] | None = None,
    read_bin: Callable[[BinaryIO], None] | None = None,
) -> ModelArchive:
    """Read what the run's summary needs from a gzipped tar.

    Parameters
    ----------
    stream
        Read forwards only, in blocks; memory does not grow with the archive.
    read
        Called with `vectors.txt` to read all of it, which checks it; without this it is checked only.
    read_bin
        Called with `vectors.bin`, which may stand before `vectors.txt` or behind it, or be missing.

    Raises
    ------
    InvalidModelArchive
        When it is cut off or no gzipped tar, holds no `vectors.txt`, its `eval.json` is too large, or, naming
        the line, when `vectors.txt` can't be read; see `VectorsTxt.chunks`.
    """
    eval_json: bytes | None = None
    text: VectorsTxt | None = None
    members: list[str] = []
    with _members(stream) as archive:
        for name, file, size in archive:
            members.append(plain(name, _NAME_CHARACTERS))
            if name == EVAL_JSON:
                eval_json = _content(file, size)
            elif name == VECTORS_TXT:
                text = _vectors_txt(file)
                (read or _check)(text)
            elif name == VECTORS_BIN and read_bin:
                read_bin(file)
    if text is None:
        found = ", ".join(members[:_NAMES_SHOWN]) or "nothing"
        raise InvalidModelArchive(f"the archive holds no {VECTORS_TXT}; it holds {found}")
    return ModelArchive(eval_json, text.words, text.dim, tuple(members))


def extract_model(
    stream: BinaryIO,
    folder: Path,
    names: tuple[str, ...] = ARTEFACTS,
    read_bin: Callable[[BinaryIO], None] | None = None,
) -> list[Path]:
    """Take files out of a model's archive into a folder, each under its own name or not at all.

    Whatever the archive says of paths, links and modes, only plain files with one of `names` are written,
    and only into `folder`. `read_bin` is called with a `vectors.bin` that is not among them.

    Raises
    ------
    InvalidModelArchive
        When the archive is cut off or broken, or holds none of the files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    with _members(stream) as archive:
        for name, file, _ in archive:
            if name not in names:
                if name == VECTORS_BIN and read_bin:
                    read_bin(file)
                continue
            with written_whole(folder / name) as out:
                shutil.copyfileobj(file, out, _BYTES_AT_ONCE)
            written.append(folder / name)
    if not written:
        raise InvalidModelArchive(f"the archive holds none of {', '.join(names)}")
    return written


def read_leading_vectors(stream: BinaryIO, most_words: int, most_bytes: int) -> Chunk:
    """Read the vectors of the most frequent words, and of the archive no more than up to these.

    Parameters
    ----------
    stream
        Read forwards only, in blocks.
    most_words, most_bytes
        As `VectorsTxt.leading` takes them: what is kept in memory.

    Raises
    ------
    InvalidModelArchive
        When the archive is cut off or broken, holds no `vectors.txt`, or one that can't be read; naming the line.
    """
    with _members(stream) as archive:
        for name, file, _ in archive:
            if name == VECTORS_TXT:
                return _vectors_txt(file).leading(most_words, most_bytes)
    raise InvalidModelArchive(f"the archive holds no {VECTORS_TXT}")


@contextmanager
def _members(stream: BinaryIO) -> Iterator[Iterator[tuple[str, BinaryIO, int]]]:
    """Open an archive and yield its plain files: name, content, bytes."""
    try:
        with (
            gzip.GzipFile(fileobj=stream) as unzipped,
            tarfile.open(fileobj=_Ending(unzipped), mode="r|", tarinfo=_BoundedHeader) as archive,  # type: ignore[call-overload]
        ):
            yield _plain_files(archive, unzipped)
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InvalidModelArchive(f"the archive is cut off or broken: {error}") from error
    except VectorsFileError as fault:
        raise InvalidModelArchive(str(fault)) from None


def _plain_files(archive: tarfile.TarFile, unzipped: gzip.GzipFile) -> Iterator[tuple[str, BinaryIO, int]]:
    """Yield name, content and bytes; after the last file the rest is read, at whose end the checksum is looked at."""
    seen: set[str] = set()
    for number, member in enumerate(iter(lambda: _next(archive), None)):
        archive.members.clear()  # type: ignore[attr-defined]  # tarfile keeps what it has seen; nothing looks back
        if number == MAX_MEMBERS:
            raise InvalidModelArchive(f"the archive holds more than {MAX_MEMBERS} entries")
        if member.issparse():
            raise InvalidModelArchive(
                f"{plain(member.name, _NAME_CHARACTERS)} is a sparse file; BlazingText writes none"
            )
        if member.isreg():
            file = archive.extractfile(member)
            assert file is not None, "a regular file has content"
            name = posixpath.normpath(member.name)
            if name in ARTEFACTS and name in seen:
                raise InvalidModelArchive(f"the archive holds {name} twice; which one counts is not known")
            seen.add(name)
            yield name, file, member.size  # type: ignore[misc]
    while unzipped.read(_BYTES_AT_ONCE):
        pass


def _next(archive: tarfile.TarFile) -> tarfile.TarInfo | None:
    try:
        return archive.next()
    except (ValueError, IndexError, OverflowError) as error:  # what tarfile lets through of a damaged header
        raise InvalidModelArchive(f"the archive is broken: {error}") from error


class _Ending:
    """A stream that may be asked for more at its end a few times only.

    To pass over a file, tarfile reads on for as many blocks as its header says, past the end of the stream.
    """

    def __init__(self, stream: gzip.GzipFile) -> None:
        self._stream = stream
        self._asked_at_end = 0

    def read(self, size: int) -> bytes:
        """Return the next bytes.

        Raises
        ------
        EOFError
            When the stream has ended, and this has been said before.
        """
        content = self._stream.read(size)
        if not content:
            self._asked_at_end += 1
            if self._asked_at_end > _ASKED_AT_END:
                raise EOFError("it ends in the middle of a file")
        return content


class _BoundedHeader(tarfile.TarInfo):
    """A header whose extension, which tarfile reads into memory, is of sane size."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _BoundedHeader:
        """Read a header's block.

        Raises
        ------
        tarfile.ReadError
            When it announces an extension larger than any name.
        """
        header = super().frombuf(buf, encoding, errors)
        if header.type in _EXTENSIONS and header.size > _MAX_EXTENSION_BYTES:
            raise tarfile.ReadError(f"a header's extension has {header.size:,} bytes")
        return header


def _content(file: BinaryIO, size: int) -> bytes:
    if size > MAX_EVAL_BYTES:
        raise InvalidModelArchive(f"{EVAL_JSON} has {size:,} bytes; at most {MAX_EVAL_BYTES:,} are expected")
    return file.read()


def _vectors_txt(file: BinaryIO) -> VectorsTxt:
    from wordvectors.vectors.vectors_txt import VectorsTxt  # with numpy, which takes a while

    return VectorsTxt(file, VECTORS_TXT)


def _check(text: VectorsTxt) -> None:
    for _ in text.chunks():
        pass
