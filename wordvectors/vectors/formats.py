"""What vectors can be exported as, and the files of each format."""

from __future__ import annotations

from enum import StrEnum


class ExportFormat(StrEnum):
    """What vectors can be written as."""

    WORD2VEC_TEXT = "word2vec-text"
    WORD2VEC_BINARY = "word2vec-binary"
    KEYED_VECTORS = "keyedvectors"
    FASTTEXT = "fasttext"
    PROJECTOR = "projector"
    PARQUET = "parquet"


FILES = {
    ExportFormat.WORD2VEC_TEXT: ("vectors.txt",),
    ExportFormat.WORD2VEC_BINARY: ("vectors.w2v.bin",),
    ExportFormat.KEYED_VECTORS: ("vectors.kv", "vectors.kv.vectors.npy"),
    ExportFormat.FASTTEXT: ("vectors.bin",),
    ExportFormat.PROJECTOR: ("vectors.tsv", "metadata.tsv"),
    ExportFormat.PARQUET: ("vectors.parquet",),
}
"""The files of each format; fastText's is the model's own, which is copied and not written here."""
