"""Scores as a run's row holds them, by set: never without what they rest on; what has no score says so.

Standard library only. An entry of word pairs is `{"spearmans_rho"?, "not_found", "total_pairs", "coverage", "note"?,
"with_ngrams"?}`, where the last is `{"spearmans_rho"?, "pairs", "share"}`; one of questions, be it of analogies or of
the own text, `{"accuracy"?, "not_found", "total_questions", "coverage", "note"?}`; one of a set that could not be read
`{"note"}`.
"""

from __future__ import annotations

from typing import Any

from wordvectors.blazingtext.eval_json import MEAN_RHO as MEAN_RHO
from wordvectors.blazingtext.eval_json import SetScore

RHO, ACCURACY = "spearmans_rho", "accuracy"
RHO_MEASURE = "Spearman's rho"
"""What a score is that is no accuracy, in words."""
OWN_TEXT_MEANING = (
    "words are left out of the run's own text, and for each the model chooses between it and another word of the text; "
    "a guess is right half of the time. It needs no English and no gold set; compare runs of the same text by it."
)
NO_PAIRS = "no score: fewer than two of its pairs are in the vocabulary"
NO_ORDER = "no score: of its pairs in the vocabulary all human scores, or all cosines, are equal"
TOO_LITTLE_TEXT = "no score: the text is too small to ask about"
NO_GAPS = "no score: none of its questions has its words in the vocabulary"
NO_QUESTIONS = "no score: none of its questions has all four words in the vocabulary"

Entry = dict[str, Any]


def pairs_entry(score: SetScore) -> Entry:
    """Return a word-pair set's entry, as BlazingText's own sets have it; without a score it says why."""
    note = {} if score.spearmans_rho is not None else {"note": NO_PAIRS if score.found < 2 else NO_ORDER}
    return note | {
        RHO: score.spearmans_rho,
        "not_found": score.not_found,
        "total_pairs": score.total_pairs,
        "coverage": score.coverage,
    }


def ngrams_entry(without: SetScore, score: SetScore) -> Entry:
    """Return the score in which n-grams stand in for unknown words, and the share of the pairs that needed them."""
    pairs = score.found - without.found
    return {
        RHO: score.spearmans_rho,
        "pairs": pairs,
        "share": pairs / score.total_pairs if score.total_pairs else 0.0,
    }
