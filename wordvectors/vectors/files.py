"""What the readers and writers of vector files share."""

from __future__ import annotations

import re

END_OF_SENTENCE = "</s>"
"""fastText's mark for the end of a sentence. Its dictionary counts one per line, so that it may stand
among the words of a file; it is no word, and no one looks for its neighbours."""

HEADER_BYTES = 100
"""A word2vec file's first line is shorter."""
_HEADER = re.compile(rb"([0-9]{1,18}) ([0-9]{1,18})[ \r\n]*")

_NO_WORD = frozenset(" \n\0")


class VectorsFileError(ValueError):
    """A vector file that can't be read; the message names the file, the place and what is wrong there."""


def unusable(word: str) -> bool:
    """Tell whether a binary's word can be none: nothing, or with a blank, a newline or a zero."""
    return not word or not _NO_WORD.isdisjoint(word)


def parse_header(line: bytes) -> tuple[int, int] | None:
    """Return the numbers of words and of dimensions from a word2vec file's first line; None if it has none.

    Examples
    --------
    >>> parse_header(b"71291 100\\n"), parse_header(b"7_1 100\\n"), parse_header(b"0 100\\n")
    ((71291, 100), None, None)
    """
    found = _HEADER.fullmatch(line)
    if found is None or not (int(found[1]) and int(found[2])):
        return None
    return int(found[1]), int(found[2])
