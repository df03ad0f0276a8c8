"""Numbers as text: what Python's own %.6g writes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wordvectors.vectors.float_text import lines


def text(numbers: list[float]) -> str:
    return bytes(lines(b"word\n", np.array([numbers], np.float32))).decode()


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
@example([0.0, -0.0, 1.0, -1.0, 10.0, 100000.0, 1000000.0, 0.1, 0.0001, 0.00001])
@example([999999.5, 9999995.0, 0.99999994, 9.9999995e-5, 1234565.0, 123456.5, 2.5, -0.000123457])
@example([1e-45, -1e-45, 1.1754944e-38, 3.4028235e38, -3.4028235e38, -1.23457e-38])
def test_any_number_is_written_as_by_c_to_half_a_unit_of_the_sixth_digit(numbers: list[float]):
    word, *written = text(numbers)[:-1].split(" ")
    assert word == "word"
    for number, got in zip(np.array(numbers, np.float32).tolist(), written, strict=True):
        expected = f"{number:.6g}"
        if 1e-7 <= abs(number) < 1e6 or number == 0:
            assert got == expected
        else:
            assert float(got) == pytest.approx(float(expected), rel=1.01e-5, abs=0)
            assert abs(float(got) - number) <= 5.0001e-6 * abs(number)


def test_many_numbers_of_every_size_are_written_as_by_c():
    rng = np.random.default_rng(0)
    numbers = (rng.choice([-1, 1], 100_000) * 10 ** rng.uniform(-7, 6, 100_000)).astype(np.float32)
    assert text(numbers.tolist()) == "word" + "".join(f" {number:.6g}" for number in numbers.tolist()) + "\n"


def test_each_word_has_its_line():
    matrix = np.array([[1, 2.5], [-3, 1e-9], [0, 4]], np.float32)
    assert bytes(lines("a\nnaïve\n日本\n".encode(), matrix)).decode() == "a 1 2.5\nnaïve -3 1e-09\n日本 0 4\n"


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused(number: float):
    with pytest.raises(ValueError, match="not finite"):
        text([1.0, number])
