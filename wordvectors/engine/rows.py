"""Where the matrices of the weights lie in memory."""

from __future__ import annotations

import mmap

import numpy as np
from numpy.typing import NDArray

from wordvectors.engine.vector_ir import padded_width

HUGE_PAGE = 2 << 20
"""Bytes, on x86-64 and most others."""


def aligned_rows(rows: int, dim: int) -> NDArray[np.float32]:
    """Return a matrix of zeros whose rows are padded to, and begin at, a cache line.

    A large one begins at a huge page and asks the system for such pages (Linux grants them as it can): rows
    are met in random order, and the processor can't remember where thousands of small pages lie.
    """
    width = padded_width(dim)
    size, page = 4 * rows * width, mmap.PAGESIZE
    large = size >= HUGE_PAGE
    if large:
        page = HUGE_PAGE
    block = mmap.mmap(-1, (size // page + 2) * page, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if large and hasattr(mmap, "MADV_HUGEPAGE"):
        block.madvise(mmap.MADV_HUGEPAGE)
    floats = np.frombuffer(block, np.float32)
    start = -(floats.ctypes.data // 4) % (page // 4)
    return floats[start : start + rows * width].reshape(rows, width)
