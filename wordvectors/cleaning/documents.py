"""What readers hand out: blocks, documents, and those that can't be read; and how they are told to read."""

from __future__ import annotations

import codecs
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


@dataclass(frozen=True)
class LeftOut:
    """What is there and is no document, such as a redirect: it is counted by what it is, in the plural."""

    what: str


@dataclass(frozen=True)
class Encoding:
    """What a text is encoded in.

    Attributes
    ----------
    recoded : bool
        Whether its bytes were made UTF-8 on the way, since they have no ASCII to be cut at.
    """

    name: str = "utf-8"
    recoded: bool = False

    @property
    def codec(self) -> str:
        """What the bytes are to be decoded by."""
        return "utf-8" if self.recoded else self.name

    def fault(self, fault: UnicodeDecodeError) -> str:
        """Say what can't be decoded."""
        place = "" if self.recoded else f": 0x{fault.object[fault.start]:02x} at its byte {fault.start}"
        return f"no {self.name}{place}; another --encoding?"


@dataclass(frozen=True)
class Block:
    """Whole documents of a source: their bytes, at an offset in it.

    Attributes
    ----------
    encoding : Encoding
    heading : bytes
        The first record of a CSV file.
    fault : str
        Why these bytes are no document, if they are not.
    left_out : str
        What is left out in their place, if anything is.
    """

    source: str
    offset: int
    data: bytes
    format: str
    encoding: Encoding = Encoding()
    heading: bytes = b""
    fault: str = ""
    left_out: str = ""


class UnreadableSource(ValueError):
    """A file that can't be read at all, or not to its end; the message names it and says what to do."""


def check_encoding(name: str) -> None:
    """Make sure that a name is that of an encoding of text.

    Raises
    ------
    ValueError
        If it is not, with a sentence.
    """
    try:
        known = codecs.lookup(name).name
        "".encode(name)
    except (LookupError, UnicodeError, ValueError):
        raise ValueError("Python knows no encoding of text by this name; for instance cp1252") from None
    if known in _NO_ENCODINGS_OF_FILES:
        raise ValueError("this is no encoding of files of text; for instance cp1252 is one")


_NO_ENCODINGS_OF_FILES = ("idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape")


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
        Of text without a byte order mark.
    joined : bool
        Whether only an empty line ends a sentence (`line_breaks` of the recipe is `join`): text is then cut
        nowhere else.
    """

    format: str | None = None
    column: str = "text"
    encoding: str = "utf-8"
    joined: bool = False
