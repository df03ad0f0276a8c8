"""Rows of numbers as text, by numba: what `%.6g` writes, some tens of times as fast.

A number x with the decimal exponent e is x · 10^(5 - e), rounded to an integer of six digits. A float32 has
24 bits and 10^12 has 28 beside its powers of two, so that this product is exact in float64, and the rounding
too (half to even, as in C), for magnitudes from 1e-7 to 1e6. Outside, where word vectors have no business,
the sixth digit may differ from C's by one where a number lies halfway between two texts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wordvectors.machine_code import compiled

Bytes = NDArray[np.uint8]

LONGEST_NUMBER = 13
"""Bytes, the blank before it included: " -1.23457e-38"."""

_POWERS = np.array([float(f"1e{exponent}") for exponent in range(-46, 52)])
_POWER_ZERO = 46  # the place of 10^0
_THREE_DIGITS = np.array([list(b"%03d" % number) for number in range(1000)], np.uint8)
_LOG10_OF_2 = 0.30103
_SMALLEST_FIXED, _LARGEST_FIXED = -4, 5  # exponents that C's %.6g writes without "e"
_MINUS, _POINT, _ZERO, _E, _PLUS, _BLANK, _NEWLINE = b"-.0e+ \n"


def lines(words: bytes, matrix: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return a line per word: the word and its numbers, separated by blanks.

    Parameters
    ----------
    words
        UTF-8, each word followed by a newline.
    matrix
        Their vectors, (words, dim), float32.

    Raises
    ------
    ValueError
        If a number is not finite.
    """
    matrix = np.ascontiguousarray(matrix, np.float32)
    if not np.isfinite(matrix).all():
        raise ValueError("a vector holds a number that is not finite")
    text = np.empty(len(words) + matrix.size * LONGEST_NUMBER, np.uint8)
    return text[: _fill(np.frombuffer(words, np.uint8), matrix, matrix.view(np.int32), text)]


@compiled
def _fill(words: Bytes, matrix: NDArray[np.float32], bits: NDArray[np.int32], text: Bytes) -> int:
    at, byte = 0, 0
    for row in range(len(matrix)):
        while words[byte] != _NEWLINE:
            text[at] = words[byte]
            at += 1
            byte += 1
        byte += 1
        for column in range(matrix.shape[1]):
            text[at] = _BLANK
            at = _write_number(np.float64(matrix[row, column]), bits[row, column], text, at + 1)
        text[at] = _NEWLINE
        at += 1
    return at


@compiled
def _write_number(number: float, bits: int, text: Bytes, at: int) -> int:
    """Write a float32, given as a float64 and as its bits, from `at` on; return where its text ends."""
    if bits < 0:
        text[at] = _MINUS
        at += 1
        number = -number
    if number == 0:
        text[at] = _ZERO
        return at + 1
    digits, exponent = _six_digits(number, (bits >> 23 & 255) - 127)
    if _SMALLEST_FIXED <= exponent < 0:
        text[at] = _ZERO
        text[at + 1] = _POINT
        for place in range(at + 2, at + 1 - exponent):
            text[place] = _ZERO
        return _write_digits(digits, text, at + 1 - exponent)
    before_point = exponent + 1 if 0 <= exponent <= _LARGEST_FIXED else 1
    end = _write_digits(digits, text, at + 1)
    for place in range(at, at + before_point):
        text[place] = text[place + 1]
    text[at + before_point] = _POINT
    end = max(end, at + before_point)
    if end <= at + before_point + 1:  # nothing behind the point
        end = at + before_point
    if before_point == exponent + 1:
        return end
    text[end] = _E
    text[end + 1] = _MINUS if exponent < 0 else _PLUS
    text[end + 2] = _ZERO + abs(exponent) // 10
    text[end + 3] = _ZERO + abs(exponent) % 10
    return end + 4


@compiled
def _six_digits(number: float, binary_exponent: int) -> tuple[int, int]:
    """Return a positive number's first six digits, rounded, as an integer, and its decimal exponent."""
    exponent = int(np.floor(binary_exponent * _LOG10_OF_2))
    while number >= _POWERS[_POWER_ZERO + exponent + 1]:
        exponent += 1
    while number < _POWERS[_POWER_ZERO + exponent]:  # below 1e-38 the bits tell too little
        exponent -= 1
    if exponent <= 5:
        digits = int(np.rint(number * _POWERS[_POWER_ZERO + 5 - exponent]))
    else:
        digits = int(np.rint(number / _POWERS[_POWER_ZERO + exponent - 5]))
    if digits == 1_000_000:
        return 100_000, exponent + 1
    return digits, exponent


@compiled
def _write_digits(digits: int, text: Bytes, at: int) -> int:
    """Write six digits; return where they end without the zeros at their end."""
    thousands = digits // 1000
    rest = digits - 1000 * thousands
    for place in range(3):
        text[at + place] = _THREE_DIGITS[thousands, place]
        text[at + 3 + place] = _THREE_DIGITS[rest, place]
    end = at + 6
    while text[end - 1] == _ZERO:
        end -= 1
    return end
