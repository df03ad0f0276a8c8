"""The operations on one row at a time as vector instructions: the twins of those in `plain`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from wordvectors.engine.vector_ir import FLOAT, INT64, Vectors, row_address


class _Operation:
    """What the operations share: finding rows, and writing out each number of rows they can be asked for."""

    def __init__(self, context, builder, lanes: int) -> None:
        self.context, self.b, self.vectors = context, builder, Vectors(builder, lanes)

    def item(self, kind, array, at) -> ir.Value:
        """Return the address of an array's element."""
        return self.b.gep(self.context.make_array(kind)(self.context, self.b, array).data, [at])

    def row(self, kind, matrix, number) -> tuple[ir.Value, ir.Value]:
        """Return the address of a row, and how many vectors it holds."""
        made = self.context.make_array(kind)(self.context, self.b, matrix)
        row_bytes = cgutils.unpack_tuple(self.b, made.strides)[0]
        base = self.b.bitcast(made.data, ir.IntType(8).as_pointer())
        address = self.b.gep(base, [self.b.mul(number, row_bytes)])
        width = self.b.sdiv(row_bytes, INT64(4 * self.vectors.lanes))
        return self.b.bitcast(address, self.vectors.vector.as_pointer()), width

    def rows(self, kinds, matrices, words_kind, words, first, count: int) -> list[ir.Value]:
        """Return the addresses of the rows of some words, in the thread's own copies where there are any."""
        found = []
        for c in range(count):
            place = self.item(words_kind, words, self.b.add(first, INT64(c)))
            word = self.b.sext(self.b.load(place), INT64)
            address, _ = row_address(self.context, self.b, kinds[0], matrices[0], kinds[1], matrices[1], word)
            found.append(self.b.bitcast(address, self.vectors.vector.as_pointer()))
        return found

    def each_count(self, asked, counts: Sequence[int], write: Callable[[int], None]) -> None:
        """Write the operation for each number of rows; asked for another, it does nothing."""
        after = self.b.append_basic_block("after")
        choice = self.b.switch(asked, after)
        for count in counts:
            block = self.b.append_basic_block(f"{count}_rows")
            choice.add_case(INT64(count), block)
            self.b.position_at_end(block)
            write(count)
            self.b.branch(after)
        self.b.position_at_end(after)


def vector_predict(column_counts: Sequence[int], lanes: int) -> Callable[..., None]:
    """Return `plain.predict` for these numbers of columns, to be called from compiled code."""

    @intrinsic
    def predict(typing, rows, row, scale, outputs, own_outputs, words, j, columns, labels, rate, coming):
        signature = types.void(
            rows, types.int64, types.float32, outputs, own_outputs, words, types.int64, types.int64, labels,
            types.float32, types.int64,
        )  # fmt: skip

        def generate(context, builder, _, arguments):
            rows_, row_, scale_, outputs_, own_, words_, j_, columns_, labels_, rate_, coming_ = arguments
            operation = _Operation(context, builder, lanes)
            vectors = operation.vectors
            x, width = operation.row(rows, rows_, row_)

            def write(count: int) -> None:
                kinds, matrices = (outputs, own_outputs), (outputs_, own_)
                ys = operation.rows(kinds, matrices, words, words_, j_, count)
                asked_for = operation.rows(kinds, matrices, words, words_, coming_, count)
                kind = ir.VectorType(FLOAT, count).as_pointer()
                wanted = builder.load(builder.bitcast(operation.item(labels, labels_, j_), kind), align=4)

                def dots(k, sums):
                    own = vectors.load(x, k)
                    for address in asked_for[::2]:
                        vectors.prefetch(address, k)
                    return [
                        vectors.multiply_add(own, vectors.load(y, k), total)
                        for y, total in zip(ys, sums, strict=True)
                    ]

                sums = vectors.totals(vectors.loop(width, dots, count))
                products = builder.fmul(vectors.spread(scale_, count), sums)
                error = builder.fsub(wanted, vectors.sigmoid(products))
                g = builder.fmul(vectors.spread(rate_, count), error)
                factors = [vectors.pick(g, g, [c] * lanes) for c in range(count)]
                scale = vectors.spread(scale_)

                def move(k, _):
                    new = vectors.load(x, k)
                    old = builder.fmul(scale, new)
                    for address in asked_for[1::2]:
                        vectors.prefetch(address, k)
                    for address, factor in zip(ys, factors, strict=True):
                        y = vectors.load(address, k)
                        new = vectors.multiply_add(factor, y, new)
                        vectors.store(vectors.multiply_add(factor, old, y), address, k)
                    vectors.store(new, x, k)
                    return []

                vectors.loop(width, move)

            operation.each_count(columns_, column_counts, write)
            return context.get_dummy_value()

        return signature, generate

    return predict


def vector_sum_rows(row_counts: Sequence[int], lanes: int) -> Callable[..., None]:
    """Return `plain.sum_rows` for these numbers of rows, to be called from compiled code."""

    @intrinsic
    def sum_rows(typing, into, also, row, more, weights, w, matrix, own, words, i, count, coming):
        signature = types.void(
            into, also, types.int64, types.boolean, weights, types.int64,
            matrix, own, words, types.int64, types.int64, types.int64,
        )  # fmt: skip

        def generate(context, builder, _, arguments):
            into_, also_, row_, more_, weights_, w_, matrix_, own_, words_, i_, count_, coming_ = arguments
            operation = _Operation(context, builder, lanes)
            vectors = operation.vectors
            target, width = operation.row(into, into_, row_)
            twin, _ = operation.row(also, also_, row_)
            is_more = builder.icmp_unsigned("!=", more_, more_.type(0))

            def write(count: int) -> None:
                rows = operation.rows((matrix, own), (matrix_, own_), words, words_, i_, count)
                asked_for = operation.rows((matrix, own), (matrix_, own_), words, words_, coming_, count)
                places = [operation.item(weights, weights_, builder.add(w_, INT64(c))) for c in range(count)]
                factors = [vectors.spread(builder.load(place)) for place in places]

                def step(k, _):
                    total = builder.select(is_more, vectors.load(target, k), vectors.zero)
                    for address in asked_for:
                        vectors.prefetch(address, k)
                    for factor, address in zip(factors, rows, strict=True):
                        total = vectors.multiply_add(factor, vectors.load(address, k), total)
                    vectors.store(total, target, k)
                    vectors.store(total, twin, k)
                    return []

                vectors.loop(width, step)

            operation.each_count(count_, row_counts, write)
            return context.get_dummy_value()

        return signature, generate

    return sum_rows


def vector_add_to_rows(row_counts: Sequence[int], lanes: int) -> Callable[..., None]:
    """Return `plain.add_to_rows` for these numbers of rows, to be called from compiled code."""

    @intrinsic
    def add_to_rows(typing, matrix, own, words, i, count, after, before, row):
        signature = types.void(matrix, own, words, types.int64, types.int64, after, before, types.int64)

        def generate(context, builder, _, arguments):
            matrix_, own_, words_, i_, count_, after_, before_, row_ = arguments
            operation = _Operation(context, builder, lanes)
            vectors = operation.vectors
            new, width = operation.row(after, after_, row_)
            old, _ = operation.row(before, before_, row_)

            def write(count: int) -> None:
                rows = operation.rows((matrix, own), (matrix_, own_), words, words_, i_, count)

                def step(k, _):
                    change = builder.fsub(vectors.load(new, k), vectors.load(old, k))
                    for address in rows:
                        vectors.store(builder.fadd(vectors.load(address, k), change), address, k)
                    return []

                vectors.loop(width, step)

            operation.each_count(count_, row_counts, write)
            return context.get_dummy_value()

        return signature, generate

    return add_to_rows
