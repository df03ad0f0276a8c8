"""Scores of word pairs and of analogies as gensim's `KeyedVectors` gives them, with its defaults.

They are not those of a run's row, which rest on BlazingText's rules (`wordvectors.evaluation`). Both take the
vocabulary alone: n-grams stand in for no unknown word.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple, TypedDict

import numpy as np
from scipy import stats

from wordvectors.vectors.lookup import Lookup
from wordvectors.vectors.search import nearest_rows, unit

_QUESTIONS_AT_ONCE = 256
_LOOKED_AT = 8
"""Five nearest words, and the three of the question: as many as gensim looks at."""
_NAMED = 3
_DECIMALS = 12
"""Of a cosine: what float64 adds must not order pairs that are equally alike."""

Question = tuple[str, str, str, str]


class Correlation(NamedTuple):
    """A coefficient of correlation and its two-sided p-value."""

    statistic: float
    pvalue: float


class AnalogySection(TypedDict):
    """A section's name and its questions, by whether they were answered rightly."""

    section: str
    correct: list[Question]
    incorrect: list[Question]


def evaluate_word_pairs(
    vectors: Lookup,
    pairs: Path,
    delimiter: str,
    encoding: str,
    restrict_vocab: int,
    case_insensitive: bool,
    dummy4unknown: bool,
) -> tuple[Correlation, Correlation, float]:
    """Return how well cosines agree with people's judgements.

    Parameters
    ----------
    pairs
        A file with two words and a score on each line; a line that begins with `#` is a comment.
    delimiter
        Between the three.
    restrict_vocab
        So many most frequent words are known.
    case_insensitive
        Of words that differ in case alone the most frequent one is taken.
    dummy4unknown
        A pair with an unknown word counts with the cosine 0, instead of not at all.

    Returns
    -------
    (Correlation, Correlation, float)
        Pearson's r, Spearman's rho, and how many in a hundred pairs have an unknown word.

    Raises
    ------
    ValueError
        If fewer than two pairs are known.

    Warns
    -----
    UserWarning
        If lines are passed over that are no pair; naming them.
    """
    place = _places(_names(vectors, restrict_vocab, case_insensitive))
    human: list[float] = []
    cosines: list[float] = []
    unknown, passed_over = 0, []
    for number, line in enumerate(pairs.read_text(encoding).splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        try:
            first, second, text = (line.upper() if case_insensitive else line).split(delimiter)
            score = float(text)
        except ValueError:
            passed_over.append(number)
            continue
        if first in place and second in place:
            rows = [vectors.vectors[place[word]].astype(np.float64) for word in (first, second)]
            cosines.append(round(float(unit(rows[0]) @ unit(rows[1])), _DECIMALS))
            human.append(score)
        else:
            unknown += 1
            if dummy4unknown:
                cosines.append(0.0)
                human.append(score)
    _warn(pairs, passed_over, f"no word, word and number with {delimiter!r} between them")
    if len(human) < 2:
        raise ValueError(f"{pairs}: {len(human)} of {unknown + len(human)} pairs are known; two are needed")
    lines = len(human) + (0 if dummy4unknown else unknown)
    pearson, spearman = stats.pearsonr(human, cosines), stats.spearmanr(human, cosines)
    return (
        Correlation(float(pearson.statistic), float(pearson.pvalue)),
        Correlation(float(spearman.statistic), float(spearman.pvalue)),
        100 * unknown / lines,
    )


def evaluate_word_analogies(
    vectors: Lookup, analogies: Path, restrict_vocab: int, case_insensitive: bool, dummy4unknown: bool
) -> tuple[float, list[AnalogySection]]:
    """Return the share of "a is to b as c is to d" that is answered by the word nearest to b - a + c (3CosAdd).

    Parameters
    ----------
    analogies
        A file with four words on each line, below lines with a colon and a section's name.
    restrict_vocab, case_insensitive
        As `evaluate_word_pairs` takes them.
    dummy4unknown
        A question with an unknown word counts as a wrong answer, instead of not at all.

    Returns
    -------
    (float, list of AnalogySection)
        The share, 0 to 1, and the sections, the last of them with the questions of all.

    Raises
    ------
    ValueError
        If a question stands above the first section, or none can be asked.

    Warns
    -----
    UserWarning
        If lines are passed over that are no question; naming them.
    """
    names = _names(vectors, restrict_vocab, case_insensitive)
    place = _places(names)
    sections: list[AnalogySection] = []
    asked: list[tuple[Question, AnalogySection]] = []
    passed_over = []
    for number, line in enumerate(analogies.read_text("utf-8").splitlines(), start=1):
        if line.startswith(": "):
            sections.append({"section": line.lstrip(": ").strip(), "correct": [], "incorrect": []})
            continue
        if not sections:
            raise ValueError(
                f"{analogies}: line {number} stands above the first section, a line like ': capitals'"
            )
        words = (line.upper() if case_insensitive else line).split()
        if len(words) != 4:
            passed_over.append(number)
            continue
        a, b, c, d = words
        if all(word in place for word in words):
            asked.append(((a, b, c, d), sections[-1]))
        elif dummy4unknown:
            sections[-1]["incorrect"].append((a, b, c, d))
    _warn(analogies, passed_over, "not four words")
    for (question, section), right in zip(
        asked, _answers(vectors, names, [question for question, _ in asked]), strict=True
    ):
        section["correct" if right else "incorrect"].append(question)
    total: AnalogySection = {
        "section": "Total accuracy",
        "correct": list(chain.from_iterable(section["correct"] for section in sections)),
        "incorrect": list(chain.from_iterable(section["incorrect"] for section in sections)),
    }
    counted = len(total["correct"]) + len(total["incorrect"])
    if not counted:
        raise ValueError(f"{analogies}: no question has all four words in the vocabulary")
    return len(total["correct"]) / counted, [*sections, total]


def _answers(vectors: Lookup, names: list[str], questions: list[Question]) -> Iterator[bool]:
    """Tell of each question whether the nearest word that is none of a, b and c, in whatever case, is d."""
    rows, norms, place = vectors.vectors[: len(names)], vectors.norms[: len(names)], _places(names)
    for start in range(0, len(questions), _QUESTIONS_AT_ONCE):
        some = questions[start : start + _QUESTIONS_AT_ONCE]
        units = [[unit(rows[place[word]]) for word in question[:3]] for question in some]
        queries = np.array([unit(b - a + c) for a, b, c in units], np.float32)
        for question, near in zip(some, nearest_rows(rows, norms, queries, _LOOKED_AT), strict=True):
            found = (names[number] for number in near.places.tolist())
            yield next((word for word in found if word not in question[:3]), None) == question[3]


def _names(vectors: Lookup, restrict_vocab: int, case_insensitive: bool) -> list[str]:
    """Return what the most frequent words are called, in their order."""
    words = vectors.index_to_key[:restrict_vocab]
    return [word.upper() for word in words] if case_insensitive else words


def _places(names: list[str]) -> dict[str, int]:
    """Return the place of each name, the most frequent one's if several words are called so."""
    return {name: place for place, name in reversed([*enumerate(names)])}


def _warn(path: Path, lines: list[int], why: str) -> None:
    if lines:
        named = ", ".join(map(str, lines[:_NAMED])) + (", …" if len(lines) > _NAMED else "")
        warnings.warn(f"{path}: {len(lines)} lines are passed over, {why}: {named}", stacklevel=4)
