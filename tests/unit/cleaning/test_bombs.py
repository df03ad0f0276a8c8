"""A document takes memory in proportion to its bytes, whatever it is made of. All kinds are in `bench.bombs`."""

from __future__ import annotations

import tracemalloc

import pytest

from wordvectors.cleaning import clean
from wordvectors.cleaning.batch import clean_batch
from wordvectors.cleaning.clean import Cleaner
from wordvectors.cleaning.documents import Reading
from wordvectors.cleaning.readers.formats import MOST_DOCUMENT_BYTES
from wordvectors.cleaning.reading import open_blocks
from wordvectors.cleaning.recipe import CleaningRecipe
from wordvectors.cleaning.sources import raw_files

SIZE = 1 << 18
MOST_PER_BYTE = 50
"""So that the largest document takes 800 MiB."""
TEXT = b'{"text": "'
PAGE = b"<mediawiki><page><ns>0</ns><text>"
KINDS = {
    "a comment without an end": ("a.jsonl", TEXT + b"<!--", b"a ", b'"}\n'),
    "a script without an end": ("a.jsonl", TEXT + b"<script>", b"a ", b'"}\n'),
    "an address": ("a.jsonl", TEXT + b"a@b", b".b", b'"}\n'),
    "tags": ("a.jsonl", TEXT, b"<a>bc", b'"}\n'),
    "character references": ("a.jsonl", TEXT, b"&ab", b'"}\n'),
    "ligatures": ("a.jsonl", TEXT, "\ufdfa".encode(), b'"}\n'),
    "short sentences": ("a.jsonl", TEXT, b"a b c\\n", b'"}\n'),
    "objects in JSON": ("a.jsonl", b'{"a": [', b'{"":{}},', b"0]}\n"),
    "fields": ("a.csv", b"text,b\n", b"ab,", b"\n"),
    "quoted fields": ("a.csv", b"text,b\n", b'"",', b"\n"),
    "a table without an end": ("a.xml", PAGE + b"{|", b"a ", b"</text></page>"),
    "a formula without an end": ("a.xml", PAGE + b"&lt;math>", b"a ", b"</text></page>"),
    "ends of pages": ("a.xml", b"<mediawiki>", b"</page>", b""),
    "beginnings of pages": ("a.xml", b"<mediawiki>", b"<page>", b"</page>"),
    "ends of posts": ("a.xml", b"<Blog>", b"</post>", b""),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_document_takes_memory_in_proportion_to_its_bytes(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(clean, "MOST_CHARACTERS", clean.MOST_CHARACTERS * SIZE // MOST_DOCUMENT_BYTES)
    name, begin, piece, end = KINDS[kind]
    path = tmp_path / name
    path.write_bytes(begin + piece * (SIZE // len(piece)) + end)
    cleaner = Cleaner(CleaningRecipe())
    tracemalloc.start()
    try:
        for block in open_blocks(raw_files([path]), Reading()):
            clean_batch(cleaner, Reading(), [block])
        used = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert used / SIZE < MOST_PER_BYTE
