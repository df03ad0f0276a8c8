"""The word pairs of WordSim-353 on which a model and people differ most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wordvectors.evaluation.spearman import average_ranks, lower_cased
from wordvectors.evaluation.word_pairs import WordPairSet


@dataclass(frozen=True)
class WrongPair:
    """Two words, how alike people and the model find them, and the pair's rank by each.

    Attributes
    ----------
    human : float
        On the set's own scale; 0 to 10 for WordSim-353.
    human_rank, model_rank : float
        From 1, the least alike, to the number of pairs found; ties share the mean of their ranks. Their
        differences, squared and summed, are what Spearman's rho takes off.
    """

    first: str
    second: str
    human: float
    cosine: float
    human_rank: float
    model_rank: float

    @property
    def difference(self) -> float:
        """How many ranks too high the model has the pair; less than 0 is too low."""
        return self.model_rank - self.human_rank


@dataclass(frozen=True)
class WrongPairs:
    """The pairs with the largest differences, these first; and how many of all pairs were found."""

    pairs: tuple[WrongPair, ...]
    found: int
    total: int


def most_wrong(
    pair_set: WordPairSet, words: Sequence[str], unit_vectors: NDArray[np.float32], most: int = 16
) -> WrongPairs:
    """Rank the pairs that a model knows by people's score and by cosine, and return those that differ most.

    Words are matched as the evaluation does: lower-cased, a pair that stands twice once.
    """
    vectors = lower_cased(words, unit_vectors)
    known = pair_set.known_to(vectors)
    human = known.human
    total = len(pair_set.pairs)
    if not human:
        return WrongPairs((), 0, total)
    cosines = [float(vectors[a] @ vectors[b]) for a, b in human]
    human_ranks, model_ranks = average_ranks(list(human.values())), average_ranks(cosines)
    ranked = [
        WrongPair(a, b, score, cosine, float(human_rank), float(model_rank))
        for ((a, b), score), cosine, human_rank, model_rank in zip(
            human.items(), cosines, human_ranks, model_ranks, strict=True
        )
    ]
    ranked.sort(key=lambda pair: (-abs(pair.difference), pair.first, pair.second))
    return WrongPairs(tuple(ranked[:most]), total - known.not_found, total)
