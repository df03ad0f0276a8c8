"""From files of documents to documents, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from wordvectors.cleaning.decoding import HEAD_BYTES, Peekable, decodable
from wordvectors.cleaning.documents import BadDocument, Block, Document, LeftOut, Reading, UnreadableSource
from wordvectors.cleaning.readers.formats import cut, format_of, parse
from wordvectors.cleaning.sources import EMPTY, RawFile, Source, raw_files, unpacked
from wordvectors.cleaning.unpacking import BROKEN
from wordvectors.corpus.check import UTF_16, kind_of_archive

__all__ = ["BadDocument", "Document", "Reading", "UnreadableSource", "open_blocks", "open_documents"]


def open_documents(
    path: str | Path,
    reading: Reading | None = None,
    *,
    on_bad: Callable[[BadDocument], None] | None = None,
) -> Iterator[Document]:
    """Yield the documents of a file, an archive or a folder.

    Parameters
    ----------
    reading
        Format, column and encoding; by default the format is told by the file's name and beginning.
    on_bad
        Called with each document that can't be read. Without it the first one ends the reading.

    Raises
    ------
    UnreadableSource
        If a file can't be read at all or not to its end; without `on_bad`, if a document can't be.
    """
    reading = reading or Reading()
    for block in open_blocks(raw_files([Path(path)]), reading):
        for found in parse(block, reading):
            if isinstance(found, Document):
                yield found
            elif isinstance(found, BadDocument):
                if on_bad is None:
                    raise UnreadableSource(str(found))
                on_bad(found)


def open_blocks(
    files: Iterable[RawFile], reading: Reading, position: Callable[[int], None] = lambda count: None
) -> Iterator[Block]:
    """Yield blocks of whole documents, in the order of the files; `position` hears of the bytes read.

    Raises
    ------
    UnreadableSource
        If a file can't be read at all, or not to its end.
    """
    for file in files:
        for source in unpacked(file, position):
            if isinstance(source, LeftOut):
                yield Block(file.name, 0, b"", "file", left_out=source.what)
            else:
                yield from _blocks(source, reading)
        if not file.is_unchanged():
            raise UnreadableSource(
                f"{file.name}: it was changed while it was read; begin again when it is whole"
            )


def _blocks(source: Source, reading: Reading) -> Iterator[Block]:
    offset = 0
    try:
        given = Peekable(source.stream)
        _refuse_archive(given.peek(HEAD_BYTES), source.label)
        stream, encoding = decodable(given, reading.encoding, source.label)
        head = stream.peek(HEAD_BYTES)
        if not head:
            yield Block(source.label, 0, b"", "file", left_out=EMPTY)
            return
        name = reading.format or format_of(source.name, head, source.label)
        for block in cut(stream, source.label, name, reading, encoding):
            yield block
            offset = block.offset + len(block.data)
    except BROKEN as broken:
        fault = f"can't be read beyond byte {offset:,}: {broken or type(broken).__name__}"
        if not source.member:
            raise UnreadableSource(f"{source.label} {fault}; it is damaged or incomplete") from broken
        yield Block(source.label, offset, b"", "file", fault=fault)


def _refuse_archive(head: bytes, label: str) -> None:
    """Refuse what is packed and not called so: parts of it could pass for words."""
    kind = kind_of_archive(head)
    if kind and kind != UTF_16 and (b"\0" in head or "\ufffd" in head[:-3].decode("utf-8", "replace")):
        raise UnreadableSource(
            f"{label}: its first bytes are those of {kind}, and its name does not say so; unpack it, or rename it"
        )
