"""What is a number in a file of vectors or of human scores: one definition for every reader.

A number is written with digits 0 to 9, signs, a decimal point and an exponent, as C's `printf` writes it, and is
finite. What Python's `float` reads beyond that is none: `nan`, `infinity`, `1_0`, other scripts' digits, blanks.
"""

from __future__ import annotations

import math

CHARACTERS = "0123456789+-.eE"
"""All that numbers are written with."""


def number(text: str) -> float | None:
    """Return the finite number that a text is; None if it is none.

    Examples
    --------
    >>> [number(text) for text in ("1.5", "-.5", "2.", "1e3", "1-2", "1e", ".", "nan", "1_0", "1e999")]
    [1.5, -0.5, 2.0, 1000.0, None, None, None, None, None, None]
    """
    if not set(text) <= set(CHARACTERS):
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
