"""The columns of a word-pair file: how lines are cut into fields, and which of them hold the words and the score."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass

from wordvectors.vectors.number import number

SCORE_HEADINGS = frozenset({"score", "scores", "similarity", "relatedness", "rating", "mean", "human (mean)"})
"""Headings, in lower case, by which a score's column is known among several columns of numbers."""

WORD_HEADINGS = (
    frozenset({"word1", "word_1", "word 1", "w1", "first", "first word"}),
    frozenset({"word2", "word_2", "word 2", "w2", "second", "second word"}),
)
"""Headings, in lower case, by which the columns of the two words are known wherever they stand."""
INDEX_HEADINGS = frozenset({"", "#", "id", "index", "no", "nr", "unnamed: 0"})
"""Headings, in lower case, of a column that numbers the lines, as pandas writes one."""
_ALL_HEADINGS = frozenset().union(SCORE_HEADINGS, *WORD_HEADINGS, INDEX_HEADINGS - {""})
_NO_WORDS = frozenset(name for name in _ALL_HEADINGS if re.search("[0-9]", name))
"""Headings that no word can be mistaken for, as it can for `first` and `second`."""

_SEPARATORS = "\t;,"
_QUOTED = re.compile(r'(?:^|(?<=[\t;, ]))"[^"]*+(?:""[^"]*+)*+"')
_BLANK_BEHIND = re.compile(r'" +(?=[\t;,]|$)')

Row = tuple[int, list[str]]
"""A line's number, from 1, and its fields."""


class ColumnsNotPlain(ValueError):
    """Columns of which it is not plain which are the words and the score; the message goes on from the file's name."""


@dataclass(frozen=True)
class Columns:
    """The lines of a file, cut into fields, and the places of the words and the score among them.

    Attributes
    ----------
    rows : list
        Without the heading.
    heading : list of str
        Empty if there is none, or if it has not as many names as the lines have fields.
    width : int
        How many fields a line has.
    """

    rows: list[Row]
    heading: list[str]
    width: int
    first: int
    second: int
    score: int

    def hint(self) -> str:
        """Return what to say of a first line that may be meant as a heading and was taken for none."""
        first = self.rows[0][1]
        if self.heading or any(map(is_number, first)):
            return ""
        if not _ALL_HEADINGS.isdisjoint(field.lower() for field in first):
            return f" (this heading has {len(first)} names, and the lines have {self.width} fields)"
        return (
            " (a heading has one of the names word1, word2 and score, or a # before it)" if first[2:] else ""
        )


def columns_of(lines: list[tuple[int, str]], wanted: str | None) -> Columns:
    """Cut lines into fields and find the columns; `wordvectors.evaluation.word_pairs.parse_word_pairs` has the rules.

    Parameters
    ----------
    lines
        With their numbers.
    wanted
        The score's column: its heading, or its number from 1.

    Raises
    ------
    ColumnsNotPlain
    """
    separator = _separator([line for _, line in lines])
    rows = [(n, _fields(line, separator)) for n, line in lines]
    widths = Counter(len(fields) for _, fields in rows if len(fields) >= 3)
    width = widths.most_common(1)[0][0] if widths else 3
    heading: list[str] = []
    if rows and _is_heading(rows[0][1], width, wanted):
        heading = rows.pop(0)[1]
        heading = heading if len(heading) == width else []  # of blanks within names no columns can be made
    whole = [fields for _, fields in rows if len(fields) == width]
    first, second, *others = _words(whole, heading, width, wanted)
    score = _score(whole, heading, others, width, wanted)
    if separator != "," and not any("." in fields[score] for fields in whole):
        for _, fields in rows:
            fields[score:] = [field.replace(",", ".") for field in fields[score:]]
    return Columns(rows, heading, width, first, second, score)


def is_number(field: str) -> bool:
    """Tell whether a field may be meant as a number: `1,5` and other scripts' digits as well."""
    return field.lstrip("+-").replace(",", "").replace(".", "").isnumeric() or number(field) is not None


def _separator(lines: list[str]) -> str | None:
    unquoted = [_QUOTED.sub("", line) for line in lines]
    held = (mark for mark in _SEPARATORS if 2 * sum(line.count(mark) > 1 for line in unquoted) >= len(lines))
    return next(held, None)


def _fields(line: str, separator: str | None) -> list[str]:
    if '"' not in line:
        return [field.strip() for field in line.split(separator)]
    if separator is None:
        separator, line = " ", line.strip()
    else:
        line = _BLANK_BEHIND.sub('"', line)
    try:
        (fields,) = csv.reader([line], delimiter=separator, skipinitialspace=True, strict=True)
    except (csv.Error, ValueError):
        return [line]
    return [field.strip() for field in fields]


def _is_heading(fields: list[str], width: int, wanted: str | None) -> bool:
    names = {field.lower() for field in fields}
    usual = names & (_ALL_HEADINGS | ({wanted.lower()} if wanted else set()))
    if any(map(is_number, fields)) and len(usual) < 3 and usual.isdisjoint(_NO_WORDS):
        return False  # "first" and "second" may be a pair
    return len(fields) >= width and bool(usual)


def _words(whole: list[list[str]], heading: list[str], width: int, wanted: str | None) -> list[int]:
    """Return the places of the two words and of what may be the score among a line's fields."""
    names = [name.lower() for name in heading]
    free = [place for place in range(width) if not names or names[place] not in INDEX_HEADINGS]
    headed = [[place for place in free if names and names[place] in usual] for usual in WORD_HEADINGS]
    if all(len(places) == 1 for places in headed):
        words = [place for (place,) in headed]
    elif names:
        score = SCORE_HEADINGS | ({wanted.lower()} if wanted else set())
        words = _texts(whole, [place for place in free if names[place] not in score])
    else:
        words = free[:2]
    others = [place for place in free if place not in words]
    if len(words) < 2 or not others:
        raise ColumnsNotPlain(f"is headed {', '.join(heading)}; word1, word2 and score are expected")
    return words + others


def _texts(whole: list[list[str]], places: list[int]) -> list[int]:
    """Return which of some headed columns hold the words: those that do not hold numbers alone."""
    texts = [place for place in places if not _holds_numbers(whole, place)]
    if len(texts) > 2:
        raise ColumnsNotPlain(
            f"has {len(texts)} columns of text, and which ones are the two words is not plain; head them word1 and "
            "word2"
        )
    return texts if len(texts) == 2 else places[:2]


def _score(
    whole: list[list[str]], heading: list[str], others: list[int], width: int, wanted: str | None
) -> int:
    """Return the place of the score among a line's fields."""
    names = [name.lower() for name in heading]
    if wanted is not None:
        for place in others:
            if str(place + 1) == wanted or (names and names[place] == wanted.lower()):
                return place
        columns = ", ".join(heading[place] for place in others if heading) or f"numbered 3 to {width}"
        raise ColumnsNotPlain(f"has no column {wanted!r} for the score; its columns are {columns}")
    if len(others) == 1:
        return others[0]
    usual = [place for place in others if names and names[place] in SCORE_HEADINGS]
    numeric = [place for place in others if _holds_numbers(whole, place)]
    for places in (usual, numeric):
        if len(places) == 1:
            return places[0]
    found = ", ".join(heading[place] if heading else str(place + 1) for place in numeric) or "none"
    raise ColumnsNotPlain(
        f"has {width} columns, and which one is the score is not plain (of numbers alone: {found}); head it `score`, "
        "or name it after the set's name, as NAME:COLUMN"
    )


def _holds_numbers(whole: list[list[str]], place: int) -> bool:
    return all(is_number(fields[place]) for fields in whole)
