"""What is a number in a file of vectors or of human scores: one definition for every reader.

A number is written with digits 0 to 9, a sign, a decimal point and an exponent as C's `printf` writes them.
What Python's `float` reads beyond that is none: `nan`, `infinity`, `1_0`, other scripts' digits, blanks around it.
"""

from __future__ import annotations

import math
import re

FLOAT32_MAX = 3.4028234663852886e38

_DIGITS = rb"[+-]?+(?:[0-9]++(?:\.[0-9]*+)?+|\.[0-9]++)"
_NUMBER = re.compile(_DIGITS + rb"(?:[eE][+-]?+[0-9]++)?+")
_SMALL = rb"[+-]?+(?:[0-9]{1,30}+(?:\.[0-9]*+)?+|\.[0-9]++)(?:[eE]-[0-9]++)?+"
_SMALL_ROW = re.compile(_SMALL + rb"(?: " + _SMALL + rb")*+")
"""Numbers that are below float32's largest by their very shape, so that none needs to be parsed for that."""


def number(text: str | bytes) -> float | None:
    """Return the finite number that a text is; None if it is none.

    Examples
    --------
    >>> [number(text) for text in ("1.5", "-.5", "2.", "1e3", "1-2", "1e", ".", "nan", "1_0", "1e999")]
    [1.5, -0.5, 2.0, 1000.0, None, None, None, None, None, None]
    """
    content = text.encode("utf-8", "replace") if isinstance(text, str) else text
    if _NUMBER.fullmatch(content) is None:
        return None
    value = float(content)
    return value if math.isfinite(value) else None


def no_float32(row: bytes) -> bytes | None:
    """Return the first of a row's values, each behind a single blank, that float32 can't hold as a finite number."""
    if _is_plain(row) or _SMALL_ROW.fullmatch(row):
        return None
    for text in row.split(b" "):
        value = number(text)
        if value is None or abs(value) > FLOAT32_MAX:
            return text
    return None


_ZEROS = bytes.maketrans(b"123456789", b"000000000")


def _is_plain(row: bytes) -> bool:
    """Whether each value is a small one written as `-1.25`: told by counting, at a fraction of the pattern's time.

    Between the blanks one point each and no other sign; on both sides of it a digit; before it a minus only at the
    beginning; and nowhere so many digits that float32 might not hold the value.
    """
    points = row.translate(None, b"0123456789-")
    count = len(points) // 2 + 1
    if points != b". " * (count - 1) + b".":
        return False
    digits = row.translate(_ZEROS)
    return (
        digits.count(b"0.0") == count
        and digits.count(b"-") == digits.count(b" -0") + digits.startswith(b"-0")
        and b"0" * 31 not in digits
    )
