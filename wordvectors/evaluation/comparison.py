"""Several models side by side: scores and how sure they are, neighbours.

What comes out is plain data, ready for JSON, a table or a page; every list of it is in the order of the runs, and
differences are against the first of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordvectors.evaluation.analogies import NOT_ASKED, RIGHT, answer_analogies, google_analogies
from wordvectors.evaluation.paired import (
    Difference,
    compare_rhos,
    compare_shares,
    rho_interval,
    share_interval,
)
from wordvectors.evaluation.spearman import pair_cosines, spearmans_rho
from wordvectors.evaluation.word_pairs import WordPairSet
from wordvectors.vectors.word_vectors import WordVectors

PROBES = ("family", "sad", "war", "city", "music", "science")
NEIGHBOURS = 10


def compare_pairs(pairs: WordPairSet, models: Sequence[WordVectors]) -> dict[str, Any]:
    """Compare models on a word-pair set: each one's rho on the pairs it knows, and tests on those both know."""
    found = [_cosines(pairs, model) for model in models]
    scores = []
    for cosines in found:
        human = [score for score, _ in cosines.values()]
        ours = [cosine for _, cosine in cosines.values()]
        known = len(cosines) > 1
        scores.append({
            "score": spearmans_rho(human, ours) if known else None,
            "interval": asdict(rho_interval(human, ours)) if known else None,
            "found": len(cosines),
        })  # fmt: skip
    against = []
    for other in found[1:]:
        common = [pair for pair in found[0] if pair in other]
        human = [found[0][pair][0] for pair in common]
        first, second = [found[0][pair][1] for pair in common], [other[pair][1] for pair in common]
        against.append(_told(compare_rhos(human, first, second)) if len(common) > 1 else None)
    distinct = len({pair[:2] for pair in pairs.pairs})
    return {"measure": "Spearman's rho", "total": distinct, "scores": scores, "against_first": against}


def compare_analogies(models: Sequence[WordVectors]) -> dict[str, Any]:
    """Compare models on the Google analogies, likewise."""
    questions = google_analogies()
    answers = [
        answer_analogies(model.index_to_key, np.asarray(model.vectors[:30_000]), questions)
        for model in models
    ]
    scores = []
    for own in answers:
        right, asked = int((own == RIGHT).sum()), int((own != NOT_ASKED).sum())
        interval = asdict(share_interval(right, asked)) if asked else None
        scores.append({"score": right / asked if asked else None, "interval": interval, "found": asked})
    against = []
    for other in answers[1:]:
        common = (answers[0] != NOT_ASKED) & (other != NOT_ASKED)
        difference = (
            compare_shares(answers[0][common] == RIGHT, other[common] == RIGHT) if common.any() else None
        )
        against.append(_told(difference) if difference else None)
    return {"measure": "accuracy", "total": len(questions), "scores": scores, "against_first": against}


def compare_neighbours(models: Sequence[WordVectors], words: Sequence[str]) -> dict[str, Any]:
    """Return each word's neighbours in each model, and the share of them that the first model has as well."""
    compared = {}
    for word in words:
        near = [
            [name for name, _ in model.most_similar(word, topn=NEIGHBOURS)] if word in model else None
            for model in models
        ]
        overlaps = [
            None if near[0] is None or other is None else len({*near[0]} & {*other}) / max(len(near[0]), 1)
            for other in near[1:]
        ]
        compared[word] = {"neighbours": near, "overlap_with_first": overlaps}
    return compared


def probe_words(models: Sequence[WordVectors], most: int = 6) -> list[str]:
    """Return words that all models know: of the usual ones, and else of the first model's most frequent."""
    frequent = (word for word in models[0].index_to_key[100:2_000] if len(word) > 4 and word.isalpha())
    known = (word for word in chain(PROBES, frequent) if all(word in model for model in models))
    return list(dict.fromkeys(known))[:most]


def _told(difference: Difference) -> dict[str, Any]:
    return {**asdict(difference), "means_something": difference.means_something}


def _cosines(pairs: WordPairSet, model: WordVectors) -> dict[tuple[str, str], tuple[float, float]]:
    """Return human score and cosine of each pair that the model knows, scored once, as BlazingText does."""
    wanted = pairs.forms
    by_word: dict[str, NDArray[np.float32]] = {}
    for place, word in enumerate(model.index_to_key):
        if (lowered := word.lower()) in wanted:
            by_word[lowered] = model.vectors[place]
    human = pairs.known_to(by_word).human
    if not human:
        return {}
    cosines = pair_cosines([a for a, _ in human], [b for _, b in human], by_word)
    return {
        pair: (score, float(cosine)) for (pair, score), cosine in zip(human.items(), cosines, strict=True)
    }
