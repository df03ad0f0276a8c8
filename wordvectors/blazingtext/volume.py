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
_OWN_STORAGE_GB = {
    "g4dn": {"xlarge": 125, "2xlarge": 225, "4xlarge": 225, "8xlarge": 900, "12xlarge": 900, "16xlarge": 900},
    "g5": {
        "xlarge": 250, "2xlarge": 450, "4xlarge": 600, "8xlarge": 900, "12xlarge": 3_800, "16xlarge": 1_900,
        "24xlarge": 3_800, "48xlarge": 7_600,
    },
    "p3dn": {"24xlarge": 1_800},
    "r5d": {
        "large": 75, "xlarge": 150, "2xlarge": 300, "4xlarge": 600, "8xlarge": 1_200, "12xlarge": 1_800,
        "16xlarge": 2_400, "24xlarge": 3_600,
    },
}  # fmt: skip
"""Gigabytes of NVMe (EC2 user guide, "Instance store volumes")."""


def own_storage_gb(instance_type: str) -> int | None:
    """Return the gigabytes of a type that trains on its own NVMe storage, whatever volume a job asks for; else None.

    Source: API reference, ResourceConfig, VolumeSizeInGB.
    """
    _, family, size = instance_type.split(".")
    return _OWN_STORAGE_GB.get(family, {}).get(size)


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
