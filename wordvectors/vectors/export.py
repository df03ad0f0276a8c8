"""Word vectors in the formats that other tools read.

What writes them is imported only when it is needed, since the command line lists the formats each time it starts.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from wordvectors.files import faults_named, written_whole

if TYPE_CHECKING:
    from wordvectors.vectors.word_vectors import WordVectors

PYARROW = "pyarrow>=20"


class ExportImpossible(Exception):
    """A format that these vectors, or this machine, can't be brought into; the message says what to do."""


def _word2vec_text(vectors: WordVectors, paths: Sequence[Path]) -> None:
    import numpy as np

    from wordvectors.vectors.vectors_txt import write_vectors_txt

    write_vectors_txt(
        paths[0], vectors.index_to_key, np.asarray(vectors.vectors), threads=os.cpu_count() or 1
    )


def _word2vec_binary(vectors: WordVectors, paths: Sequence[Path]) -> None:
    from wordvectors.vectors.word2vec_bin import write_word2vec_bin

    write_word2vec_bin(paths[0], vectors.index_to_key, vectors.vectors)


def _projector(vectors: WordVectors, paths: Sequence[Path]) -> None:
    import numpy as np

    with written_whole(paths[0]) as file:
        np.savetxt(file, vectors.vectors, fmt="%.6g", delimiter="\t")
    with written_whole(paths[1]) as file:
        file.writelines(f"{word}\n".encode() for word in vectors.index_to_key)


def _keyed_vectors(vectors: WordVectors, paths: Sequence[Path]) -> None:
    """Write gensim's own format: `KeyedVectors.load("vectors.kv", mmap="r")` opens it without reading it."""
    import numpy as np
    from gensim.models import KeyedVectors

    native = KeyedVectors(vectors.vector_size)
    native.add_vectors(vectors.index_to_key, np.asarray(vectors.vectors))
    with tempfile.TemporaryDirectory(dir=paths[0].parent, prefix=".export-") as scratch:
        native.save(str(Path(scratch) / paths[0].name), separately=["vectors"])
        for file in sorted(Path(scratch).iterdir(), reverse=True):  # what names the other one comes last
            file.replace(paths[0].parent / file.name)


def _parquet(vectors: WordVectors, paths: Sequence[Path]) -> None:
    """Write a row per word: `word`, and `vector`, a list of `dim` float32."""
    import numpy as np

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
    with written_whole(paths[0]) as file:
        parquet.write_table(table, file)


class ExportFormat(StrEnum):
    """What vectors can be written as: each format's name, its files, and what writes them.

    Attributes
    ----------
    files : tuple of str
        The names of its files, in the order in which `write` takes their paths.
    write : callable or None
        None for fastText: its n-grams are not among the vectors, but in the model's own `vectors.bin`, which is
        copied.
    """

    files: tuple[str, ...]
    write: Callable[[WordVectors, Sequence[Path]], None] | None

    WORD2VEC_TEXT = "word2vec-text", ("vectors.txt",), _word2vec_text
    WORD2VEC_BINARY = "word2vec-binary", ("vectors.w2v.bin",), _word2vec_binary
    KEYED_VECTORS = "keyedvectors", ("vectors.kv", "vectors.kv.vectors.npy"), _keyed_vectors
    FASTTEXT = "fasttext", ("vectors.bin",), None
    PROJECTOR = "projector", ("vectors.tsv", "metadata.tsv"), _projector
    PARQUET = "parquet", ("vectors.parquet",), _parquet

    def __new__(
        cls,
        name: str,
        files: tuple[str, ...],
        write: Callable[[WordVectors, Sequence[Path]], None] | None,
    ) -> ExportFormat:
        """Make a member whose value is its name."""
        member = str.__new__(cls, name)
        member._value_, member.files, member.write = name, files, write
        return member


def export(vectors: WordVectors, form: ExportFormat, folder: Path) -> list[Path]:
    """Write vectors into a folder and return the files; each appears when it is complete.

    Parameters
    ----------
    form
        Any but fastText.

    Raises
    ------
    ExportImpossible
        For Parquet, when pyarrow is not installed.
    """
    if form.write is None:
        raise ValueError("fastText's format is copied from the model, not made of its vectors")
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / name for name in form.files]
    with faults_named(folder):
        form.write(vectors, paths)
    return paths
