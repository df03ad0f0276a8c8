"""Formats: where a stream of bytes may be cut into blocks, and how a block becomes documents.

Cutting is cheap, and is done by one process; parsing is done by many. A block is some mebibytes and holds
whole documents, so memory does not grow with the input.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from wordvectors.cleaning.decoding import Peekable
from wordvectors.cleaning.documents import (
    BadDocument,
    Block,
    Document,
    Encoding,
    LeftOut,
    Reading,
    UnreadableSource,
)
from wordvectors.cleaning.readers import blogs, csv_records, wikipedia
from wordvectors.json_text import parse_json

BLOCK_BYTES = 1 << 20
MOST_DOCUMENT_BYTES = 16 << 20
"""What is longer is no document."""
TEXT_PIECE_BYTES = 1 << 18
_LINE_END = re.compile(rb"\n|\r\n|\r(?=[^\n])")
_PARAGRAPH_END = re.compile(rb"(?:\n|\r\n?+)[ \t]*+(?:\n|\r\n|\r(?=[^\n]))")
"""Whatever ends the lines; a return at the end of what was read may be half of an end."""
_LOOK_BACK = 1 << 16
_ARCHIVES = (".zip", ".tar", ".tgz", ".7z", ".rar")
_BLOG = re.compile(rb"(?:<\?xml[^<>]*+>\s*+)?<blog\s*+>", re.IGNORECASE)
_DUMP = re.compile(rb"(?:<\?xml[^<>]*+>\s*+)?<mediawiki\b")

_OVER_LINES = "an object has to be in one line, and nothing around it: `jq -c '.[]'` writes an array so"

Parsed = Iterator[Document | BadDocument | LeftOut]


@dataclass(frozen=True)
class Format:
    """A format: what ends a document (nothing: the file's end does), and how a block is parsed."""

    ends: re.Pattern[bytes] | bytes
    parse: Callable[[Block, Reading], Parsed]
    suffixes: tuple[str, ...] = ()


def cut(stream: Peekable, source: str, name: str, reading: Reading, encoding: Encoding) -> Iterator[Block]:
    """Cut a source into blocks; what is no document, being too long, is a block with a fault."""
    if name == "csv":
        yield from csv_records.cut(stream, source, encoding, BLOCK_BYTES, MOST_DOCUMENT_BYTES)
        return
    ends = _ends(name, reading)
    offset, rest, skipping = 0, b"", False
    while chunk := stream.read(BLOCK_BYTES):
        data, known = rest + chunk, max(len(rest) - _LOOK_BACK, 0)
        end = _last_end(ends, data, known, len(data))
        if end == 0 and name == "text" and not reading.joined and len(data) >= 2 * BLOCK_BYTES:
            end = data.rfind(b" ") + 1  # one giant line: it is cut between words
        if end > 0:
            if skipping:
                first = _first_end(ends, data, 0)
                data, offset, end, skipping = data[first:], offset + first, end - first, False
            if end > 0:
                yield Block(source, offset, data[:end], name, encoding)
            offset, rest = offset + end, data[end:]
        elif len(data) > MOST_DOCUMENT_BYTES:
            if not skipping:
                what = "paragraph" if name == "text" else "document"
                fault = (
                    f"a {what} of more than {MOST_DOCUMENT_BYTES >> 20} MiB; is the format {name!r} right?"
                )
                yield Block(source, offset, b"", name, fault=fault)
            offset, rest, skipping = offset + len(data), b"", True
        else:
            rest = data
    if rest and not skipping:
        yield Block(source, offset, rest, name, encoding)


def _ends(name: str, reading: Reading) -> re.Pattern[bytes] | bytes:
    return _PARAGRAPH_END if name == "text" and reading.joined else FORMATS[name].ends


def _last_end(ends: re.Pattern[bytes] | bytes, data: bytes, start: int, limit: int) -> int:
    """Return where the last whole document between two places ends; 0 if none does."""
    if ends is _LINE_END and b"\r" not in data:
        ends = b"\n"
    if isinstance(ends, bytes):
        found = data.rfind(ends, start, limit) if ends else -1
        return found + len(ends) if found >= 0 else 0
    for first in (max(start, limit - _LOOK_BACK), start):
        end = max((found.end() for found in ends.finditer(data, first, limit)), default=0)
        if end:
            return end
    return 0


def _first_end(ends: re.Pattern[bytes] | bytes, data: bytes, start: int) -> int:
    """Return where the first document after a place ends; 0 if none does."""
    if isinstance(ends, bytes):
        at = data.find(ends, start)
        return at + len(ends) if at >= 0 else 0
    found = ends.search(data, start)
    return found.end() if found else 0


def parse(block: Block, reading: Reading) -> Parsed:
    """Yield the documents of a block, good and bad, and what is left out."""
    if block.left_out:
        return iter([LeftOut(block.left_out)])
    if block.fault:
        return iter([BadDocument(block.source, block.offset, block.fault)])
    return FORMATS[block.format].parse(block, reading)


def format_of(name: str, head: bytes, label: str) -> str:
    """Tell a format by a file's name and beginning.

    Raises
    ------
    UnreadableSource
        If it can't be told.
    """
    lowered = name.lower()
    beginning = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if _DUMP.match(beginning):
        return "wikipedia"
    if _BLOG.match(beginning):
        return "blogs"
    for found, known in FORMATS.items():
        if lowered.endswith(known.suffixes):
            return found
    if lowered.endswith(_ARCHIVES):
        raise UnreadableSource(
            f"{label}: only zip archives are unpacked, and none inside of another; unpack it first"
        )
    raise UnreadableSource(f"{label}: its name does not tell what it is; say --format {'|'.join(FORMATS)}")


def _lines(block: Block) -> Iterator[tuple[int, bytes]]:
    start, ends = 0, _LINE_END if b"\r" in block.data else b"\n"  # which is found several times as fast
    while start < len(block.data):
        end = _first_end(ends, block.data, start) or len(block.data)
        if (line := block.data[start:end]).strip():
            yield block.offset + start, line.rstrip(b"\r\n")
        start = end


def _parse_lines(block: Block, reading: Reading) -> Parsed:
    """Yield each line as a document."""
    for offset, line in _lines(block):
        try:
            yield Document(line.decode(block.encoding.codec), block.source, offset)
        except UnicodeDecodeError as fault:
            yield BadDocument(block.source, offset, block.encoding.fault(fault))


def _parse_text(block: Block, reading: Reading) -> Parsed:
    """Yield pieces of lines, of at most TEXT_PIECE_BYTES where lines allow; a line that can't be read is left out."""
    start, data, ends = 0, block.data, _ends("text", reading)
    while start < len(data):
        limit = start + TEXT_PIECE_BYTES
        end = len(data)
        if limit < end:
            end = _last_end(ends, data, start, limit) or _first_end(ends, data, limit - 1) or end
        piece = Block(block.source, block.offset + start, data[start:end], block.format, block.encoding)
        try:
            yield Document(piece.data.decode(block.encoding.codec), piece.source, piece.offset)
        except UnicodeDecodeError:
            found = list(_parse_lines(piece, reading))
            text = "\n".join(line.text for line in found if isinstance(line, Document))
            yield Document(text, piece.source, piece.offset)
            yield from (bad for bad in found if isinstance(bad, BadDocument))
        start = end


def _parse_jsonl(block: Block, reading: Reading) -> Parsed:
    for offset, line in _lines(block):
        try:
            value = parse_json(line.removeprefix(codecs.BOM_UTF8).decode(block.encoding.codec))
        except UnicodeDecodeError as fault:
            yield BadDocument(block.source, offset, block.encoding.fault(fault))
            continue
        except ValueError as fault:
            why = _OVER_LINES if line.strip() in (b"[", b"{", b"[{") else f"no JSON: {str(fault)[:100]}"
            yield BadDocument(block.source, offset, why)
            continue
        text = value.get(reading.column) if isinstance(value, dict) else None
        if isinstance(text, str):
            yield Document(text, block.source, offset)
        else:
            array = f"; {_OVER_LINES}" if isinstance(value, list) else ""
            why = f"no object with a text under the key {reading.column!r}{array}"
            yield BadDocument(block.source, offset, why)


def _parse_file(block: Block, reading: Reading) -> Parsed:
    try:
        yield Document(block.data.decode(block.encoding.codec), block.source, block.offset)
    except UnicodeDecodeError as fault:
        yield BadDocument(block.source, block.offset, block.encoding.fault(fault))


def _parse_blogs(block: Block, reading: Reading) -> Parsed:
    return blogs.posts(block.data, block.source, block.offset)


def _parse_wikipedia(block: Block, reading: Reading) -> Parsed:
    return wikipedia.articles(block.data, block.source, block.offset)


FORMATS = {
    "text": Format(_LINE_END, _parse_text, (".txt", ".text", ".md")),
    "lines": Format(_LINE_END, _parse_lines),
    "jsonl": Format(_LINE_END, _parse_jsonl, (".jsonl", ".ndjson", ".json")),
    "csv": Format(b"\n", csv_records.documents, (".csv", ".tsv")),
    "file": Format(b"", _parse_file, (".html", ".htm")),
    "blogs": Format(b"</post>", _parse_blogs),
    "wikipedia": Format(b"</page>", _parse_wikipedia),
}
