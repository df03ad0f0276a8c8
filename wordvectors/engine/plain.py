"""The kernel's operations in plain form: what the vector instructions are held to, and the portable path.

`rows` and `outputs` are matrices of shape (words, padded dim), float32. Next to a shared matrix stands the
thread's own copies of its first rows, which are used in their place.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from wordvectors.engine.vector_ir import LARGEST_PRODUCT, SIGMOID
from wordvectors.machine_code import jitted

Floats = NDArray[np.float32]
Words = NDArray[np.int32]


def sigmoid(products: np.float32) -> np.float32:
    """Return the sigmoid as the kernel approximates it."""
    x = min(max(products, np.float32(-LARGEST_PRODUCT)), np.float32(LARGEST_PRODUCT))
    square = x * x
    series = np.float32(SIGMOID[-1])
    for coefficient in SIGMOID[-2::-1]:
        series = series * square + np.float32(coefficient)
    return np.float32(0.5) + x * series


_sigmoid = jitted(sigmoid)


def reference_update(columns: int) -> Callable[..., None]:
    """Return one update in plain form: the twin of `vector_ir.vector_update`.

    The update takes `inputs` and `outputs` of shape (words, padded dim), each with the thread's own
    copies of its first rows, the input words `xs[i : i + rows]` and the output words
    `ys[j : j + columns]`, and computes all their dot products. With g = weight·(label - sigmoid(product)), each input
    row is moved by its sum of g times output rows, each output row by its sum of g times input rows.
    `weights` stand pair by pair, row after row; each is the learning rate times how often the pair counts.
    A word that stands in a tile twice is moved twice.
    """

    def update(
        inputs: Floats, own_inputs: Floats, outputs: Floats, own_outputs: Floats,
        xs: Words, i: int, rows: int, ys: Words, j: int, weights: Floats, label: np.float32,
    ) -> None:  # fmt: skip
        y = np.empty((columns, outputs.shape[1]), np.float32)
        for c in range(columns):
            word = ys[j + c]
            y[c] = own_outputs[word] if word < own_outputs.shape[0] else outputs[word]
        g = np.empty((rows, columns), np.float32)
        for r in range(rows):
            word = xs[i + r]
            x = own_inputs[word] if word < own_inputs.shape[0] else inputs[word]
            for c in range(columns):
                g[r, c] = weights[r * columns + c] * (label - _sigmoid((x * y[c]).sum()))
        change = np.zeros_like(y)
        for r in range(rows):
            word = xs[i + r]
            x = own_inputs[word] if word < own_inputs.shape[0] else inputs[word]
            old = x.copy()
            for c in range(columns):
                x += g[r, c] * y[c]
                change[c] += g[r, c] * old
        for c in range(columns):
            word = ys[j + c]
            row = own_outputs[word] if word < own_outputs.shape[0] else outputs[word]
            row += change[c]

    return update


def predict(
    rows: Floats, row: int, scale: np.float32, outputs: Floats, own_outputs: Floats,
    words: Words, j: int, columns: int, labels: Floats, rate: np.float32, coming: int,
) -> None:  # fmt: skip
    """Let x, `scale` times one row, meet the output rows of `words[j : j + columns]`: the twin of
    `row_ir.vector_predict`.

    All dot products are taken first. With g = rate·(label - sigmoid(product)), each output row is moved by g
    times x as it was, and the row by the sum of g times output rows. `labels` begin at j too. The vectors' twin
    asks for as many rows of `words` from `coming` on, while it computes.
    """
    x = rows[row]
    g = np.empty(columns, np.float32)
    for c in range(columns):
        word = words[j + c]
        y = own_outputs[word] if word < own_outputs.shape[0] else outputs[word]
        g[c] = rate * (labels[j + c] - _sigmoid(scale * (x * y).sum()))
    old = scale * x
    for c in range(columns):
        word = words[j + c]
        y = own_outputs[word] if word < own_outputs.shape[0] else outputs[word]
        x += g[c] * y
        y += g[c] * old


def sum_rows(
    into: Floats, also: Floats, row: int, more: bool, weights: Floats, w: int,
    matrix: Floats, own: Floats, words: Words, i: int, count: int, coming: int,
) -> None:  # fmt: skip
    """Set a row to the sum of the rows of `words[i : i + count]`, or add it: the twin of `row_ir.vector_sum_rows`.

    Each counts with its weight, from `weights[w]` on. `more` says that the sum is added. `also` takes the row too.
    The vectors' twin asks for as many rows of `words` from `coming` on, while it computes.
    """
    total = into[row]
    if not more:
        total[:] = np.float32(0.0)
    for c in range(count):
        word = words[i + c]
        total += weights[w + c] * (own[word] if word < own.shape[0] else matrix[word])
    also[row] = total


def add_to_rows(
    matrix: Floats, own: Floats, words: Words, i: int, count: int, after: Floats, before: Floats, row: int
) -> None:
    """Add how one row has changed to each of the rows of `words[i : i + count]`: the twin of
    `row_ir.vector_add_to_rows`. A word that stands there twice is moved twice.
    """
    change = after[row] - before[row]
    for c in range(count):
        word = words[i + c]
        moved = own[word] if word < own.shape[0] else matrix[word]
        moved += change
