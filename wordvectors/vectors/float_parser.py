"""Numbers out of text, by numba: what Python's `float` reads, some ten times as fast.

A number of at most 15 digits whose decimal exponent is at most 22 either way is a product or a quotient of two
numbers that float64 holds exactly, so that one rounding gives the nearest float64 (Clinger 1990, "How to read
floating point numbers accurately"). Vectors are written with six digits or nine; whatever else stands in a
file is left to Python.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wordvectors.machine_code import compiled_for

_POWERS = np.array([float(f"1e{exponent}") for exponent in range(23)])
_MOST_DIGITS = 15
_MINUS, _PLUS, _POINT, _ZERO, _NINE, _SMALL_E, _LARGE_E, _BLANK, _NEWLINE = b"-+.09eE \n"


def parse_rows(text: bytes, rows: int, dim: int) -> NDArray[np.float32] | None:
    """Return the numbers of a text as a matrix, or None where Python must look.

    Parameters
    ----------
    text
        `rows` lines, each of `dim` numbers between single blanks, each line ended by a newline.
    """
    matrix = np.empty((rows, dim), np.float32)
    return matrix if _parse(np.frombuffer(text, np.uint8), matrix) else None


@compiled_for("(Array(u1, 1, 'C', readonly=True), f4[:, ::1])")
def _parse(text: NDArray[np.uint8], matrix: NDArray[np.float32]) -> bool:
    """Fill a matrix; return whether the text is nothing but its numbers, each plain enough."""
    at, end = 0, len(text)
    rows, dim = matrix.shape
    for row in range(rows):
        for column in range(dim):
            negative = False
            if at < end and (text[at] == _MINUS or text[at] == _PLUS):
                negative = text[at] == _MINUS
                at += 1
            mantissa, digits, scale = 0, 0, 0
            seen, after_point = 0, False
            while at < end:
                byte = text[at]
                if _ZERO <= byte <= _NINE:
                    mantissa = 10 * mantissa + (byte - _ZERO)
                    digits += mantissa > 0
                    scale -= after_point
                    seen += 1
                    if digits > _MOST_DIGITS:
                        return False
                elif byte == _POINT and not after_point:
                    after_point = True
                else:
                    break
                at += 1
            if seen == 0:
                return False
            if at < end and (text[at] == _SMALL_E or text[at] == _LARGE_E):
                at += 1
                below_zero = False
                if at < end and (text[at] == _MINUS or text[at] == _PLUS):
                    below_zero = text[at] == _MINUS
                    at += 1
                exponent, seen = 0, 0
                while at < end and _ZERO <= text[at] <= _NINE and seen < 4:
                    exponent = 10 * exponent + (text[at] - _ZERO)
                    seen += 1
                    at += 1
                if seen == 0:
                    return False
                scale += -exponent if below_zero else exponent
            if scale < -22 or scale > 22:
                return False
            number = mantissa / _POWERS[-scale] if scale < 0 else mantissa * _POWERS[scale]
            matrix[row, column] = -number if negative else number
            expected = _NEWLINE if column == dim - 1 else _BLANK
            if at >= end or text[at] != expected:
                return False
            at += 1
    return at == end
