"""Characters, as the definition of "clean" sees them: what is part of a word, what is thrown away.

Python's `\\w` has letters and digits of all scripts, but not the marks that vowels are written with in most
scripts of India and South-East Asia, and that Arabic and Hebrew may be pointed with.

To look at each character of a text costs more than all else. So a text's alphabet is taken first, which is its
few distinct characters that are not ASCII, and only steps that it needs are made.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterable

LIKE_ASCII = {
    "\u2019": "'", "\u2018": "'", "\u02bc": "'", "\u00b4": "'", "\u2032": "'", "\uff07": "'", "\u05f3": "'",
    "\u201c": '"', "\u201d": '"', "\u2013": " - ", "\u2014": " - ", "\u2026": "... ", "\u00a0": " ",
    "\u2122": " ", "\u2120": " ", "\u0085": "\n", "\u2028": "\n", "\u2029": "\n\n",
}  # fmt: skip
"""What is written in ASCII here: apostrophes and quotes of all shapes, dashes, blanks, ends of line."""

_ASCII = bytes(range(128))
_FEW = 16
_FIRST_MARK, _FIRST_BEYOND_BMP, _AFTER_LAST_MARK = 0x300, 0x10000, 0x20000
_VARIATION_SELECTORS = frozenset(map(chr, [*range(0x180B, 0x1810), *range(0xFE00, 0xFE10)]))
_JOINERS = "\u200c\u200d"


def _marks(first: int, after_last: int) -> frozenset[str]:
    """Return the marks that are written with letters; not those that enclose, nor variants of emoji."""
    marks = {
        chr(code) for code in range(first, after_last) if unicodedata.category(chr(code)) in ("Mn", "Mc")
    }
    return frozenset(marks - _VARIATION_SELECTORS)


def _inside_brackets(characters: Iterable[str]) -> str:
    """Return the ranges of a regular expression's character class."""
    ranges: list[list[int]] = []
    for code in sorted(map(ord, characters)):
        if ranges and code == ranges[-1][1] + 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges)


_BMP_MARKS = _marks(_FIRST_MARK, _FIRST_BEYOND_BMP)
_MARKS = _BMP_MARKS | _marks(_FIRST_BEYOND_BMP, _AFTER_LAST_MARK)


FOREIGN_PUNCTUATION = re.compile(rf"[^\x00-\x7f\w\s{_inside_brackets(_BMP_MARKS)}]")
"""A character outside of ASCII that is no part of a word."""


class _Patterns:
    """Patterns that name all marks: a class with characters beyond the BMP is searched some ten times slower."""

    def __init__(self, marks: Iterable[str]) -> None:
        mark = _inside_brackets(marks)
        foreign = r"[^\W\x00-\u02ff]"
        self.no_word = re.compile(rf"[^\w '\n{_JOINERS}{mark}]+")
        self.lone_mark = re.compile(rf"(?<![\w{_JOINERS}{mark}])[{_JOINERS}{mark}]+")
        self.needless_joiner = re.compile(
            rf"(?<!{foreign})(?<![{mark}])[{_JOINERS}]+|[{_JOINERS}]+(?!{foreign})|(?<=[{_JOINERS}])[{_JOINERS}]+"
        )


_RARE_MARKS = _MARKS - _BMP_MARKS
_BMP, _ALL = _Patterns(_BMP_MARKS), _Patterns(_MARKS)

_BLANK = re.compile("[\u200b\ud800-\udfff]")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u05f4\u061c\u180b-\u180f\u200e\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\ufff0-\ufffb\U000e0000-\U000e0fff]"
)
_UNSPACED_RUN = re.compile(
    "[\u3005\u3007\u3041-\u30ff\u3100-\u312f\u31f0-\u31ff"  # iteration marks, kana, bopomofo
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Chinese characters
    "\u0e01-\u0e5b\u0e80-\u0eff\u0f00-\u0fff"  # Thai, Lao, Tibetan
    "\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f\u1780-\u17ff]+"  # Burmese, Khmer
)


def alphabet(text: str) -> frozenset[str]:
    """Return the distinct characters of a text that are not ASCII."""
    return frozenset(
        text.encode("utf-8", "surrogatepass").translate(None, _ASCII).decode("utf-8", "surrogatepass")
    )


def normalised(text: str) -> str:
    """Return a text in normal form NFKC, without what is not seen; apostrophes, quotes, dashes in ASCII.

    Not seen are soft hyphens, signs of direction, variation selectors, joiners of emoji; joiners stay between
    letters of scripts that need them, as Persian and Hindi do. A zero-width blank and half a character become
    blanks.
    """
    found = alphabet(text)
    text = _like_ascii(text, found)
    distinct = "".join(found)
    if _BLANK.search(distinct):
        text = _BLANK.sub(" ", text)
    if _INVISIBLE.search(distinct):
        text = _INVISIBLE.sub("", text)
    if not found.isdisjoint(_JOINERS):
        text = _patterns(found).needless_joiner.sub("", text)
    composed = unicodedata.normalize("NFKC", text)
    if composed is text:
        return text
    # "\u0149" is "\u02bcn" now, with an apostrophe of another shape
    return _like_ascii(composed, alphabet(unicodedata.normalize("NFKC", distinct)))


def _like_ascii(text: str, found: frozenset[str]) -> str:
    for character in found & LIKE_ASCII.keys():
        text = text.replace(character, LIKE_ASCII[character])
    return text


def lowered(text: str) -> str:
    """Return a text in lower case, in normal form still."""
    text = text.lower()
    # A small letter and a mark may have a common character where the capital letter has none.
    return unicodedata.normalize("NFKC", text) if alphabet(text) & _MARKS else text


def known_form(word: str, known: Container[str]) -> str | None:
    """Return the first form of a word that is known: as it is, as cleaning writes it, and that in lower case.

    A word that looks the same may be other characters: an accent of its own, an apostrophe of another shape.

    Examples
    --------
    >>> known_form("Cafe\u0301", {"caf\u00e9"})
    'caf\u00e9'
    """
    return next((form for form in word_forms(word) if form in known), None)


def word_forms(word: str) -> tuple[str, ...]:
    """Return the forms in which a word may be known, the nearest first."""
    composed = normalised(word)
    return word, composed, lowered(composed)


def common_form(word: str) -> str:
    """Return what all forms of a word have in common: the word as cleaning writes it, in lower case."""
    return word.lower() if word.isascii() else lowered(normalised(word))


def only_words(text: str) -> str:
    """Make blanks of what is no part of a word; take out marks that belong to no letter.

    Parameters
    ----------
    text
        Without ASCII other than letters, digits, apostrophes, blanks and newlines.
    """
    found = alphabet(text)
    junk = [c for c in found if not (c.isalnum() or c in _MARKS or c in _JOINERS)]
    if len(junk) <= _FEW:
        for character in junk:
            text = text.replace(character, " ")
    else:
        text = _patterns(found).no_word.sub(" ", text)
    if found & _MARKS or not found.isdisjoint(_JOINERS):
        text = _patterns(found).lone_mark.sub("", text)
    return text


def unspaced_runs(text: str) -> list[str]:
    """Return the runs of scripts that are written without blanks between words."""
    return _UNSPACED_RUN.findall(text) if _UNSPACED_RUN.search("".join(alphabet(text))) else []


def without_unspaced(text: str) -> str:
    """Make a blank of each such run."""
    return _UNSPACED_RUN.sub(" ", text)


def _patterns(found: frozenset[str]) -> _Patterns:
    return _BMP if found.isdisjoint(_RARE_MARKS) else _ALL
