"""A corpus to try things with: the extract of the English Wikipedia that comes with gensim.

Some hundred articles, half a million words, on disk already and read in seconds: enough to see the whole
pipeline at work and to find sensible neighbours of frequent words. The text is by Wikipedia's authors,
under CC BY-SA 3.0.
"""

from __future__ import annotations

import bz2
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wordvectors.corpus.gensim_data import gensim_data
from wordvectors.files import written_whole

EXTRACT = "enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2"
SHORTEST_SENTENCE = 3
"""Words; shorter pieces are headings, list marks and remains of markup."""

_ARTICLES = "0"
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]*[A-Z0-9])|\n+")
_ABBREVIATED = re.compile(r"(?:\b(?:[A-Z]|Mr|Mrs|Ms|Dr|St|vs|cf|ca|e\.g|i\.e)\.)$")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


@dataclass(frozen=True)
class CorpusFacts:
    """What a corpus holds: its sentences (lines), tokens and bytes."""

    sentences: int
    tokens: int
    bytes: int


def write_sample_corpus(path: str | Path) -> CorpusFacts:
    """Write the sample corpus: UTF-8, a lower-cased sentence a line, the same each time.

    Parameters
    ----------
    path
        Where to write; the file appears when it is complete.

    Raises
    ------
    FileNotFoundError
        If the installed gensim does not bring the extract.
    """
    facts = CorpusFacts(0, 0, 0)
    with written_whole(Path(path)) as file:
        for article in _articles():
            for words in sentences(article):
                line = (" ".join(words) + "\n").encode()
                file.write(line)
                facts = CorpusFacts(facts.sentences + 1, facts.tokens + len(words), facts.bytes + len(line))
    return facts


def sentences(text: str) -> Iterator[list[str]]:
    """Yield the sentences of a text as lower-cased words: letters and digits, apostrophes inside kept.

    Examples
    --------
    >>> list(sentences("Dr. Smith's dog barked. The cat wasn't amused!"))
    [['dr', "smith's", 'dog', 'barked'], ['the', 'cat', "wasn't", 'amused']]
    """
    begun = ""
    for piece in _pieces(text.replace("\u2019", "'")):
        begun += piece
        if _ABBREVIATED.search(piece):
            begun += " "
            continue
        words = _WORD.findall(begun.lower())
        if len(words) >= SHORTEST_SENTENCE:
            yield words
        begun = ""
    words = _WORD.findall(begun.lower())
    if len(words) >= SHORTEST_SENTENCE:
        yield words


def _pieces(text: str) -> Iterator[str]:
    for paragraph in text.splitlines():
        yield from _SENTENCE_END.split(paragraph)


def _articles() -> Iterator[str]:
    """Yield the articles' texts without their markup; redirects left out."""
    from gensim.corpora.wikicorpus import extract_pages, filter_wiki

    with bz2.open(gensim_data(EXTRACT)) as dump:
        for _, text, _ in extract_pages(dump, filter_namespaces=(_ARTICLES,)):
            if text and not text.lstrip().upper().startswith("#REDIRECT"):
                yield filter_wiki(text)
