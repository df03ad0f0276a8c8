"""Word-pair sets: two words and how similar people find them, a pair a line."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


class WordPairsError(ValueError):
    """A word-pair file that can't be read; the message names the file and each faulty line."""


@dataclass(frozen=True)
class WordPairSet:
    """A set of word pairs with human scores.

    Attributes
    ----------
    name : str
        What the scores are filed under: the name of the file.
    pairs : tuple of (str, str, float)
        Every line of the set, in order: two lower-cased words and their score, on whatever scale the set
        uses (only the order of the scores matters).
    """

    name: str
    pairs: tuple[tuple[str, str, float], ...]

    @property
    def words(self) -> frozenset[str]:
        """The distinct words of all pairs."""
        return frozenset(word for first, second, _ in self.pairs for word in (first, second))


MOST_FAULTS_NAMED = 5


def read_word_pairs(path: str | Path) -> WordPairSet:
    """Read a word-pair file: word, word, score; separated by tabs, commas, semicolons or white space.

    Lines that are empty or start with `#` are passed over, and so is a first line whose third column is
    not a number, as the heading.

    Parameters
    ----------
    path
        A UTF-8 text file; its name becomes the name of the set.

    Raises
    ------
    WordPairsError
        If the file is not UTF-8, holds no pair, or has lines that are not a pair (all named, up to five).
    """
    path = Path(path)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as fault:
        raise WordPairsError(f"{path} is not UTF-8: {fault.reason} at byte {fault.start}") from None
    return parse_word_pairs(path.name, lines, source=str(path))


def parse_word_pairs(name: str, lines: Iterable[str], source: str = "") -> WordPairSet:
    """Make a word-pair set of lines, as `read_word_pairs` does of a file's; `source` names them in errors."""
    source = source or name
    pairs: list[tuple[str, str, float]] = []
    faults: list[str] = []
    first = True
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = _fields(line)
        score = _score(fields[2]) if len(fields) == 3 else None
        if score is not None and fields[0] and fields[1]:
            pairs.append((fields[0].lower(), fields[1].lower(), score))
        elif not (first and len(fields) == 3 and not _is_float(fields[2])):
            faults.append(f"line {number}: {line.strip()[:60]!r}")
        first = False
    if faults:
        more = f" and {len(faults) - MOST_FAULTS_NAMED} more" if len(faults) > MOST_FAULTS_NAMED else ""
        raise WordPairsError(
            f"{source}: not a pair (word, word, score): {'; '.join(faults[:MOST_FAULTS_NAMED])}{more}"
        )
    if not pairs:
        raise WordPairsError(f"{source} holds no word pair (word, word, score)")
    return WordPairSet(name, tuple(pairs))


def _fields(line: str) -> list[str]:
    for separator in ("\t", ";", ","):
        if separator in line:
            return [field.strip() for field in line.split(separator)]
    return line.split()


def _is_float(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def _score(field: str) -> float | None:
    return float(field) if _is_float(field) and math.isfinite(float(field)) else None
