"""The kernel's update as vector instructions, in LLVM's intermediate representation.

LLVM turns vectors of any width into what the processor has, but it does not block a plain loop so that
dot products stay in registers. So a tile's update is written out here; `plain.reference_update` is the same in
plain form.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

CACHE_LINE = 16
"""Floats in a cache line; rows are padded to a multiple of it, which is one of every vector's width too."""


def padded_width(dim: int) -> int:
    """Return how many floats a row of `dim` values takes."""
    return -(-dim // CACHE_LINE) * CACHE_LINE


SIGMOID = (
    2.49569789e-01, -2.0089319e-02, 1.69193372e-03, -1.09282766e-04,
    4.79533992e-06, -1.30996156e-07, 1.98705252e-09, -1.27147112e-11,
)  # fmt: skip
"""sigmoid(x) = 1/2 + x·P(x²), within 1.4e-4 for |x| <= 6 (minimax fit); beyond 6 as at 6, where word2vec's
table of 1,000 steps ends, which is off by up to 3e-3."""
LARGEST_PRODUCT = 6.0


def vector_lanes() -> int:
    """Return how many floats a vector register of this processor holds."""
    features = llvm.get_host_cpu_features()
    return 16 if features.get("avx512f") else 8 if features.get("avx2") else 4


def registers() -> int:
    """Return how many vector registers there are: 32 with AVX-512 and NEON, otherwise 16."""
    return 32 if vector_lanes() == 16 or platform.machine().lower() in ("aarch64", "arm64") else 16


def sums_at_once() -> int:
    """Return how many dot products to compute at once: their sums fill half of the registers."""
    return registers() // 2


FLOAT, INT32, INT64 = ir.FloatType(), ir.IntType(32), ir.IntType(64)
PREFETCH = INT32(0), INT32(2), INT32(1)
"""To read, into the second level, data."""
FUSED = ("contract",)
"""A product and its sum may become one instruction, where the processor has it."""


class Vectors:
    """Writes vector operations of LLVM's intermediate representation; LLVM fits them to the processor."""

    def __init__(self, builder: ir.IRBuilder, lanes: int) -> None:
        self.b, self.lanes, self.vector = builder, lanes, ir.VectorType(FLOAT, lanes)
        self.zero = ir.Constant(self.vector, [0.0] * lanes)

    def multiply_add(self, a: ir.Value, b: ir.Value, c: ir.Value) -> ir.Value:
        return self.b.fadd(self.b.fmul(a, b, flags=FUSED), c, flags=FUSED)

    def pick(self, a: ir.Value, b: ir.Value, lanes: Sequence[int]) -> ir.Value:
        """Return the given lanes of a followed by b."""
        return self.b.shuffle_vector(a, b, ir.Constant(ir.VectorType(INT32, len(lanes)), list(lanes)))

    def constant(self, value: float, like: ir.Value) -> ir.Value:
        return ir.Constant(like.type, [float(np.float32(value))] * like.type.count)

    def loop(self, count: ir.Value, body: Callable[..., list[ir.Value]], sums: int = 0) -> list[ir.Value]:
        """Run body(k, sums) -> sums for k = 0 ... count - 1, at least once; the sums start at zero."""
        b, before = self.b, self.b.block
        block, after = b.append_basic_block("loop"), b.append_basic_block("after")
        b.branch(block)
        b.position_at_end(block)
        k = b.phi(INT64)
        k.add_incoming(INT64(0), before)
        running = [b.phi(self.vector) for _ in range(sums)]
        results = body(k, running)
        for phi, result in zip(running, results, strict=True):
            phi.add_incoming(self.zero, before)
            phi.add_incoming(result, block)
        following = b.add(k, INT64(1))
        k.add_incoming(following, block)
        b.cbranch(b.icmp_signed("<", following, count), block, after)
        b.position_at_end(after)
        return results

    def totals(self, vectors: list[ir.Value]) -> ir.Value:
        """Return one vector whose lane i is the sum over all lanes of the i-th vector.

        Two vectors become one of sums of neighbouring lanes; level by level, as in a knock-out tournament.
        """
        wanted = len(vectors)
        vectors = vectors + [self.zero] * ((1 << (wanted - 1).bit_length()) - wanted)
        summed = 1
        while summed < self.lanes:
            seconds = vectors[1::2] or vectors
            vectors = [
                self.b.fadd(
                    self.pick(a, b, range(0, 2 * self.lanes, 2)),
                    self.pick(a, b, range(1, 2 * self.lanes, 2)),
                )
                for a, b in zip(vectors[::2], seconds, strict=True)
            ]
            summed *= 2
        while len(vectors) > 1:
            both = range(2 * vectors[0].type.count)
            vectors = [self.pick(a, b, both) for a, b in zip(vectors[::2], vectors[1::2], strict=True)]
        return self.pick(vectors[0], vectors[0], range(wanted))

    def sigmoid(self, x: ir.Value) -> ir.Value:
        b = self.b
        for sign, limit in ((">", LARGEST_PRODUCT), ("<", -LARGEST_PRODUCT)):
            end = self.constant(limit, x)
            x = b.select(b.fcmp_unordered(sign, x, end), end, x)
        square = b.fmul(x, x)
        series = self.constant(SIGMOID[-1], x)
        for coefficient in SIGMOID[-2::-1]:
            series = self.multiply_add(series, square, self.constant(coefficient, x))
        return self.multiply_add(x, series, self.constant(0.5, x))

    def load(self, row: ir.Value, k: ir.Value) -> ir.Value:
        return self.b.load(self.b.gep(row, [k], inbounds=True), align=4 * self.lanes)

    def store(self, value: ir.Value, row: ir.Value, k: ir.Value) -> None:
        self.b.store(value, self.b.gep(row, [k], inbounds=True), align=4 * self.lanes)

    def prefetch(self, row: ir.Value, k: ir.Value) -> None:
        """Ask for the cache line that the row's k-th vector lies in to be brought into the second-level cache."""
        address = self.b.bitcast(self.b.gep(row, [k], inbounds=True), ir.IntType(8).as_pointer())
        kind = ir.FunctionType(ir.VoidType(), [address.type, INT32, INT32, INT32])
        function = cgutils.get_or_insert_function(self.b.module, kind, "llvm.prefetch.p0")
        self.b.call(function, [address, *PREFETCH])

    def spread(self, value: ir.Value, lanes: int | None = None) -> ir.Value:
        """Return a vector with a number in all of its lanes, as many as a register's if not given."""
        lanes = lanes or self.lanes
        one = self.b.insert_element(ir.Constant(ir.VectorType(FLOAT, lanes), ir.Undefined), value, INT32(0))
        return self.pick(one, one, [0] * lanes)

    def update(
        self,
        xs: list[ir.Value],
        ys: list[ir.Value],
        weights: ir.Value,
        label: ir.Value,
        count: ir.Value,
        sums: int,
    ) -> None:
        """Update the rows at addresses xs and ys, of `count` vectors each; so many `sums` are computed at once."""
        b, columns = self.b, len(ys)
        width = min(columns, max(1, sums // len(xs)))
        factors: dict[tuple[int, int], ir.Value] = {}
        for first in range(0, columns, width):
            group = range(first, min(first + width, columns))

            def dots(k, totals, group=group):
                y = [self.load(ys[c], k) for c in group]
                pairs = [(x, other) for x in (self.load(row, k) for row in xs) for other in y]
                return [self.multiply_add(x, y, total) for (x, y), total in zip(pairs, totals, strict=True)]

            pairs = [(r, c) for r in range(len(xs)) for c in group]
            products = self.totals(self.loop(count, dots, len(pairs)))
            own = self.pick(weights, weights, [r * columns + c for r, c in pairs])
            labels = self.spread(label, products.type.count)
            g = b.fmul(own, b.fsub(labels, self.sigmoid(products)))
            for lane, pair in enumerate(pairs):
                factors[pair] = self.pick(g, g, [lane] * self.lanes)

        def move(k, _):  # all columns at once: each is moved by input rows as they were
            y, change = [self.load(row, k) for row in ys], [self.zero] * columns
            for r, row in enumerate(xs):
                old = new = self.load(row, k)
                for c in range(columns):
                    new = self.multiply_add(factors[r, c], y[c], new)
                    change[c] = self.multiply_add(factors[r, c], old, change[c])
                self.store(new, row, k)
            for row, moved in zip(ys, change, strict=True):  # loaded again: a word may stand here twice
                self.store(b.fadd(self.load(row, k), moved), row, k)
            return []

        self.loop(count, move)


def row_address(context, builder, matrix_type, matrix, own_type, own, word):
    """Return the address of a word's row, in the thread's own copy if it has one, and a row's bytes."""
    shared = context.make_array(matrix_type)(context, builder, matrix)
    copied = context.make_array(own_type)(context, builder, own)
    has_own = builder.icmp_signed("<", word, cgutils.unpack_tuple(builder, copied.shape)[0])
    row_bytes = cgutils.unpack_tuple(builder, shared.strides)[0]
    base = builder.bitcast(builder.select(has_own, copied.data, shared.data), ir.IntType(8).as_pointer())
    return builder.gep(base, [builder.mul(word, row_bytes)]), row_bytes


def vector_update(row_counts: Sequence[int], columns: int, lanes: int, sums: int) -> Callable[..., None]:
    """Return `reference_update(columns)` as vector instructions, to be called from compiled code.

    Parameters
    ----------
    row_counts
        The numbers of rows the update can be asked for; each is written out. Asked for another, it does
        nothing.
    columns
        Output words in an update.
    lanes
        Floats in a vector; any power of two up to CACHE_LINE, best what a register holds.
    sums
        Dot products that are computed at once, in registers; best `sums_at_once`.
    """

    @intrinsic
    def update(typing, inputs, own_inputs, outputs, own_outputs, xs, i, rows, ys, j, weights, label):
        matrices = (inputs, own_inputs, outputs, own_outputs)
        signature = types.void(
            *matrices, xs, types.int64, types.int64, ys, types.int64, weights, types.float32
        )

        def generate(context, builder, _, arguments):
            x, own_x, y, own_y, xs_, i_, rows_, ys_, j_, weights_, label_ = arguments
            vectors = Vectors(builder, lanes)

            def item(kind, array, at):
                return builder.gep(context.make_array(kind)(context, builder, array).data, [at])

            def address(kind, matrix, own_kind, own, words_kind, words, at):
                word = builder.sext(builder.load(item(words_kind, words, at)), INT64)
                row, row_bytes = row_address(context, builder, kind, matrix, own_kind, own, word)
                return builder.bitcast(row, vectors.vector.as_pointer()), row_bytes

            after = builder.append_basic_block("updated")
            choice = builder.switch(rows_, after)
            for count in row_counts:
                block = builder.append_basic_block(f"{count}_rows")
                choice.add_case(INT64(count), block)
                builder.position_at_end(block)
                found = [
                    address(inputs, x, own_inputs, own_x, xs, xs_, builder.add(i_, INT64(r)))
                    for r in range(count)
                ]
                x_rows = [row for row, _ in found]
                y_rows = [
                    address(outputs, y, own_outputs, own_y, ys, ys_, builder.add(j_, INT64(c)))[0]
                    for c in range(columns)
                ]
                first = item(weights, weights_, INT64(0))
                kind = ir.VectorType(FLOAT, count * columns).as_pointer()
                pair_weights = builder.load(builder.bitcast(first, kind), align=4)
                width = builder.sdiv(found[0][1], INT64(4 * lanes))
                vectors.update(x_rows, y_rows, pair_weights, label_, width, sums)
                builder.branch(after)
            builder.position_at_end(after)
            return context.get_dummy_value()

        return signature, generate

    return update


@intrinsic
def prefetch(typing, matrix, own, word):
    """Ask for a word's row to be brought into the second-level cache."""

    def generate(context, builder, _, arguments):
        row, row_bytes = row_address(context, builder, matrix, arguments[0], own, arguments[1], arguments[2])
        kind = ir.FunctionType(ir.VoidType(), [row.type, INT32, INT32, INT32])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        line = INT64(4 * CACHE_LINE)
        with cgutils.for_range(builder, builder.sdiv(row_bytes, line)) as loop:
            address = builder.gep(row, [builder.mul(loop.index, line)])
            builder.call(function, [address, *PREFETCH])
        return context.get_dummy_value()

    return types.void(matrix, own, types.int64), generate
