"""What published models of English score, so that a score has something to be measured by. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

from wordvectors.blazingtext.eval_json import ALL, REL, SIM
from wordvectors.evaluation.scores import MEAN_RHO
from wordvectors.evaluation.sets import SIMLEX

SOURCE = "the benchmarks of Wikipedia2Vec, https://wikipedia2vec.github.io/wikipedia2vec/benchmarks/"
"""Of every figure below: its page tells Spearman's rho of each model on the very sets that BlazingText and the pipeline
use, and tells none where a word is missing. So all pairs are found."""


@dataclass(frozen=True)
class PublishedModel:
    """A model, what it was trained on, and its rho on each set."""

    name: str
    text: str
    scores: Mapping[str, float]

    @property
    def mean_rho(self) -> float:
        """The mean over the three sets of which BlazingText's is."""
        return fmean(self.scores[name] for name in (ALL, REL, SIM))

    def score(self, by: str) -> float | None:
        """Return the score on a set, or `mean_rho`; None where nothing is published."""
        return self.mean_rho if by == MEAN_RHO else self.scores.get(by)


PUBLISHED = (
    PublishedModel(
        "GloVe 840B", "840 billion words of the web", {ALL: 0.7379, REL: 0.6876, SIM: 0.8031, SIMLEX: 0.4083}
    ),
    PublishedModel(
        "word2vec GoogleNews", "100 billion words of news", {ALL: 0.7000, REL: 0.6355, SIM: 0.7717, SIMLEX: 0.4420}
    ),
    PublishedModel(
        "word2vec by gensim", "the English Wikipedia", {ALL: 0.6933, REL: 0.6250, SIM: 0.7833, SIMLEX: 0.3471}
    ),
    PublishedModel(
        "Wikipedia2Vec", "the English Wikipedia", {ALL: 0.6952, REL: 0.6233, SIM: 0.7597, SIMLEX: 0.3815}
    ),
    PublishedModel(
        "GloVe 42B", "42 billion words of the web", {ALL: 0.6321, REL: 0.5706, SIM: 0.6979, SIMLEX: 0.3738}
    ),
)  # fmt: skip
