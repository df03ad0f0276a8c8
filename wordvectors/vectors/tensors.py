"""The safetensors format: named arrays in one file, which is mapped into memory, or read by ranges of bytes.

The layout (github.com/huggingface/safetensors): the length of a header as an unsigned little-endian integer of 64 bits;
the header, JSON that ends in blanks, which has the type, shape and place of each array, and text under `__metadata__`;
then the arrays, one after the other. The package of that name reads a file into memory as a whole, and writes what is
in memory; these are written as they come, and mapped.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from wordvectors.json_text import parse_json
from wordvectors.vectors.files import VectorsFileError

_TYPES: dict[str, np.dtype[Any]] = {
    "F32": np.dtype("<f4"),
    "U32": np.dtype("<u4"),
    "I64": np.dtype("<i8"),
    "I8": np.dtype("i1"),
    "U8": np.dtype("u1"),
}
_NAMES = {dtype: name for name, dtype in _TYPES.items()}
_METADATA = "__metadata__"
LENGTH_BYTES = 8
HEADER_BYTES = 32 * 1024
"""What is kept free for the header; a longer one can't be read either."""


_MOST_DIMENSIONS, _LONGEST = 2, 2**40
"""Of an array; numpy makes no view of far larger ones, not even where they are empty."""


@dataclass(frozen=True)
class Tensor:
    """An array within a file: its type, its shape, and the bytes from `begin` to `end` of the file."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    begin: int
    end: int


@dataclass(frozen=True)
class Header:
    """What a file holds."""

    tensors: Mapping[str, Tensor]
    metadata: Mapping[str, str]

    @property
    def end(self) -> int:
        """The bytes of the whole file."""
        return max((tensor.end for tensor in self.tensors.values()), default=LENGTH_BYTES)


class TensorsWriter:
    """Writes arrays one after the other, each of them in pieces; the header comes last, into the place kept for it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._begun: list[tuple[str, np.dtype[Any], tuple[int, ...], int]] = []
        file.seek(LENGTH_BYTES + HEADER_BYTES)

    def begin(self, name: str, dtype: np.dtype[Any], *row: int) -> None:
        """Begin an array of rows of this shape, which `write` takes in their order."""
        self._begun.append((name, dtype, row, self._file.tell()))

    def write(self, rows: NDArray[Any]) -> None:
        """Write the next rows of the array that was begun last."""
        self._file.write(np.ascontiguousarray(rows).data)

    def add(self, name: str, values: NDArray[Any]) -> None:
        """Write a whole array."""
        self.begin(name, values.dtype, *values.shape[1:])
        self.write(values)

    def finish(self, metadata: Mapping[str, str]) -> None:
        """Write the header.

        Raises
        ------
        ValueError
            If the metadata are too long.
        """
        start = LENGTH_BYTES + HEADER_BYTES
        ends = [*(begin for _, _, _, begin in self._begun[1:]), self._file.tell()]
        entries = {
            name: {
                "dtype": _NAMES[dtype],
                "shape": [(end - begin) // (dtype.itemsize * math.prod(row)), *row],
                "data_offsets": [begin - start, end - start],
            }
            for (name, dtype, row, begin), end in zip(self._begun, ends, strict=True)
        }
        header = json.dumps({_METADATA: dict(metadata), **entries}, ensure_ascii=False).encode()
        if len(header) > HEADER_BYTES:
            raise ValueError(f"the header has {len(header)} bytes; at most {HEADER_BYTES} are possible")
        self._file.seek(0)
        self._file.write(HEADER_BYTES.to_bytes(LENGTH_BYTES, "little") + header.ljust(HEADER_BYTES))


def header_bytes(head: bytes) -> int | None:
    """Return how long a file's header is by the file's first bytes; None if they are not those of such a file."""
    length = int.from_bytes(head[:LENGTH_BYTES], "little")
    looks_like_it = len(head) > LENGTH_BYTES and head[LENGTH_BYTES : LENGTH_BYTES + 1] == b"{"
    return length if looks_like_it and 2 <= length <= HEADER_BYTES else None


def read_header(name: str | Path, content: bytes, size: int) -> Header:
    """Read the header from the beginning of a file.

    Parameters
    ----------
    name
        What errors call the file.
    content
        Its first bytes, `LENGTH_BYTES + HEADER_BYTES` or more.
    size
        The bytes of the whole file.

    Raises
    ------
    VectorsFileError
        If it is none, or does not fit the file.
    """
    length = header_bytes(content)
    if length is None:
        raise VectorsFileError(f"{name} is not in the safetensors format, or its header is damaged")
    start = LENGTH_BYTES + length
    try:
        entries = parse_json(content[LENGTH_BYTES:start])
        metadata = {str(key): str(value) for key, value in entries.pop(_METADATA, {}).items()}
        tensors = {key: _tensor(entry, start) for key, entry in entries.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise VectorsFileError(f"{name} has a damaged header: {fault!r}") from None
    header = Header(tensors, metadata)
    if header.end > size:
        raise VectorsFileError(
            f"{name} is cut off: its {size:,} bytes are fewer than the {header.end:,} announced"
        )
    return header


def _tensor(entry: Any, start: int) -> Tensor:
    dtype, shape = _TYPES[entry["dtype"]], tuple(map(int, entry["shape"]))
    begin, end = map(int, entry["data_offsets"])
    few = len(shape) <= _MOST_DIMENSIONS and max(shape, default=0) <= _LONGEST
    if not few or min((begin, *shape)) < 0 or end - begin != math.prod(shape) * dtype.itemsize:
        raise ValueError(f"{shape} of {dtype} in bytes {begin} to {end}")
    return Tensor(dtype, shape, start + begin, start + end)


def mapped(path: Path) -> tuple[Mapping[str, NDArray[Any]], Mapping[str, str]]:
    """Map a file into memory; return its arrays and its metadata. What is not looked at is not read.

    Raises
    ------
    VectorsFileError
        If it is damaged.
    OSError
        If there is none.
    """
    with path.open("rb") as file:
        header = read_header(path, file.read(LENGTH_BYTES + HEADER_BYTES), os.fstat(file.fileno()).st_size)
    whole = np.memmap(path, np.uint8, "r")
    arrays = {
        name: whole[tensor.begin : tensor.end].view(tensor.dtype).reshape(tensor.shape)
        for name, tensor in header.tensors.items()
    }
    return arrays, header.metadata
