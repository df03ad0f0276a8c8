"""Spearman's rho between human scores and cosines, with the rules of BlazingText's evaluation.

The rules are those of the evaluator whose log lines BlazingText prints, github.com/mfaruqui/eval-word-vectors
(`wordsim.py`), as far as published logs can confirm them:

- both words are lower-cased, and looked up in vectors whose words are lower-cased too;
- a pair with an unknown word is skipped and counted in `not_found`;
- `total_pairs` counts every line, but a pair that stands twice is scored once, with its last score
  (WordSim-353 holds "money cash" twice, so that its 353 lines are 352 pairs);
- equal values share their average rank.

Left out is that evaluator's 1e-6 added to norms and components, which is below the vectors' precision.

Not `scipy.stats.spearmanr`: the functions that score carry no scipy, which would add 83 MB to their layer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wordvectors.blazingtext.eval_json import SetScore, evaluation_document
from wordvectors.evaluation.word_pairs import WordPairSet
from wordvectors.evaluation.wordsim353 import load_wordsim353


class WordLookup(Protocol):
    """Vectors by word: a dict of arrays, or gensim's KeyedVectors."""

    def __contains__(self, word: object, /) -> bool: ...

    def __getitem__(self, word: str, /) -> NDArray[np.float32]: ...


def lower_cased(words: Iterable[str], matrix: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    """Return the rows of a matrix by lower-cased word; of "apple" and "Apple" the later row stays.

    That is what BlazingText's evaluator does, and since words are in descending frequency, the rarer form
    stays. It only matters for a corpus that was not lower-cased.
    """
    return {word.lower(): row for word, row in zip(words, matrix, strict=True)}


def score(pairs: WordPairSet, vectors: WordLookup) -> SetScore:
    """Score a set of word pairs.

    Parameters
    ----------
    pairs
        Word pairs with human scores.
    vectors
        Vectors by lower-cased word. FastTextKeyedVectors contain *every* word through its n-grams, so
        that nothing is missing in them; for BlazingText's figures give the vocabulary's vectors alone.

    Returns
    -------
    SetScore
        `spearmans_rho` is `None` when fewer than two pairs were found, or all human scores, or all cosines,
        are equal.
    """
    known = pairs.known_to(vectors)
    human = known.human
    rho = None
    if len(human) > 1:
        cosines = pair_cosines([first for first, _ in human], [second for _, second in human], vectors)
        rho = spearmans_rho(list(human.values()), cosines)
    return SetScore(rho, known.not_found, len(pairs.pairs))


def evaluate(vectors: WordLookup, sets: Mapping[str, WordPairSet] | None = None) -> dict[str, object]:
    """Evaluate vectors as BlazingText does and return the document of its eval.json.

    Parameters
    ----------
    vectors
        Vectors by lower-cased word.
    sets
        Word-pair sets by name; the three WordSim-353 sets if not given.

    Returns
    -------
    dict
        Per set `spearmans_rho`, `not_found` and `total_pairs`; and `mean_rho`, the mean of the sets' rho.
        Where no pair was found BlazingText writes 0.0; `read_eval_json` reads that as no score.
    """
    sets = load_wordsim353() if sets is None else sets
    return evaluation_document({name: score(pairs, vectors) for name, pairs in sets.items()})


def spearmans_rho(first: ArrayLike, second: ArrayLike) -> float | None:
    """Return Spearman's rank correlation: Pearson's of the average ranks; None where it is not defined.

    Parameters
    ----------
    first, second
        Two series of the same length.
    """
    ranks_first, ranks_second = average_ranks(first), average_ranks(second)
    if ranks_first.size == 0:
        return None
    ranks_first -= ranks_first.mean()
    ranks_second -= ranks_second.mean()
    spread = np.sqrt((ranks_first @ ranks_first) * (ranks_second @ ranks_second))
    return float(np.clip(ranks_first @ ranks_second / spread, -1.0, 1.0)) if spread > 0 else None


def average_ranks(values: ArrayLike) -> NDArray[np.float64]:
    """Return the rank of each value, from 1; equal values share the mean of the ranks they take up."""
    _, place, counts = np.unique(
        np.asarray(values, dtype=np.float64), return_inverse=True, return_counts=True
    )
    last_rank = np.cumsum(counts)
    return (last_rank - (counts - 1) / 2.0)[place]


def pair_cosines(first: list[str], second: list[str], vectors: WordLookup) -> NDArray[np.float64]:
    """Return the cosines of word pairs; 0 for a word whose vector is zero.

    They are rounded to 12 decimals: what float64 adds in computing them must not order pairs that are equally alike,
    such as those of a word with itself.
    """
    left = np.array([vectors[word] for word in first], dtype=np.float64)
    right = np.array([vectors[word] for word in second], dtype=np.float64)
    norms = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    products = np.einsum("ij,ij->i", left, right)
    return np.divide(products, norms, out=np.zeros_like(products), where=norms > 0).round(12)
