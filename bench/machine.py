"""What the machine can do at most, and what our kernel asks of it per word."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from bench.settings import Settings
from wordvectors.engine import shared_negatives as kernel
from wordvectors.engine.vector_ir import padded_width, vector_lanes

ACCUMULATORS = 12
"""Enough independent sums to hide the latency of a fused multiply-add (4 cycles on 2 units)."""
STEPS = 20_000_000
COPIED_BYTES = 256 << 20
REPEATS = 5
FLOPS_PER_VALUE = 6
"""A pair of rows is a dot product and two updates: three multiplications and three additions per value."""


@dataclass(frozen=True)
class MachineLimits:
    """Measured limits, by number of threads.

    Attributes
    ----------
    processor : str
    cores : int
    gflops : dict of int to float
        Floating-point operations per second of a loop of fused multiply-adds (two operations each), 1e9.
    copy_gb_per_second : dict of int to float
        Bytes read and written by copying arrays larger than the caches, 1e9.
    """

    processor: str
    cores: int
    gflops: dict[int, float]
    copy_gb_per_second: dict[int, float]

    def as_dict(self) -> dict[str, object]:
        """Return the limits by name."""
        return asdict(self)


@dataclass(frozen=True)
class KernelCost:
    """What a raw word of the corpus costs in our kernel, on average.

    Attributes
    ----------
    kept : float
        Share of the words that sub-sampling and min_count leave.
    flops : float
        Floating-point operations.
    bytes : float
        Bytes of rows read into registers and written back, to whatever cache they are in.
    """

    kept: float
    flops: float
    bytes: float


def measure_limits(thread_counts: list[int]) -> MachineLimits:
    """Measure the machine; takes some seconds."""
    _multiply_add(1)
    flops = 2.0 * STEPS * ACCUMULATORS * vector_lanes()
    seconds = {threads: _best([partial(_multiply_add, STEPS)] * threads) for threads in thread_counts}
    copies = {threads: _best(_copies(threads)) for threads in thread_counts}
    return MachineLimits(
        processor=_processor(),
        cores=os.cpu_count() or 1,
        gflops={threads: threads * flops / taken / 1e9 for threads, taken in seconds.items()},
        copy_gb_per_second={threads: 2 * COPIED_BYTES / taken / 1e9 for threads, taken in copies.items()},
    )


def kernel_cost(
    counts: NDArray[np.int64], tokens: int, settings: Settings, shared_negatives: int
) -> KernelCost:
    """Return what our kernel does per raw word.

    A kept word is predicted by window_size + 1 others on average, and meets each of its block's shared
    negatives once. The kernel works in tiles of STRIP × STRIP pairs and columns of COLUMN pairs.
    """
    ratio = settings.sampling_threshold * tokens / counts
    kept = float((counts * np.minimum(np.sqrt(ratio) + ratio, 1)).sum() / tokens)
    positives = settings.window_size + 1
    flops = FLOPS_PER_VALUE * settings.vector_dim * (positives + shared_negatives)
    row = 4 * padded_width(settings.vector_dim)
    rows = positives + -(-positives // kernel.COLUMN) + 2 * shared_negatives / kernel.STRIP
    return KernelCost(kept, kept * flops, kept * 2 * rows * row)


def _best(works: list[Callable[[], object]]) -> float:
    """Return the least seconds in which all have done their work, each in a thread."""
    best = float("inf")
    with ThreadPoolExecutor(len(works)) as pool:
        for _ in range(REPEATS):
            started = time.perf_counter()
            for done in [pool.submit(work) for work in works]:
                done.result()
            best = min(best, time.perf_counter() - started)
    return best


def _copies(threads: int) -> list[Callable[[], object]]:
    """Return a copy of some megabytes for each thread; numpy copies without the GIL."""
    size = COPIED_BYTES // threads
    pairs = [(np.zeros(size, np.uint8), np.ones(size, np.uint8)) for _ in range(threads)]
    return [partial(np.copyto, target, source) for target, source in pairs]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


@intrinsic
def _multiply_add_loop(_, steps):
    """Run a loop of fused multiply-adds on vectors that stay in registers; return one of the sums."""

    def generate(context, builder, signature, arguments):
        vector = ir.VectorType(ir.FloatType(), vector_lanes())
        kind = ir.FunctionType(vector, [vector] * 3)
        fused = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fma.v{vector.count}f32")
        factor, addend = (ir.Constant(vector, [value] * vector.count) for value in (0.999, 0.001))
        sums = [cgutils.alloca_once_value(builder, addend) for _ in range(ACCUMULATORS)]
        with cgutils.for_range(builder, arguments[0]):
            for place in sums:
                builder.store(builder.call(fused, [builder.load(place), factor, addend]), place)
        total = builder.load(sums[0])
        for place in sums[1:]:
            total = builder.fadd(total, builder.load(place))
        return builder.extract_element(total, ir.Constant(ir.IntType(32), 0))

    return types.float32(types.intp), generate


@njit(nogil=True)
def _multiply_add(steps):
    return _multiply_add_loop(steps)
