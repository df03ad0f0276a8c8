"""Scores while a training goes on: after each epoch, on the sets of word pairs that its plan names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from wordvectors.blazingtext import log
from wordvectors.blazingtext.eval_json import SetScore
from wordvectors.evaluation.certainty import basis_of_mean, basis_of_rho
from wordvectors.evaluation.early_stopping import EarlyStopping, best_of
from wordvectors.evaluation.scores import MEAN_RHO
from wordvectors.evaluation.spearman import score
from wordvectors.evaluation.word_pairs import WordPairSet, wanted_forms
from wordvectors.evaluation.wordsim353 import load_wordsim353

MOST_SCORINGS = 50
"""Of a training; one of more epochs is scored after every second, third … epoch. A run's row holds them all."""

VectorsOf = Callable[[NDArray[np.int64]], NDArray[np.float32]]
"""Returns the vectors of words, (words, dim), by their places in the vocabulary."""
Scored = tuple[int, dict[str, float]]
"""An epoch, from 1, and the scores after it, by set; sets without a score are left out."""


class EpochScores:
    """The scores of one training.

    Parameters
    ----------
    words
        The vocabulary.
    epochs
        That the training has.
    sets
        What is scored beside `mean_rho`.
    early_stopping
        When the training ends early; None: never.

    Attributes
    ----------
    every : int
        After how many epochs the training is scored.
    history : list of Scored
        All so far.
    """

    def __init__(
        self,
        words: Sequence[str],
        epochs: int,
        sets: Mapping[str, WordPairSet],
        early_stopping: EarlyStopping | None = None,
    ) -> None:
        self.every = -(-epochs // MOST_SCORINGS)
        self.history: list[Scored] = []
        self._epochs_over = 0
        self._epochs, self._sets, self._early_stopping = epochs, sets, early_stopping
        self._own = load_wordsim353()
        wanted = frozenset[str]().union(*(pairs.forms for pairs in (*sets.values(), *self._own.values())))
        places: dict[str, int] = {}
        for place, word in enumerate(words):
            for form in wanted_forms(word, wanted, places):
                places[form] = place
        self._forms, self._places = list(places), np.array(list(places.values()), np.int64)

    @property
    def next_epoch(self) -> int:
        """The epoch after which the training is to be scored next."""
        last = self.history[-1][0] if self.history else 0
        return min(max(last, self._epochs_over // self.every * self.every) + self.every, self._epochs)

    def go_on_from(self, history: Sequence[Scored], epochs_over: int) -> None:
        """Begin with the scores of a checkpoint, and write them into the log, which may be another job's by now.

        Parameters
        ----------
        epochs_over
            The epochs beyond which the training has gone, perhaps without being scored.
        """
        self.history = list(history)
        self._epochs_over = epochs_over
        for epoch, scores in history:
            log.epoch_scores(epoch, self._epochs, scores)

    def take(self, vectors_of: VectorsOf) -> bool:
        """Score the training after `next_epoch`, and write the scores into the log.

        Returns
        -------
        bool
            Whether the training is to end here.
        """
        epoch = self.next_epoch
        vectors = dict(zip(self._forms, vectors_of(self._places), strict=True))
        own = {name: score(pairs, vectors) for name, pairs in self._own.items()}
        scored = {name: score(pairs, vectors) for name, pairs in self._sets.items()}
        scores = {name: rho for name, one in scored.items() if (rho := _rho(one)) is not None}
        if any(_rho(one) is not None for one in own.values()):
            scores = {MEAN_RHO: sum(_rho(one) or 0.0 for one in own.values()) / len(own)} | scores
        if self._early_stopping is not None and not self.history:
            chosen = self._early_stopping.set
            by = own if chosen == MEAN_RHO else {name: one for name, one in scored.items() if name == chosen}
            self._warn(chosen, by)
        self.history.append((epoch, scores))
        log.epoch_scores(epoch, self._epochs, scores)
        return epoch < self._epochs and self._is_over()

    def _is_over(self) -> bool:
        stopping = self._early_stopping
        if stopping is None:
            return False
        course = [scores.get(stopping.set) for _, scores in self.history]
        if not stopping.is_over(course):
            return False
        best = best_of(course)
        log.ends_early(
            self.history[-1][0],
            self._epochs,
            f"{stopping.set} is no better than {course[best]:.4f}, after epoch {self.history[best][0]} "
            f"(early_stopping.patience {stopping.patience})",
        )
        return True

    def _warn(self, chosen: str, scored: Mapping[str, SetScore]) -> None:
        """Say that the score by which a training is ended early is none, or that it tells little."""
        bases = {name: basis_of_rho(None, one.found, one.total_pairs) for name, one in scored.items()}
        basis = bases.get(chosen) or basis_of_mean(bases)
        if all(_rho(one) is None for one in scored.values()):
            log.warning(
                f"{chosen} has no score, as the vocabulary has too few of its words: early_stopping ends nothing."
            )
        elif basis is not None and basis.doubt:
            log.warning(f"early_stopping goes by {chosen}, of which {basis.doubt}.")


def _rho(scored: SetScore) -> float | None:
    return scored.spearmans_rho
