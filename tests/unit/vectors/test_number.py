"""What is a number, value by value and row by row."""

from __future__ import annotations

import itertools

from wordvectors.vectors.number import no_float32, number


def test_rows_that_are_told_by_counting_hold_numbers_alone():
    for length in range(1, 8):
        for characters in itertools.product(b"1. -", repeat=length):
            row = bytes(characters)
            values = row.split(b" ")
            wrong = next((value for value in values if number(value) is None), None)
            assert no_float32(row) == wrong, row
    assert no_float32(b"0.5 " + b"9" * 39 + b".0") == b"9" * 39 + b".0"
