"""How large a training volume BlazingText needs."""

from __future__ import annotations

from wordvectors.blazingtext.hyperparameters import Hyperparameters

GIB = 1024**3
_SCRATCH_BYTES = 1 * GIB
_BYTES_PER_TEXT_VALUE = 10
"""A value in vectors.txt takes 9 to 10 bytes; in vectors.bin two float32 matrices take 8."""
_BYTES_PER_RARE_OCCURRENCE = 12
"""A word and its space take some six bytes, and at least half of a text is words that are not rare."""
_LARGEST_VOCABULARY = 3_000_000


def volume_bytes_needed(corpus_bytes: int, hyperparameters: Hyperparameters) -> int:
    """Estimate the bytes a training volume must hold: corpus, model, its archive, and room to work.

    The vocabulary is not known before training: it is bounded by the corpus (a word that is kept occurs
    at least `min_count` times) and by three million words.
    """
    occurrences = max(hyperparameters.min_count, 1)
    vocabulary = min(_LARGEST_VOCABULARY, corpus_bytes // (_BYTES_PER_RARE_OCCURRENCE * occurrences))
    dim = hyperparameters.vector_dim
    buckets = hyperparameters.buckets if hyperparameters.subwords else 0
    model = vocabulary * dim * (_BYTES_PER_TEXT_VALUE + 8) + buckets * dim * 4
    return corpus_bytes + 2 * model + _SCRATCH_BYTES
