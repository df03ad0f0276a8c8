"""The Blog Authorship Corpus (Schler et al. 2006, "Effects of age and gender on blogging") as it really is.

A zip of 19,320 files that look like XML and are none: `&` and `<` stand unescaped, encodings are mixed, even
within a file. What holds is that each post stands between `<post>` and `</post>`, after its `<date>`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wordvectors.corpus.documents import BadDocument, Document

_POST = re.compile(rb"<post>(.*?)</post>", re.DOTALL | re.IGNORECASE)
_OPENING = re.compile(rb"<post>", re.IGNORECASE)


def posts(data: bytes, source: str, offset: int) -> Iterator[Document | BadDocument]:
    """Yield the posts between two places in a file; each is UTF-8 if it can be, and Windows-1252 if not."""
    end = 0
    for found in _POST.finditer(data):
        end = found.end()
        if found[1].strip():
            yield Document(decoded(found[1]), source, offset + found.start())
    opening = _OPENING.search(data, end)
    if opening:
        yield BadDocument(
            source, offset + opening.start(), "a <post> without </post>: the file ends within it"
        )


def decoded(data: bytes) -> str:
    """Return a text whose encoding is not known: UTF-8, or else Windows-1252, which any bytes can be."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")
