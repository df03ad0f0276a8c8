"""Scores of word vectors: word-pair sets and the Google analogies."""

from __future__ import annotations

from pathlib import Path

from wordvectors.evaluation.analogies import google_analogies, score_analogies
from wordvectors.evaluation.sets import SIMLEX
from wordvectors.evaluation.spearman import lower_cased, score
from wordvectors.evaluation.word_pairs import WordPairSet, read_pair_sets, read_word_pairs
from wordvectors.evaluation.wordsim353 import load_wordsim353
from wordvectors.vectors.vectors_txt import read_vectors_txt

ANALOGIES = "analogies"
WORD_SETS = {"MEN": "EN-MEN-TR-3k.txt", "MTurk-771": "EN-MTurk-771.txt"}


def word_pair_sets(folder: Path | None) -> dict[str, WordPairSet]:
    """Return WordSim-353 and SimLex-999 from gensim's wheel; MEN and MTurk-771 if a folder has them."""
    wordsim = dict(zip(("WS-353", "WS-rel", "WS-sim"), load_wordsim353().values(), strict=True))
    sets = {**wordsim, "SimLex": read_pair_sets()[SIMLEX]}
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
    analogies = score_analogies(chunk.words, chunk.matrix, google_analogies())
    scores[ANALOGIES] = {"score": analogies.accuracy or 0.0, "coverage": analogies.coverage}
    return scores
