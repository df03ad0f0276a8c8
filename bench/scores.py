"""Scores of word vectors: word-pair sets, the Google analogies, and with subwords the neighbours of typos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wordvectors.evaluation.analogies import google_analogies, score_analogies
from wordvectors.evaluation.sets import ANALOGIES
from wordvectors.evaluation.spearman import lower_cased, score
from wordvectors.evaluation.word_pairs import WordPairSet, read_pair_sets, read_word_pairs
from wordvectors.evaluation.wordsim353 import load_wordsim353
from wordvectors.vectors.vectors_txt import read_vectors_txt

TYPOS, RARE_WORDS = "typos", "rare words"
WORD_SETS = {"MEN": "EN-MEN-TR-3k.txt", "MTurk-771": "EN-MTurk-771.txt", RARE_WORDS: "EN-RW-STANFORD.txt"}

MISSPELT = range(200, 5000)
"""Words that get a typo, by their place among the most frequent ones: no function words, and none that is rare."""
SHORTEST_MISSPELT = 6
NEAREST = 10


def word_pair_sets(folder: Path | None) -> dict[str, WordPairSet]:
    """Return WordSim-353 and SimLex-999 from gensim's wheel; MEN, MTurk-771 and rare words if a folder has them."""
    sets = {**load_wordsim353(), **read_pair_sets()}
    for name, file in WORD_SETS.items():
        if folder is not None and (folder / file).is_file():
            sets[name] = read_word_pairs(folder / file)
    return sets


def typos(words: list[str]) -> dict[str, str]:
    """Return a typo of each of the frequent words that are long enough, and the word: the same ones each time.

    Two letters are exchanged, one is left out, or one stands twice, in turn; the place goes through the word's inner
    letters. What is a word itself is left out.

    Parameters
    ----------
    words
        The vocabulary, most frequent first.
    """
    known, made = set(words), {}
    for number, word in enumerate(words[MISSPELT.start : MISSPELT.stop]):
        if len(word) < SHORTEST_MISSPELT:
            continue
        at = 1 + number // 3 % (len(word) - 3)
        typo = (
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[: at + 1] + word[at:],
        )[number % 3]
        if typo not in known:
            made[typo] = word
    return made


def score_file(
    vectors_txt: Path,
    sets: dict[str, WordPairSet],
    vocabulary: Sequence[str],
    unknown_txt: Path | None = None,
    misspelt: Mapping[str, str] | None = None,
) -> dict[str, dict[str, float]]:
    """Score a vectors.txt: per set Spearman's rho (analogies and typos: the share that is right) and its coverage.

    Parameters
    ----------
    vocabulary
        The corpus's words in descending frequency, the same for every program. Analogies are asked among the most
        frequent ones, and each program puts words of the same count in an order of its own.
    unknown_txt
        Vectors of words that are not in the vocabulary; rare words are scored only if there are any.
    misspelt
        The words that were meant, by their typos. A typo counts if its word is among the ten nearest.
    """
    chunk = read_vectors_txt(vectors_txt)
    by_word = lower_cased(chunk.words, chunk.matrix)
    scores = {}
    for name, pairs in sets.items():
        vectors = by_word
        if name == RARE_WORDS:
            if unknown_txt is None:
                continue
            unknown = read_vectors_txt(unknown_txt)
            vectors = lower_cased(unknown.words, unknown.matrix) | by_word
        result = score(pairs, vectors)
        scores[name] = {"score": result.spearmans_rho or 0.0, "coverage": result.coverage}
    rows = {word: row for row, word in enumerate(chunk.words)}
    words = [word for word in dict.fromkeys([*vocabulary, *chunk.words]) if word in rows]
    in_order = chunk.matrix[[rows[word] for word in words]]
    analogies = score_analogies(words, in_order, google_analogies())
    scores[ANALOGIES] = {"score": analogies.accuracy or 0.0, "coverage": analogies.coverage}
    if unknown_txt is not None and misspelt:
        unknown = read_vectors_txt(unknown_txt)
        of_typos = {
            word: row for word, row in zip(unknown.words, unknown.matrix, strict=True) if word in misspelt
        }
        scores[TYPOS] = {
            "score": found_again(of_typos, misspelt, chunk.words, chunk.matrix),
            "coverage": len(of_typos) / len(misspelt),
        }
    return scores


def found_again(
    vectors: Mapping[str, NDArray[np.float32]],
    misspelt: Mapping[str, str],
    words: list[str],
    matrix: NDArray[np.float32],
) -> float:
    """Return for what share of the typos with a vector the word meant is among the ten nearest."""
    if not vectors:
        return 0.0
    place = {word: row for row, word in enumerate(words)}
    unit = matrix / np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-12)
    meant = np.array([place[misspelt[typo]] for typo in vectors])
    found = 0
    for rows, own in zip(
        *(
            np.array_split(array, -(-len(meant) // 256))
            for array in (np.array(list(vectors.values())), meant)
        ),
        strict=True,
    ):
        cosines = rows @ unit.T  # times the typo's length, which changes no order
        nearer = cosines > np.take_along_axis(cosines, own[:, None], axis=1)
        found += int((nearer.sum(axis=1) < NEAREST).sum())
    return found / len(meant)
