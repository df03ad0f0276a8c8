"""Numbers out of text: just those that Python reads, or none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordvectors.vectors.float_parser import parse_rows

floats = st.floats(width=32, allow_nan=False, allow_infinity=False)
formats = st.sampled_from(["%.6g", "%.9g", "%.6f", "%r", "%+.3e", "%.0f"])


@settings(deadline=None)
@given(st.lists(st.lists(floats, min_size=3, max_size=3), min_size=1, max_size=5), formats)
def test_numbers_are_pythons(rows: list[list[float]], form: str):
    text = "".join(" ".join(form % value for value in row) + "\n" for row in rows)

    found = parse_rows(text.encode(), len(rows), 3)

    if found is not None:
        expected = [[np.float32(float(value)) for value in line.split(" ")] for line in text.splitlines()]
        assert found.tobytes() == np.array(expected, np.float32).tobytes()  # signs of zeros as well


@settings(deadline=None)
@given(st.floats(-100, 100, width=32).filter(lambda value: abs(value) > 1e-12))
def test_what_vectors_are_written_as_is_never_left_to_python(value: float):
    assert parse_rows(f"{value:.6g} {value:.9g}\n".encode(), 1, 2) is not None


@pytest.mark.parametrize(
    "text",
    ["", "1\n", "1 2", "1  2\n", "1 2 \n", "1 2 3\n", "1 2\n3", "1 x\n", "1 .\n", "1 1e\n", "1 1e99\n", "1 --2\n",
     "1 nan\n", "1 inf\n", "1 1.2.3\n", "1 0.1234567890123456\n", "1\t2\n", " 1 2\n", "1 0x1\n", "1 1_0\n", "1 1e+\n"],
)  # fmt: skip
def test_what_is_not_plain_is_left_to_python(text: str):
    assert parse_rows(text.encode(), 1, 2) is None


@settings(deadline=None)
@given(st.text("0123456789.eE+- \n", max_size=30))
def test_any_text_is_read_as_python_reads_it_or_left_to_it(text: str):
    found = parse_rows(text.encode(), 1, 2)

    if found is not None:
        first, second = text.removesuffix("\n").split(" ")
        assert found.tobytes() == np.array([[float(first), float(second)]], np.float32).tobytes()
