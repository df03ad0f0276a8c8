"""The Blog Authorship Corpus (Schler et al. 2006, "Effects of age and gender on blogging") as it really is.

A zip of 19,320 files that look like XML and are none: `&` and `<` stand unescaped, encodings are mixed, even
within a file. What holds is that each post stands between `<post>` and `</post>`, after its `<date>`.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from wordvectors.cleaning.documents import BadDocument, Document, LeftOut

_BEGIN, _END = b"<post>", b"</post>"
_DATED = re.compile(rb"</date>\s*<post>")
_OUTSIDE = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:\s++|<\?xml[^<>]*+>|</?blog\s*+>|<date>[^<]*+</date>|)*+", re.IGNORECASE
)
"""What stands between posts."""
_UNENDED = "a <post> without </post>: "


def posts(data: bytes, source: str, offset: int) -> Iterator[Document | BadDocument | LeftOut]:
    """Yield the posts between two places in a file: in UTF-8, but for the bytes that are Windows-1252."""
    *pieces, rest = data.split(_END)
    for piece in pieces:
        outside, begun, _ = piece.partition(_BEGIN)
        begin = len(outside)
        if not begun or not _OUTSIDE.fullmatch(outside):
            yield BadDocument(source, offset, "text between the posts")
        for dated in _DATED.finditer(piece, begin):
            yield BadDocument(source, offset + begin, f"{_UNENDED}the next begins within it")
            begin = dated.end() - len(_BEGIN)
        text = piece[begin + len(_BEGIN) :]
        if text.strip():
            yield Document(decoded(text), source, offset + begin)
        elif begun:
            yield LeftOut("empty posts")
        offset += len(piece) + len(_END)
    if _BEGIN in rest:
        yield BadDocument(source, offset + rest.find(_BEGIN), f"{_UNENDED}the file ends within it")
    elif not _OUTSIDE.fullmatch(rest):
        yield BadDocument(source, offset, "text behind the last post")


def decoded(data: bytes) -> str:
    """Return a text of mixed encoding: UTF-8, and as Windows-1252 the bytes that are none."""
    return data.decode("utf-8", _WINDOWS_1252)


_WINDOWS_1252 = "wordvectors-windows-1252"


def _as_windows_1252(fault: UnicodeError) -> tuple[str, int]:
    assert isinstance(fault, UnicodeDecodeError)
    return fault.object[fault.start : fault.end].decode("cp1252", "replace"), fault.end


codecs.register_error(_WINDOWS_1252, _as_windows_1252)
