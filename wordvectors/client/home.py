"""The user's own folder: the local cloud's state, and a cache of vectors."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from wordvectors.files import resolved

if TYPE_CHECKING:
    from wordvectors.vectors.word_vectors import WordVectors


def wordvectors_home() -> Path:
    """Return the folder that holds the local cloud's state and the caches: WORDVECTORS_HOME or ~/.wordvectors."""
    return Path(os.environ.get("WORDVECTORS_HOME") or "~/.wordvectors").expanduser()


def cache() -> Path:
    """Return the cache folder; whatever is in it can be made again."""
    return wordvectors_home() / "cache"


def load_folder(folder: Path) -> WordVectors:
    """Load a downloaded model: with its n-grams, if it has some."""
    from wordvectors.vectors.fasttext_bin import has_ngrams

    model = folder / "vectors.bin"
    return load_file(model if model.is_file() and has_ngrams(model) else folder / "vectors.txt")


def load_file(path: Path) -> WordVectors:
    """Load a file of word vectors, from the cache if it has not changed since.

    Raises
    ------
    VectorsFileError
        If the file can't be read; naming the place.
    """
    from wordvectors.vectors.word_vectors import WordVectors  # numpy comes with it

    digest = hashlib.sha256(str(resolved(path)).encode()).hexdigest()[:20]
    return WordVectors.of(path, cache() / "files" / digest)
