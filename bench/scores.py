"""Scores of word vectors: word-pair sets and the Google analogies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wordvectors.corpus.gensim_data import gensim_data
from wordvectors.evaluation.spearman import lower_cased, score
from wordvectors.evaluation.word_pairs import WordPairSet, read_word_pairs
from wordvectors.evaluation.wordsim353 import load_wordsim353
from wordvectors.vectors.vectors_txt import read_vectors_txt

ANALOGIES = "analogies"
MOST_FREQUENT = 30_000
"""Analogies are asked and answered among so many most frequent words, as word2vec's own script does."""
QUESTIONS_AT_ONCE = 512
WORD_SETS = {"MEN": "EN-MEN-TR-3k.txt", "MTurk-771": "EN-MTurk-771.txt"}


def word_pair_sets(folder: Path | None) -> dict[str, WordPairSet]:
    """Return WordSim-353 and SimLex-999 from gensim's wheel; MEN and MTurk-771 if a folder has them."""
    wordsim = dict(zip(("WS-353", "WS-rel", "WS-sim"), load_wordsim353().values(), strict=True))
    sets = {**wordsim, "SimLex": read_word_pairs(gensim_data("simlex999.txt"))}
    for name, file in WORD_SETS.items():
        if folder is not None and (folder / file).is_file():
            sets[name] = read_word_pairs(folder / file)
    return sets


def score_file(vectors_txt: Path, sets: dict[str, WordPairSet]) -> dict[str, dict[str, float]]:
    """Score a vectors.txt: per set Spearman's rho (analogies: accuracy) and how much of the set was found."""
    chunk = read_vectors_txt(vectors_txt)
    by_word = lower_cased(chunk.words, chunk.matrix)
    scores = {}
    for name, pairs in sets.items():
        result = score(pairs, by_word)
        scores[name] = {"score": result.spearmans_rho or 0.0, "coverage": result.coverage}
    accuracy, asked, in_all = analogy_accuracy(chunk.words, chunk.matrix, _questions())
    scores[ANALOGIES] = {"score": accuracy, "coverage": asked / in_all}
    return scores


def _questions() -> list[list[str]]:
    lines = gensim_data("questions-words.txt").read_text(encoding="utf-8").lower().splitlines()
    return [line.split() for line in lines if not line.startswith(":")]


def analogy_accuracy(
    words: list[str], matrix: NDArray[np.float32], questions: list[list[str]]
) -> tuple[float, int, int]:
    """Answer "a is to b as c is to d" by the word nearest to b - a + c (3CosAdd; Mikolov et al. 2013).

    Returns
    -------
    (float, int, int)
        Share of correct answers, questions whose four words are known, questions in all.
    """
    place: dict[str, int] = {}
    for number, word in enumerate(words[:MOST_FREQUENT]):
        place.setdefault(word.lower(), number)
    asked = np.array([[place[word] for word in four] for four in questions if all(w in place for w in four)])
    if not len(asked):
        return 0.0, 0, len(questions)
    unit = matrix[:MOST_FREQUENT] / np.maximum(
        np.linalg.norm(matrix[:MOST_FREQUENT], axis=1, keepdims=True), 1e-12
    )
    right = 0
    for start in range(0, len(asked), QUESTIONS_AT_ONCE):
        a, b, c, d = asked[start : start + QUESTIONS_AT_ONCE].T
        cosines = (unit[b] - unit[a] + unit[c]) @ unit.T
        rows = np.arange(len(a))
        for given in (a, b, c):
            cosines[rows, given] = -np.inf
        right += int((cosines.argmax(axis=1) == d).sum())
    return right / len(asked), len(asked), len(questions)
