"""CSV and TSV: records, whose quoted fields may hold newlines, cut and read as Python's csv module reads them.

A quotation mark opens a field only at its beginning; elsewhere it is a character like others. Not pandas: a large
file is cut into pieces that are read side by side, and a cut must not fall within a quoted field.
"""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Iterator

from wordvectors.cleaning.decoding import Peekable
from wordvectors.cleaning.documents import BadDocument, Block, Document, Encoding, Reading, UnreadableSource
from wordvectors.plain_text import plain

_BLANK_LINES, _LINE_END = re.compile(rb"[\r\n]*"), re.compile(rb"\r\n?|\n")
_SEPARATORS = (b",", b";", b"\t")
_FIELDS_HELD = 10_000
"""Quoted fields that are held in memory at a time."""


def cut(
    stream: Peekable, source: str, encoding: Encoding, block_bytes: int, most_bytes: int
) -> Iterator[Block]:
    """Cut a source into blocks of whole records, each with the heading.

    A line with a field that is opened and not closed, to the end or for `most_bytes`, is a block with a fault;
    what follows that line is read.

    Raises
    ------
    UnreadableSource
        If the first `most_bytes` have no heading.
    """
    data, offset, heading, ended, skipping = b"", 0, b"", False, False
    while not ended:
        # As much again as there is: so a record without an end is looked at a few times, and not at each block.
        chunk = stream.read(max(block_bytes, min(len(data), most_bytes - len(data))))
        ended = not chunk
        data += chunk
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
    heading = block.heading.decode(block.encoding.codec, "replace").removeprefix("\ufeff")
    between = separator(block.heading).decode()
    names = [
        name.strip() for name in next(csv.reader(io.StringIO(heading, newline=""), delimiter=between), [])
    ]
    if names.count(reading.column) > 1:
        raise UnreadableSource(f"{block.source} has {names.count(reading.column)} columns {reading.column!r}")
    if reading.column not in names:
        raise UnreadableSource(
            f"{block.source} has no column {reading.column!r}; say --column with one of: {plain(', '.join(names), 200)}"
        )
    place = names.index(reading.column)
    try:
        text, damaged = block.data.decode(block.encoding.codec), False
    except UnicodeDecodeError:
        text, damaged = block.data.decode(block.encoding.codec, "replace"), True
    for number, record in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=between), 1):
        if len(record) != len(names):
            if record:
                fault = f"record {number} after it has {len(record)} fields, the heading has {len(names)}"
                yield BadDocument(block.source, block.offset, fault)
        elif damaged and "\ufffd" in record[place]:
            fault = f"record {number} after it is no {block.encoding.name}; another --encoding?"
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
        if end := _LINE_END.search(data, at, field.start()):
            return begin, end.end()
        at = field.end()
    end = _LINE_END.search(data, at)
    return begin, end.end() if end else 0


def _whole(data: bytes, fields: re.Pattern[bytes]) -> tuple[int, int]:
    """Return where the last whole record ends, and where a quoted field begins that has no end: -1 if none does."""
    found = deque(fields.finditer(data) if b'"' in data else (), _FIELDS_HELD)
    end, opened = len(data), -1
    if found and not found[-1][1]:
        opened = found[-1].start()
    for field in reversed(found):
        if line_end := _last_line_end(data, field.end(), end):
            return line_end, opened
        end = field.start()
    line_end = at = 0
    for field in fields.finditer(
        data, 0, end
    ):  # there are more only if so many have no line's end behind them
        line_end = _last_line_end(data, at, field.start()) or line_end
        at = field.end()
    return _last_line_end(data, at, end) or line_end, opened


def _last_line_end(data: bytes, start: int, end: int) -> int:
    """Return where the last line between two places ends, 0 if none does."""
    return max(data.rfind(b"\n", start, end), data.rfind(b"\r", start, end)) + 1


def _behind_line(data: bytes, offset: int, start: int) -> tuple[bytes, int, bool]:
    """Return the data behind the line that `start` is in, its offset, and whether the line's end is yet to come."""
    found = _LINE_END.search(data, start)
    end = found.end() if found else len(data)
    return data[end:], offset + end, found is None
