"""The Blog Authorship Corpus (Schler et al. 2006, "Effects of age and gender on blogging") as it really is.

A zip of 19,320 files that look like XML and are none: `&` and `<` stand unescaped, encodings are mixed, even
within a file. What holds is that each post stands between `<post>` and `</post>`, after its `<date>`.
"""

from __future__ import annotations

from collections.abc import Iterator

from wordvectors.corpus.documents import BadDocument, Document

_BEGIN, _END = b"<post>", b"</post>"


def posts(data: bytes, source: str, offset: int) -> Iterator[Document | BadDocument]:
    """Yield the posts between two places in a file; each is UTF-8 if it can be, and Windows-1252 if not."""
    *pieces, rest = data.split(_END)
    for piece in pieces:
        begin = piece.find(_BEGIN)
        text = piece[begin + len(_BEGIN) :] if begin >= 0 else b""
        if text.strip():
            yield Document(decoded(text), source, offset + begin)
        offset += len(piece) + len(_END)
    if _BEGIN in rest:
        reason = "a <post> without </post>: the file ends within it"
        yield BadDocument(source, offset + rest.find(_BEGIN), reason)


def decoded(data: bytes) -> str:
    """Return a text whose encoding is not known: UTF-8, or else Windows-1252, which any bytes can be."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")
