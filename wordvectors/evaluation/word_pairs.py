"""Word-pair sets: two words and how similar people find them, a pair a line."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from wordvectors.evaluation.sets import PAIR_SETS
from wordvectors.gensim_data import gensim_data


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
SCORE_HEADINGS = frozenset({"score", "scores", "similarity", "relatedness", "rating", "mean", "human (mean)"})
"""Headings, in lower case, by which a score's column is known among several columns of numbers."""

_Row = tuple[int, list[str]]


def read_word_pairs(path: str | Path) -> WordPairSet:
    """Read a word-pair file; see `parse_word_pairs`.

    Parameters
    ----------
    path
        A UTF-8 text file; its name becomes the name of the set.

    Raises
    ------
    WordPairsError
        If the file is not UTF-8, or as `parse_word_pairs`.
    """
    path = Path(path)
    return parse_word_pairs(path.name, decoded_lines(path.read_bytes(), str(path)), source=str(path))


def read_pair_sets(names: Collection[str] = tuple(PAIR_SETS)) -> dict[str, WordPairSet]:
    """Return those of the sets that come with the project which are among these names; by default all."""
    return {name: read_word_pairs(gensim_data(file)) for name, file in PAIR_SETS.items() if name in names}


def decoded_lines(content: bytes, source: str) -> list[str]:
    """Return the lines of a file's content.

    Raises
    ------
    WordPairsError
        If it is not UTF-8.
    """
    try:
        return content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as fault:
        raise WordPairsError(f"{source} is not UTF-8: {fault.reason} at byte {fault.start}") from None


def parse_word_pairs(
    name: str, lines: Iterable[str], source: str = "", column: str | None = None
) -> WordPairSet:
    """Make a word-pair set of lines: word, word, score.

    The separator is found in the first line: a tab, a semicolon, a comma, else white space; between commas
    and semicolons a field may be quoted. Lines that are empty or start with `#` are passed over, and a first
    line without a number is the heading. The words are the first two columns. The score is the column that
    is asked for; else the third of three; else the one with a usual heading, such as `score`; else the only
    one that holds nothing but numbers.

    Parameters
    ----------
    source
        Names the lines in errors; `name` by default.
    column
        The score's column: its heading, or its number from 1.

    Raises
    ------
    WordPairsError
        If there is no pair, if the score's column is not known, or if lines are not a pair (all named, up to
        five).
    """
    source = source or name
    text = [(n, line) for n, line in enumerate(lines, start=1) if line.strip() and not line.startswith("#")]
    separator = next((mark for mark in "\t;," if text and mark in text[0][1]), None)
    rows = [(number, _fields(line, separator)) for number, line in text]
    widths = Counter(len(fields) for _, fields in rows if len(fields) >= 3)
    width = widths.most_common(1)[0][0] if widths else 3
    heading: list[str] = []
    if rows and len(rows[0][1]) >= width and not any(map(_is_number, rows[0][1][2:])):
        heading = rows.pop(0)[1]
        heading = heading if len(heading) == width else []  # of blanks within names no columns can be made

    place = _score_column(rows, heading, width, column, source)
    pairs: list[tuple[str, str, float]] = []
    faults: list[str] = []
    for number, fields in rows:
        score = _score(fields[place], separator) if len(fields) == width else None
        if score is not None and fields[0] and fields[1]:
            pairs.append((fields[0].lower(), fields[1].lower(), score))
        else:
            faults.append(f"line {number}: {' '.join(fields)[:60]!r}")
    if faults:
        more = f" and {len(faults) - MOST_FAULTS_NAMED} more" if len(faults) > MOST_FAULTS_NAMED else ""
        raise WordPairsError(
            f"{source}: not a pair (word, word, score): {'; '.join(faults[:MOST_FAULTS_NAMED])}{more}"
        )
    if not pairs:
        raise WordPairsError(f"{source} holds no word pair (word, word, score)")
    return WordPairSet(name, tuple(pairs))


def _fields(line: str, separator: str | None) -> list[str]:
    if separator is None:
        return line.split()
    if separator == "\t" or '"' not in line:
        return [field.strip() for field in line.split(separator)]
    try:
        (fields,) = csv.reader([line], delimiter=separator, skipinitialspace=True)
    except (csv.Error, ValueError):
        return [line]
    return [field.strip() for field in fields]


def _score_column(rows: list[_Row], heading: list[str], width: int, wanted: str | None, source: str) -> int:
    """Return the place of the score among a line's fields."""
    names = [name.lower() for name in heading]
    if wanted is not None:
        if wanted.lower() in names[2:]:
            return names.index(wanted.lower(), 2)
        if wanted.isdecimal() and 3 <= int(wanted) <= width:
            return int(wanted) - 1
        columns = ", ".join(heading[2:]) or f"numbered 3 to {width}"
        raise WordPairsError(f"{source} has no column {wanted!r} for the score; its columns are {columns}")
    if width == 3:
        return 2
    usual = [place for place in range(2, width) if names and names[place] in SCORE_HEADINGS]
    whole = [fields for _, fields in rows if len(fields) == width]
    numeric = [place for place in range(2, width) if all(_is_number(fields[place]) for fields in whole)]
    for places in (usual, numeric):
        if len(places) == 1:
            return places[0]
    found = ", ".join(heading[place] if heading else str(place + 1) for place in numeric) or "none"
    raise WordPairsError(
        f"{source} has {width} columns, and which one is the score is not plain (of numbers alone: {found}); "
        "head it `score`, or name it after the set's name, as NAME:COLUMN"
    )


def _number(field: str) -> float | None:
    try:
        return float(field.replace(",", "."))
    except ValueError:
        return None


def _is_number(field: str) -> bool:
    return _number(field) is not None


def _score(field: str, separator: str | None) -> float | None:
    """Return a score; where commas do not separate the columns, they may be decimal ones."""
    number = None if separator == "," and "," in field else _number(field)
    return number if number is not None and math.isfinite(number) else None
