"""What a reader hands out: documents, and those that can't be read; and how it is told to read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Document:
    """A document's text, and where it lies: its file, and its first byte in it (of a packed file, unpacked)."""

    text: str
    source: str
    offset: int


@dataclass(frozen=True)
class BadDocument:
    """A document that can't be read: where it lies, and why."""

    source: str
    offset: int
    reason: str

    def __str__(self) -> str:
        return f"{self.source}, byte {self.offset:,}: {self.reason}"


class UnreadableSource(ValueError):
    """A file that can't be read at all, or not to its end; the message names it and says what to do."""


@dataclass(frozen=True)
class Reading:
    """How to read.

    Attributes
    ----------
    format : str or None
        A name in `formats.FORMATS`; None: told by the file's name and beginning.
    column : str
        The key (JSON Lines) or heading (CSV) of the text.
    encoding : str
        Of text that is not marked as UTF-16.
    """

    format: str | None = None
    column: str = "text"
    encoding: str = "utf-8"
