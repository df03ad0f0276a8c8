"""`python -m bench.bombs`: what `wordvectors clean` says to small files that unpack or grow to much, and its memory.

Each is cleaned by one process of its own; what is shown is the most memory that it had at a time, and its last words.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import IO

import zstandard
from rich.console import Console
from rich.table import Table

from wordvectors.cleaning.readers.formats import MOST_DOCUMENT_BYTES

MIB = 1 << 20
LARGEST_DOCUMENT = MOST_DOCUMENT_BYTES - MIB
"""Just below what is no document any more."""


def _write(
    open_file: Callable[[Path], IO[bytes]], name: str, piece: bytes, size: int
) -> Callable[[Path], Path]:
    """Return what writes a piece over and over, up to a size before packing."""

    def write(folder: Path) -> Path:
        many = piece * (MIB // len(piece))
        with open_file(folder / name) as file:
            for _ in range(size // len(many)):
                file.write(many)
        return folder / name

    return write


def _content(name: str, *pieces: tuple[bytes, int]) -> Callable[[Path], Path]:
    """Return what writes pieces, each a number of times; little of it in memory, which a child begins with."""

    def write(folder: Path) -> Path:
        with (folder / name).open("wb") as file:
            for piece, times in pieces:
                for _ in range(times // 1000):
                    file.write(piece * 1000)
                file.write(piece * (times % 1000))
        return folder / name

    return write


def _zstd(path: Path) -> IO[bytes]:
    return zstandard.ZstdCompressor().stream_writer(path.open("wb"))


def _long_zstd(path: Path) -> IO[bytes]:
    parameters = zstandard.ZstdCompressionParameters(window_log=31, enable_ldm=True, compression_level=1)
    return zstandard.ZstdCompressor(compression_params=parameters).stream_writer(path.open("wb"))


def _archive_in_archive(folder: Path) -> Path:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", b"word " * (20 * MIB))
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("b.zip", inner.getvalue())
    return folder / "a.zip"


def _overlapping(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", b"word " * (4 * MIB))
        archive.filelist.extend([archive.filelist[0]] * 500)
    return folder / "a.zip"


def _many_entries(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        for number in range(100_000):
            archive.writestr(f"{number}.txt", b"")
    return folder / "a.zip"


def _sparse(folder: Path) -> Path:
    with (folder / "a.txt").open("wb") as file:
        file.truncate(2 << 30)
    return folder / "a.txt"


def _sparse_tar(folder: Path) -> Path:
    _sparse(folder)
    header = tarfile.TarInfo("a.txt")
    header.size = 2 << 30
    (folder / "a.tar").write_bytes(header.tobuf())
    return folder / "a.tar"


def _document(*pieces: str) -> Callable[[Path], Path]:
    """Return what writes a line of JSON whose text ends with a piece over and over."""
    *begin, piece = (piece.encode() for piece in pieces)
    head = b'{"text": "' + b"".join(begin)
    return _content("a.jsonl", (head, 1), (piece, LARGEST_DOCUMENT // len(piece)), (b'"}\n', 1))


def _article(*pieces: bytes) -> Callable[[Path], Path]:
    """Return what writes a dump of one article, which ends with a piece over and over."""
    *begin, piece = pieces
    head, end = b"<mediawiki><page><ns>0</ns><text>" + b"".join(begin), b"</text></page></mediawiki>"
    return _content("a.xml", (head, 1), (piece, LARGEST_DOCUMENT // len(piece)), (end, 1))


KINDS: dict[str, Callable[[Path], Path]] = {
    "zstd, one character": _write(_zstd, "a.jsonl.zst", b"x", 1 << 28),
    "zstd, window of 2 GiB": _write(_long_zstd, "a.txt.zst", b"The cat sat. ", 1 << 30),
    "gzip, words": _write(partial(gzip.open, mode="wb"), "a.txt.gz", b"ab ", 96 * MIB),
    "bzip2, tags": _write(partial(bz2.open, mode="wb"), "a.html.bz2", b"<a", 96 * MIB),
    "xz, quotation marks": _write(partial(lzma.open, mode="wb"), "a.csv.xz", b'"', 96 * MIB),
    "a line without a blank": _content("a.txt", (b"x", 80 * MIB)),
    "a line of words": _content("a.txt", (b"one two three ", 6 * MIB)),
    "lines of a letter": _content("a.txt", (b"a\n", 4 * MIB)),
    "lines that are no JSON": _content("a.jsonl", (b"x\n", 4 * MIB)),
    "a document of words": _document("word "),
    "a document of letters": _document("a "),
    "a document of lines": _document("a\\n"),
    "a document of short sentences": _document("a b c\\n"),
    "a document of one word": _document("x"),
    "a document of one word outside of ASCII": _document("é"),
    "a document of ligatures": _document("\ufdfa"),
    "a document of sentences": _document("Aé. "),
    "a document of addresses": _document("@a "),
    "a document of character references": _document("&ab"),
    "a document of a comment without an end": _document("<!--", "a "),
    "a document of an address": _document("a@b", ".b"),
    "a document of tags": _document("<a>bc"),
    "a document of tags without an end": _document("<a"),
    "a field": _content("a.csv", (b'text\n"', 1), (b"x", 80 * MIB)),
    "a record of fields": _content(
        "a.csv", (b"text,b\na,b\n", 1), (b"ab,", LARGEST_DOCUMENT // 3), (b"\n", 1)
    ),
    "a record of quoted fields": _content(
        "a.csv", (b"text,b\na,b\n", 1), (b'"",', LARGEST_DOCUMENT // 3), (b"\n", 1)
    ),
    "a heading of columns": _content("a.csv", (b"text", 1), (b",ab", LARGEST_DOCUMENT // 3), (b"\na,b\n", 1)),
    "lists in JSON": _content("a.jsonl", (b'{"a": [', 1), (b"[],", LARGEST_DOCUMENT // 3), (b"0]}\n", 1)),
    "objects in JSON": _content(
        "a.jsonl", (b'{"a": [', 1), (b'{"":{}},', LARGEST_DOCUMENT // 8), (b"0]}\n", 1)
    ),
    "lists in lists in JSON": _content("a.jsonl", (b"[", LARGEST_DOCUMENT), (b"\n", 1)),
    "an article of templates in templates": _article(b"{{a|"),
    "an article of a table without an end": _article(b"{|", b"a "),
    "an article of templates": _article(b"{{a}}bc"),
    "an article of links": _article(b"[[ab]]"),
    "ends of pages": _content("a.xml", (b"<mediawiki>", 1), (b"</page>", LARGEST_DOCUMENT // 7)),
    "beginnings of pages": _content(
        "a.xml", (b"<mediawiki>", 1), (b"<page>", LARGEST_DOCUMENT // 6), (b"</page>", 1)
    ),
    "ends of posts": _content("a.xml", (b"<Blog>", 1), (b"</post>", LARGEST_DOCUMENT // 7)),
    "an archive in an archive": _archive_in_archive,
    "overlapping entries": _overlapping,
    "100,000 entries": _many_entries,
    "a sparse file": _sparse,
    "a sparse tar": _sparse_tar,
}


_CLEAN = """
import pathlib, re, sys
from wordvectors.cli import main
try:
    main()
finally:
    print("VmHWM", re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1])
"""


def cleaned(kind: str, folder: Path) -> tuple[int, str, int]:
    """Clean a bomb of a kind; return the exit status, what was said, and the most memory in bytes."""
    path = KINDS[kind](folder)
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            _CLEAN,
            "clean",
            str(path),
            "--workers",
            "1",
            "--to",
            str(folder / "out" / "out.txt"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "WORDVECTORS_HOME": str(folder / "home"), "COLUMNS": "1000"},
    )
    said, _, used = done.stdout.rpartition("VmHWM")
    return done.returncode, said, int(used) << 10


def all_cleaned(kinds: Iterable[str]) -> Iterator[tuple[str, int, str, int]]:
    """Yield of each kind what came of it, as `cleaned` does."""
    for kind in kinds:
        with tempfile.TemporaryDirectory(prefix="wordvectors-bombs-") as folder:
            yield kind, *cleaned(kind, Path(folder))


def main(kinds: list[str]) -> int:
    """Show a table of these kinds, or of all; return the exit status."""
    table = Table("kind", "status", "MiB", "said", box=None)
    for kind, status, said, used in all_cleaned(kinds or KINDS):
        lines = [line.strip() for line in said.splitlines() if line.strip() and "Cleaning" not in line]
        table.add_row(kind, str(status), f"{used >> 20:,}", " ".join(lines)[:150])
        print(kind, status, used >> 20, file=sys.stderr, flush=True)
    Console(width=240).print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
