"""A corpus to try things with: the extract of the English Wikipedia that comes with gensim.

Some hundred articles, half a million words, on disk already and cleaned in a second: enough to see the whole
pipeline at work and to find sensible neighbours of frequent words. The text is by Wikipedia's authors,
under CC BY-SA 3.0.
"""

from __future__ import annotations

from pathlib import Path

from wordvectors.cleaning.batch import Counts
from wordvectors.cleaning.job import clean_corpus
from wordvectors.cleaning.origin import write_origin
from wordvectors.cleaning.recipe import CleaningRecipe
from wordvectors.cleaning.sources import raw_files
from wordvectors.gensim_data import gensim_data

EXTRACT = "enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2"


def write_sample_corpus(path: Path) -> Counts:
    """Clean the sample by the default recipe, which is written beside it: the same bytes each time.

    Parameters
    ----------
    path
        Where to write; the file appears when it is complete.

    Raises
    ------
    FileNotFoundError
        If the installed gensim does not bring the extract.
    """
    recipe = CleaningRecipe()
    cleaned = clean_corpus(raw_files([gensim_data(EXTRACT)]), path, recipe)
    write_origin(path, recipe, cleaned)
    return cleaned.counts
