"""A corpus to try things with: the extract of the English Wikipedia that comes with gensim.

Some hundred articles, half a million words, on disk already and cleaned in a second: enough to see the whole
pipeline at work and to find sensible neighbours of frequent words. The text is by Wikipedia's authors,
under CC BY-SA 3.0.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from wordvectors.corpus.gensim_data import gensim_data
from wordvectors.files import written_whole

EXTRACT = "enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2"


@dataclass(frozen=True)
class CorpusFacts:
    """What a corpus holds: its sentences (lines), tokens and bytes."""

    sentences: int
    tokens: int
    bytes: int


def write_sample_corpus(path: str | Path) -> CorpusFacts:
    """Clean the sample by the default recipe: the same bytes each time.

    Parameters
    ----------
    path
        Where to write; the file appears when it is complete.

    Raises
    ------
    FileNotFoundError
        If the installed gensim does not bring the extract.
    """
    from wordvectors.corpus.clean import Cleaner
    from wordvectors.corpus.readers import open_documents
    from wordvectors.corpus.recipe import CleaningRecipe

    cleaner = Cleaner(CleaningRecipe())
    facts = CorpusFacts(0, 0, 0)
    with written_whole(Path(path)) as file:
        for article in open_documents(gensim_data(EXTRACT)):
            lines = cleaner.lines(cleaner.words(article.text))
            file.write(lines)
            sentences = lines.count(b"\n")
            facts = CorpusFacts(
                facts.sentences + sentences,
                facts.tokens + sentences + lines.count(b" "),
                facts.bytes + len(lines),
            )
    return facts
