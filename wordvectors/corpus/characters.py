"""Characters, as the definition of "clean" sees them: what is part of a word, what is thrown away.

Python's `\\w` has letters and digits of all scripts, but not the marks that vowels are written with in most
scripts of India and South-East Asia, and that Arabic and Hebrew may be pointed with.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_FIRST_MARK, _AFTER_LAST_MARK = 0x300, 0x20000


def _character_class(codes: Iterable[int]) -> str:
    """Return the inside of a regular expression's brackets for characters given in ascending order."""
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and code == ranges[-1][1] + 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges)


def _is_mark(code: int) -> bool:
    is_variation_selector = 0xFE00 <= code <= 0xFE0F or 0x180B <= code <= 0x180F
    return unicodedata.category(chr(code)) in ("Mn", "Mc") and not is_variation_selector


MARKS = _character_class(code for code in range(_FIRST_MARK, _AFTER_LAST_MARK) if _is_mark(code))

_UNSPACED = (
    "\u3005\u3007\u3041-\u30ff\u3100-\u312f\u31f0-\u31ff"  # iteration marks, kana, bopomofo
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Chinese characters
    "\u0e01-\u0e5b\u0e80-\u0eff\u0f00-\u0fff"  # Thai, Lao, Tibetan
    "\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f\u1780-\u17ff"  # Burmese, Khmer
)
UNSPACED_RUN = re.compile(f"[{_UNSPACED}]+")
"""Text in scripts that are written without blanks between words."""

LIKE_ASCII = {
    "\u2019": "'", "\u2018": "'", "\u02bc": "'", "\u00b4": "'", "\u2032": "'", "\uff07": "'", "\u05f3": "'",
    "\u201c": '"', "\u201d": '"', "\u2013": " - ", "\u2014": " - ", "\u2026": "... ", "\u00a0": " ",
    "\u2122": " ", "\u2120": " ", "\u0085": "\n", "\u2028": "\n", "\u2029": "\n\n",
}  # fmt: skip
"""What is written in ASCII here: apostrophes and quotes of all shapes, dashes, blanks, ends of line."""

_JOINERS = "\u200c\u200d"
_INVISIBLE = (
    f"\u00ad\u034f\u061c\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    f"\ufff0-\ufffb{_JOINERS}\U000e0000-\U000e0fff\ud800-\udfff"
)
INVISIBLE = re.compile(f"[{_INVISIBLE}]")
_NEEDED_JOINER = f"(?<=[^\\W\\x00-\\u02ff])[{_JOINERS}](?=[^\\W\\x00-\\u02ff])|(?<=[{MARKS}])[{_JOINERS}](?=[^\\W\\x00-\\u02ff])"
_TO_BLANK = "[\u200b\ud800-\udfff]"
_INVISIBLE_KINDS = re.compile(f"(?P<kept>{_NEEDED_JOINER})|(?P<blank>{_TO_BLANK})|[{_INVISIBLE}\u05f4]")

NO_WORD = re.compile(f"[^\\w\\s'{_JOINERS}{MARKS}]+")
"""Non-ASCII punctuation, symbols, emoji; for text without ASCII punctuation."""
LONE_MARK = re.compile(f"(?<![\\w{_JOINERS}{MARKS}])[{MARKS}{_JOINERS}]+")
"""Marks and joiners that belong to no letter."""
ANY_MARK = re.compile(f"[{MARKS}{_JOINERS}]")


def without_invisible(text: str) -> str:
    """Take out what is not seen: soft hyphens, signs of direction, variation selectors, joiners of emoji.

    The joiners stay between letters of scripts that need them, as Persian and Hindi do. A zero-width blank
    and half a character become blanks.
    """
    return _INVISIBLE_KINDS.sub(
        lambda found: found[0] if found["kept"] else " " if found["blank"] else "", text
    )
