"""Measures of a model that need a text alone: no gold set, and no language in particular."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from wordvectors.evaluation.own_text import OwnText

Floats = NDArray[np.float32]

MOST_WORDS = 1000
"""Of which the surprise is measured: each takes a product with all output rows."""
NEIGHBOURS, AMONG = 10, 20_000


@dataclass(frozen=True)
class Model:
    """A trained model: words in descending frequency, both matrices (words, dim), and the words' counts."""

    words: list[str]
    inputs: Floats
    outputs: Floats
    counts: NDArray[np.int64]
    places: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "places", {word: place for place, word in enumerate(self.words)})

    def __contains__(self, word: object) -> bool:
        return word in self.places

    def __getitem__(self, word: str) -> Floats:
        return self.inputs[self.places[word]]


def bits_per_word(model: Model, questions: OwnText, *, cbow: bool) -> float:
    """Return by how many bits a word of the text is less surprising than by its frequency, given its neighbours.

    A model of negative sampling holds, up to a constant, log(P(word | neighbour) / P_noise(word)) in the product of
    two rows (Levy & Goldberg 2014), so that P(word | neighbour) is proportional to P_noise times its exponential. With
    `cbow` the neighbours are taken together, else one by one. A word that the model lacks gains nothing.
    """
    noise, share = 0.75 * np.log(model.counts), np.log(model.counts / model.counts.sum())
    gains = []
    for right, near in zip(questions.right[:MOST_WORDS], questions.near[:MOST_WORDS], strict=True):
        word, around = questions.words[right], [questions.words[place] for place in near if place >= 0]
        places = [model.places[one] for one in around if one in model]
        if word not in model or not places:
            gains.append(0.0)
            continue
        at = model.places[word]
        inputs = model.inputs[places].mean(axis=0) if cbow else model.inputs[places[0]]
        logits = model.outputs @ inputs + noise
        most = logits.max()
        gains.append(float(logits[at] - most - np.log(np.exp(logits - most).sum()) - share[at]) / np.log(2))
    return float(np.mean(gains))


def agreement(one: Model, other: Model, asked: Sequence[str]) -> float:
    """Return the share of the ten nearest neighbours that two models have in common, over the words that are asked."""
    common = [word for word in one.words[:AMONG] if word in other]
    asked = [word for word in asked if word in one and word in other]
    near = []
    for model in (one, other):
        units = _units(model.inputs[[model.places[word] for word in common]])
        cosines = _units(model.inputs[[model.places[word] for word in asked]]) @ units.T
        cosines[cosines > 1 - 1e-6] = -1
        near.append(np.argpartition(-cosines, NEIGHBOURS, axis=1)[:, :NEIGHBOURS])
    shared = [len(set(a) & set(b)) for a, b in zip(*near, strict=True)]
    return float(np.mean(shared)) / NEIGHBOURS if shared else 0.0


def _units(vectors: Floats) -> Floats:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
