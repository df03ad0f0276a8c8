"""Models in files of this machine: read once, and from then on opened where they were kept."""

from __future__ import annotations

import hashlib
from pathlib import Path

from wordvectors.client.cache import MODELS_OF_FILES, make_room, mark_used
from wordvectors.client.home import cache
from wordvectors.files import resolved
from wordvectors.vectors.fasttext_bin import has_ngrams
from wordvectors.vectors.files import VectorsFileError
from wordvectors.vectors.tensors import LENGTH_BYTES, header_bytes
from wordvectors.vectors.word_vectors import WordVectors


def load_folder(folder: Path) -> WordVectors:
    """Load a downloaded model: with its n-grams, if it has some.

    Raises
    ------
    VectorsFileError
        If the folder holds none, or its file can't be read.
    """
    model, text = folder / "vectors.bin", folder / "vectors.txt"
    if model.is_file() and has_ngrams(model):
        return load_file(model)
    if not text.is_file():
        raise VectorsFileError(
            f"{folder} is a folder without {text.name}; name a file of word vectors, or a folder that "
            "`wordvectors download` made"
        )
    return load_file(text)


def load_file(path: Path) -> WordVectors:
    """Load a file of word vectors, from the cache if it has not changed since.

    Raises
    ------
    VectorsFileError
        If the file can't be read; naming the place.
    """
    with path.open("rb") as file:
        is_model_file = header_bytes(file.read(LENGTH_BYTES + 1)) is not None
    if is_model_file:
        return WordVectors.open(path)
    digest = hashlib.sha256(str(resolved(path)).encode()).hexdigest()[:20]
    place = cache() / MODELS_OF_FILES / digest
    vectors = WordVectors.of(path, place)
    mark_used(place)
    make_room(place)
    return vectors
