"""CSV and TSV: records, whose quoted fields may hold newlines, cut and read as Python's csv module reads them.

A quotation mark opens a field only at its beginning; elsewhere it is a character like others. Not pandas: a large
file is cut into pieces that are read side by side, and a cut must not fall within a quoted field.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from wordvectors.cleaning.documents import BadDocument, Block, Document, Reading, UnreadableSource
from wordvectors.cleaning.sources import Peekable
from wordvectors.plain_text import plain

_BLANK_LINES = re.compile(rb"[\r\n]*")
_SEPARATORS = (b",", b";", b"\t")


def cut(stream: Peekable, source: str, encoding: str, block_bytes: int, most_bytes: int) -> Iterator[Block]:
    """Cut a source into blocks of whole records, each with the heading.

    A line with a field that is opened and not closed, to the end or for `most_bytes`, is a block with a fault;
    what follows that line is read.

    Raises
    ------
    UnreadableSource
        If the first `most_bytes` have no heading.
    """
    data, offset, heading, ended, skipping, returns = b"", 0, b"", False, False, False
    while not ended:
        chunk = stream.read(block_bytes)
        ended, first = not chunk, not (heading or data)
        returns = returns or (first and b"\r" in chunk and b"\n" not in chunk)
        data += chunk.replace(b"\r", b"\n") if returns else chunk
        if not heading:
            begin, end = _heading(data)
            end = end or (len(data) if ended else 0)
            if end == 0 and len(data) > most_bytes:
                raise UnreadableSource(
                    f"{source} has no line in its first {most_bytes >> 20} MiB; is it CSV?"
                )
            heading, data, offset = data[begin:end], data[end:], offset + end
            if not heading:
                continue
            fields = _quoted(separator(heading))
        while True:
            if skipping:
                data, offset, skipping = _behind_line(data, offset, 0)
            end, opened = _whole(data, fields)
            if ended and opened < 0:
                end = len(data)
            if end > 0:
                yield Block(source, offset, data[:end], "csv", encoding, heading)
                data, offset, opened = data[end:], offset + end, opened - end
            if not data or not (ended or len(data) > most_bytes):
                break
            fault = f"a record of more than {most_bytes >> 20} MiB"
            if opened >= 0:
                fault = f"the quotation mark at byte {offset + opened:,} opens a field that nothing closes"
            yield Block(source, offset, b"", "csv", fault=fault)
            data, offset, skipping = _behind_line(data, offset, max(opened, 0))


def separator(heading: bytes) -> bytes:
    """Return what separates the fields: the commonest of comma, semicolon and tabulator."""
    return max(_SEPARATORS, key=heading.count)


def documents(block: Block, reading: Reading) -> Iterator[Document | BadDocument]:
    """Yield the named column of each record; offsets are the block's, and the record's number is said.

    Raises
    ------
    UnreadableSource
        If there is no such column.
    """
    csv.field_size_limit(1 << 30)
    heading = block.heading.decode(block.encoding, "replace").removeprefix("\ufeff")
    between = separator(block.heading).decode()
    names = [
        name.strip() for name in next(csv.reader(io.StringIO(heading, newline=""), delimiter=between), [])
    ]
    if reading.column not in names:
        raise UnreadableSource(
            f"{block.source} has no column {reading.column!r}; say --column with one of: {plain(', '.join(names), 200)}"
        )
    place = names.index(reading.column)
    try:
        text, damaged = block.data.decode(block.encoding), False
    except UnicodeDecodeError:
        text, damaged = block.data.decode(block.encoding, "replace"), True
    for number, record in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=between), 1):
        if len(record) != len(names):
            if record:
                fault = f"record {number} after it has {len(record)} fields, the heading has {len(names)}"
                yield BadDocument(block.source, block.offset, fault)
        elif damaged and "\ufffd" in record[place]:
            fault = f"record {number} after it is no {block.encoding}; another --encoding?"
            yield BadDocument(block.source, block.offset, fault)
        else:
            yield Document(record[place], block.source, block.offset)


def _quoted(separators: bytes) -> re.Pattern[bytes]:
    """Return a pattern of quoted fields: its group is the closing mark, or nothing."""
    return re.compile(rb'"(?<![^\r\n' + re.escape(separators) + rb']")[^"]*+(?:""[^"]*+)*+("?)')


_HEADING_FIELDS = _quoted(b"".join(_SEPARATORS))


def _heading(data: bytes) -> tuple[int, int]:
    """Return where the first record that is not blank begins, and where it ends; 0 if it has no end yet."""
    blank = _BLANK_LINES.match(data)
    begin = at = blank.end() if blank else 0
    for field in _HEADING_FIELDS.finditer(data, begin):
        newline = data.find(b"\n", at, field.start())
        if newline >= 0:
            return begin, newline + 1
        at = field.end()
    return begin, data.find(b"\n", at) + 1


def _whole(data: bytes, fields: re.Pattern[bytes]) -> tuple[int, int]:
    """Return where the last whole record ends, and where a quoted field begins that has no end: -1 if none does."""
    found = list(fields.finditer(data)) if b'"' in data else []
    end, opened = len(data), -1
    if found and not found[-1][1]:
        opened = found[-1].start()
    for field in reversed(found):
        newline = data.rfind(b"\n", field.end(), end)
        if newline >= 0:
            return newline + 1, opened
        end = field.start()
    return data.rfind(b"\n", 0, end) + 1, opened


def _behind_line(data: bytes, offset: int, start: int) -> tuple[bytes, int, bool]:
    """Return the data behind the line that `start` is in, its offset, and whether the line's end is yet to come."""
    newline = data.find(b"\n", start)
    end = newline + 1 if newline >= 0 else len(data)
    return data[end:], offset + end, newline < 0
