"""Formats: where a stream of bytes may be cut into blocks, and how a block becomes documents.

Cutting is cheap, and is done by one process; parsing is done by many. A block is some mebibytes and holds
whole documents, so memory does not grow with the input.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from wordvectors.corpus import blogs, wikipedia
from wordvectors.corpus.documents import BadDocument, Document, Reading, UnreadableSource
from wordvectors.corpus.sources import Peekable
from wordvectors.plain_text import plain

BLOCK_BYTES = 1 << 20
MOST_DOCUMENT_BYTES = 64 << 20
"""What is longer is no document."""
TEXT_PIECE_BYTES = 1 << 18
HEAD_BYTES = 4096

Parsed = Iterator[Document | BadDocument]


@dataclass(frozen=True)
class Block:
    """Whole documents of a source: their bytes, at an offset in it.

    Attributes
    ----------
    heading : bytes
        The first record of a CSV file.
    fault : str
        Why these bytes are no document, if they are not.
    """

    source: str
    offset: int
    data: bytes
    format: str
    heading: bytes = b""
    fault: str = ""


@dataclass(frozen=True)
class Format:
    """A format: what ends a document (nothing: the file's end does), and how a block is parsed."""

    delimiter: bytes
    parse: Callable[[Block, Reading], Parsed]
    suffixes: tuple[str, ...] = ()


def cut(stream: Peekable, source: str, name: str) -> Iterator[Block]:
    """Cut a source into blocks; what is no document, being too long, is a block with a fault."""
    delimiter = FORMATS[name].delimiter
    offset, rest, heading, skipping = 0, b"", b"", False
    while chunk := stream.read(BLOCK_BYTES):
        data = rest + chunk
        if name == "csv" and not heading:
            end = _csv_end(data, first=True)
            if end > 0:
                heading = data[:end]
                data, offset = data[end:], offset + end
        end = _end(data, delimiter, name)
        if end > 0:
            if skipping:
                first = data.find(delimiter) + len(delimiter)
                data, offset, end, skipping = data[first:], offset + first, end - first, False
            if end > 0:
                yield Block(source, offset, data[:end], name, heading)
            offset, rest = offset + end, data[end:]
        elif len(data) > MOST_DOCUMENT_BYTES:
            if not skipping:
                fault = (
                    f"a document of more than {MOST_DOCUMENT_BYTES >> 20} MiB; is the format {name!r} right?"
                )
                yield Block(source, offset, b"", name, fault=fault)
            offset, rest, skipping = offset + len(data), b"", True
        else:
            rest = data
    if rest and not skipping:
        yield Block(source, offset, rest, name, heading)


def _end(data: bytes, delimiter: bytes, name: str) -> int:
    """Return where the last whole document of some bytes ends; 0 if there is none."""
    if not delimiter:
        return 0
    if name == "csv":
        return _csv_end(data, first=False)
    end = data.rfind(delimiter) + len(delimiter) if delimiter in data else 0
    if end == 0 and name == "text" and len(data) >= BLOCK_BYTES:
        end = data.rfind(b" ") + 1  # one giant line: it is cut between words
    return end


def _csv_end(data: bytes, *, first: bool) -> int:
    """Return where the first or the last record ends: at a newline with an even number of quotes before it."""
    if first:
        end = data.find(b"\n")
        while end >= 0 and data.count(b'"', 0, end) % 2:
            end = data.find(b"\n", end + 1)
        return end + 1
    end, quotes = len(data), data.count(b'"')
    while (newline := data.rfind(b"\n", 0, end)) >= 0:
        quotes -= data.count(b'"', newline, end)
        if quotes % 2 == 0:
            return newline + 1
        end = newline
    return 0


def parse(block: Block, reading: Reading) -> Parsed:
    """Yield the documents of a block, good and bad."""
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
    if b"<mediawiki" in head:
        return "wikipedia"
    if head.lstrip()[:5].lower() == b"<blog":
        return "blogs"
    for found, known in FORMATS.items():
        if lowered.endswith(known.suffixes):
            return found
    raise UnreadableSource(f"{label}: its name does not tell what it is; say --format {'|'.join(FORMATS)}")


def _lines(block: Block) -> Iterator[tuple[int, bytes]]:
    offset = block.offset
    for line in block.data.split(b"\n"):
        if line.strip():
            yield offset, line
        offset += len(line) + 1


def _not_encoded(fault: UnicodeDecodeError, encoding: str) -> str:
    return f"no {encoding}: 0x{fault.object[fault.start]:02x} at its byte {fault.start}; another --encoding?"


def _parse_lines(block: Block, reading: Reading) -> Parsed:
    """Yield each line as a document."""
    for offset, line in _lines(block):
        try:
            yield Document(line.decode(reading.encoding), block.source, offset)
        except UnicodeDecodeError as fault:
            yield BadDocument(block.source, offset, _not_encoded(fault, reading.encoding))


def _parse_text(block: Block, reading: Reading) -> Parsed:
    """Yield pieces of lines, of at most TEXT_PIECE_BYTES where lines allow; a line that can't be read is left out."""
    start, data = 0, block.data
    while start < len(data):
        end = start + TEXT_PIECE_BYTES
        if end < len(data):
            paragraph = data.rfind(b"\n\n", start, end)
            newline = data.rfind(b"\n", start, end) if paragraph < 0 else paragraph + 1
            newline = data.find(b"\n", end) if newline < 0 else newline
            end = len(data) if newline < 0 else newline + 1
        piece = Block(block.source, block.offset + start, data[start:end], block.format)
        try:
            yield Document(piece.data.decode(reading.encoding), piece.source, piece.offset)
        except UnicodeDecodeError:
            found = list(_parse_lines(piece, reading))
            text = "\n".join(line.text for line in found if isinstance(line, Document))
            yield Document(text, piece.source, piece.offset)
            yield from (bad for bad in found if isinstance(bad, BadDocument))
        start = end


def _parse_jsonl(block: Block, reading: Reading) -> Parsed:
    for offset, line in _lines(block):
        try:
            value = json.loads(line.removeprefix(b"\xef\xbb\xbf").decode(reading.encoding))
        except UnicodeDecodeError as fault:
            yield BadDocument(block.source, offset, _not_encoded(fault, reading.encoding))
            continue
        except (ValueError, RecursionError) as fault:
            yield BadDocument(block.source, offset, f"no JSON: {str(fault)[:100]}")
            continue
        text = value.get(reading.column) if isinstance(value, dict) else None
        if isinstance(text, str):
            yield Document(text, block.source, offset)
        else:
            yield BadDocument(block.source, offset, f"no object with a text under the key {reading.column!r}")


def _parse_csv(block: Block, reading: Reading) -> Parsed:
    """Yield the named column of each record; offsets are the block's, and the record's number is said."""
    csv.field_size_limit(MOST_DOCUMENT_BYTES)
    try:
        heading = block.heading.decode(reading.encoding).removeprefix("\ufeff")
        text = block.data.decode(reading.encoding)
    except UnicodeDecodeError as fault:
        yield BadDocument(block.source, block.offset + fault.start, _not_encoded(fault, reading.encoding))
        return
    separator = max(",;\t", key=heading.count)
    names = next(csv.reader(io.StringIO(heading, newline=""), delimiter=separator), [])
    if reading.column not in names:
        raise UnreadableSource(
            f"{block.source} has no column {reading.column!r}; say --column with one of: {plain(', '.join(names), 200)}"
        )
    place = names.index(reading.column)
    records = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    number = 0
    while True:
        number += 1
        try:
            record = next(records)
        except StopIteration:
            return
        except csv.Error as fault:
            yield BadDocument(block.source, block.offset, f"record {number} after it: {fault}")
            continue
        if len(record) == len(names):
            yield Document(record[place], block.source, block.offset)
        elif record:
            fields = f"record {number} after it has {len(record)} fields, the heading has {len(names)}"
            yield BadDocument(block.source, block.offset, fields)


def _parse_file(block: Block, reading: Reading) -> Parsed:
    try:
        yield Document(block.data.decode(reading.encoding), block.source, block.offset)
    except UnicodeDecodeError as fault:
        yield BadDocument(block.source, block.offset, _not_encoded(fault, reading.encoding))


def _parse_blogs(block: Block, reading: Reading) -> Parsed:
    return blogs.posts(block.data, block.source, block.offset)


def _parse_wikipedia(block: Block, reading: Reading) -> Parsed:
    return wikipedia.articles(block.data, block.source, block.offset)


FORMATS = {
    "text": Format(b"\n", _parse_text, (".txt", ".text", ".md")),
    "lines": Format(b"\n", _parse_lines),
    "jsonl": Format(b"\n", _parse_jsonl, (".jsonl", ".ndjson", ".json")),
    "csv": Format(b"\n", _parse_csv, (".csv", ".tsv")),
    "file": Format(b"", _parse_file, (".html", ".htm")),
    "blogs": Format(b"</post>", _parse_blogs),
    "wikipedia": Format(b"</page>", _parse_wikipedia),
}
