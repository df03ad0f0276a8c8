"""Word vectors in the formats that other tools read."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np

from wordvectors.files import written_whole
from wordvectors.vectors.formats import FILES, ExportFormat
from wordvectors.vectors.vectors_txt import write_vectors_txt
from wordvectors.vectors.word2vec_bin import write_word2vec_bin
from wordvectors.vectors.word_vectors import WordVectors

PYARROW = "pyarrow>=20"


class ExportImpossible(Exception):
    """A format that these vectors, or this machine, can't be brought into; the message says what to do."""


def export(vectors: WordVectors, form: ExportFormat, folder: Path) -> list[Path]:
    """Write vectors into a folder and return the files; each appears when it is complete.

    Parameters
    ----------
    form
        Any but fastText: its n-grams are not among the vectors, but in the model's own `vectors.bin`.

    Raises
    ------
    ExportImpossible
        For Parquet, when pyarrow is not installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / name for name in FILES[form]]
    words = vectors.index_to_key
    match form:
        case ExportFormat.WORD2VEC_TEXT:
            write_vectors_txt(paths[0], words, np.asarray(vectors.vectors), threads=os.cpu_count() or 1)
        case ExportFormat.WORD2VEC_BINARY:
            write_word2vec_bin(paths[0], words, vectors.vectors)
        case ExportFormat.KEYED_VECTORS:
            _write_keyed_vectors(vectors, folder)
        case ExportFormat.PROJECTOR:
            with written_whole(paths[0]) as file:
                np.savetxt(file, vectors.vectors, fmt="%.6g", delimiter="\t")
            with written_whole(paths[1]) as file:
                file.writelines(f"{word}\n".encode() for word in words)
        case ExportFormat.PARQUET:
            _write_parquet(vectors, paths[0])
        case ExportFormat.FASTTEXT:
            raise ValueError("fastText's format is copied from the model, not made of its vectors")
    return paths


def _write_keyed_vectors(vectors: WordVectors, folder: Path) -> None:
    """Write gensim's own format: `KeyedVectors.load("vectors.kv", mmap="r")` opens it without reading it."""
    from gensim.models import KeyedVectors

    native = KeyedVectors(vectors.vector_size)
    native.add_vectors(vectors.index_to_key, np.asarray(vectors.vectors))
    with tempfile.TemporaryDirectory(dir=folder, prefix=".export-") as scratch:
        native.save(str(Path(scratch) / "vectors.kv"), separately=["vectors"])
        for file in sorted(Path(scratch).iterdir(), reverse=True):  # what names the other one comes last
            file.replace(folder / file.name)


def _write_parquet(vectors: WordVectors, path: Path) -> None:
    """Write a row per word: `word`, and `vector`, a list of `dim` float32."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as parquet
    except ImportError:
        raise ExportImpossible(f"Parquet needs pyarrow: pip install '{PYARROW}'") from None
    flat = pa.array(np.ascontiguousarray(vectors.vectors).reshape(-1))
    table = pa.table({
        "word": pa.array(vectors.index_to_key),
        "vector": pa.FixedSizeListArray.from_arrays(flat, vectors.vector_size),
    })  # fmt: skip
    with written_whole(path) as file:
        parquet.write_table(table, file)
