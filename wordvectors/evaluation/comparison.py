"""Several models side by side: scores and how sure they are, neighbours.

Every list is in the order of the models, and differences are against the first of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wordvectors.evaluation.analogies import NOT_ASKED, RIGHT, answer_analogies, google_analogies
from wordvectors.evaluation.certainty import Basis, Interval, basis_of_rho, basis_of_share
from wordvectors.evaluation.own_text import OwnText
from wordvectors.evaluation.paired import Difference, compare_rhos, compare_shares
from wordvectors.evaluation.scores import ACCURACY, RHO_MEASURE
from wordvectors.evaluation.spearman import pair_cosines, spearmans_rho
from wordvectors.evaluation.word_pairs import WordPairSet, wanted_forms
from wordvectors.vectors.word_vectors import WordVectors

NEIGHBOURS = 10


@dataclass(frozen=True)
class ComparedScore:
    """A model's score on a set, and what it rests on; see `wordvectors.evaluation.certainty.Basis`."""

    score: float | None
    interval: Interval | None
    found: int
    doubt: str | None


@dataclass(frozen=True)
class ComparedSet:
    """Models on one evaluation set.

    Attributes
    ----------
    measure : str
        What the scores are: Spearman's rho or, of questions, accuracy.
    total : int
        Distinct pairs, or questions.
    scores : list of ComparedScore
    against_first : list of Difference or None
        Of each model but the first; None where one of the two has no score on what both know.
    """

    measure: str
    total: int
    scores: list[ComparedScore]
    against_first: list[Difference | None]

    @property
    def ranks(self) -> bool:
        """Whether some model has a score that rests on enough."""
        return any(one.score is not None and one.doubt is None for one in self.scores)


@dataclass(frozen=True)
class ComparedNeighbours:
    """A word's neighbours in each model, and the share of them that the first has too; None where a model lacks it."""

    neighbours: list[list[str] | None]
    overlap_with_first: list[float | None]


def compare_pairs(pairs: WordPairSet, models: Sequence[WordVectors]) -> ComparedSet:
    """Compare models on a word-pair set: each one's rho on the pairs it knows, and tests on those both know."""
    total = len({pair[:2] for pair in pairs.pairs})
    found = [_cosines(pairs, model) for model in models]
    scores = []
    for known in found:
        human, ours = [score for score, _ in known.values()], [cosine for _, cosine in known.values()]
        rho = spearmans_rho(human, ours)
        scores.append(_compared(rho, basis_of_rho(rho, len(known), total)))
    return ComparedSet(RHO_MEASURE, total, scores, [_difference(found[0], other) for other in found[1:]])


def compare_analogies(models: Sequence[WordVectors]) -> ComparedSet:
    """Compare models on the Google analogies, likewise."""
    questions = google_analogies()
    answers = [
        answer_analogies(model.index_to_key, np.asarray(model.vectors[:30_000]), questions)
        for model in models
    ]
    return _compare_answers(answers)


def compare_own_text(questions: OwnText, models: Sequence[WordVectors]) -> ComparedSet:
    """Compare models on questions about the text that all of them were trained on, likewise."""
    asked = frozenset(questions.words)
    answers = [
        questions.answers(
            {word: model.vectors[place] for place, word in enumerate(model.index_to_key) if word in asked}
        )
        for model in models
    ]
    return _compare_answers(answers)


def _compare_answers(answers: Sequence[NDArray[np.int8]]) -> ComparedSet:
    scores = []
    for own in answers:
        right, asked = int((own == RIGHT).sum()), int((own != NOT_ASKED).sum())
        share = right / asked if asked else None
        scores.append(_compared(share, basis_of_share(share, asked, len(own))))
    against: list[Difference | None] = []
    for other in answers[1:]:
        common = (answers[0] != NOT_ASKED) & (other != NOT_ASKED)
        against.append(
            compare_shares(answers[0][common] == RIGHT, other[common] == RIGHT) if common.any() else None
        )
    return ComparedSet(ACCURACY, len(answers[0]), scores, against)


def _compared(score: float | None, basis: Basis) -> ComparedScore:
    return ComparedScore(score, basis.interval, basis.found, basis.doubt)


def compare_neighbours(models: Sequence[WordVectors], words: Sequence[str]) -> dict[str, ComparedNeighbours]:
    """Return each word's neighbours in each model, and the share of them that the first model has as well."""
    compared = {}
    for word in words:
        near = [
            [name for name, _ in model.most_similar(form, topn=NEIGHBOURS)]
            if (form := model.form_of(word))
            else None
            for model in models
        ]
        overlaps = [
            None if near[0] is None or other is None else len({*near[0]} & {*other}) / max(len(near[0]), 1)
            for other in near[1:]
        ]
        compared[word] = ComparedNeighbours(near, overlaps)
    return compared


KnownCosines = dict[tuple[str, str], tuple[float, float]]
"""People's score and the cosine of each pair that a model knows."""


def _difference(first: KnownCosines, second: KnownCosines) -> Difference | None:
    common = [pair for pair in first if pair in second]
    human = [first[pair][0] for pair in common]
    ours, theirs = [first[pair][1] for pair in common], [second[pair][1] for pair in common]
    if spearmans_rho(human, ours) is None or spearmans_rho(human, theirs) is None:
        return None
    return compare_rhos(human, ours, theirs)


def _cosines(pairs: WordPairSet, model: WordVectors) -> KnownCosines:
    """Return human score and cosine of each pair that the model knows, scored once, as BlazingText does."""
    wanted = pairs.forms
    by_word: dict[str, NDArray[np.float32]] = {}
    for place, word in enumerate(model.index_to_key):
        for form in wanted_forms(word, wanted, by_word):
            by_word[form] = model.vectors[place]
    return known_cosines(pairs, by_word)


def known_cosines(pairs: WordPairSet, by_word: Mapping[str, NDArray[np.float32]]) -> KnownCosines:
    """Return people's score and the cosine of each pair of which both words have vectors."""
    human = pairs.known_to(by_word).human
    if not human:
        return {}
    cosines = pair_cosines([a for a, _ in human], [b for _, b in human], by_word)
    return {
        pair: (score, float(cosine)) for (pair, score), cosine in zip(human.items(), cosines, strict=True)
    }
