"""Measures against gold sets: what an order is worth."""

from __future__ import annotations

import numpy as np
import pytest

from bench import own_text
from bench.own_text_measures import Model, agreement, bits_per_word
from wordvectors.evaluation import own_text as questions


def results(measure: list[float]) -> list[own_text.Result]:
    gold = [[0.1, 0.2], [0.2, 0.3], [0.4, 0.35], [0.5, 0.6], [0.7, 0.65]]
    return [
        {"corpus": "c", "model": str(n), "gold": {"a": a, "b": b}, "measures": {"m": value}}
        for n, ((a, b), value) in enumerate(zip(gold, measure, strict=True))
    ]


def test_an_order_is_compared_with_that_of_all_gold_sets():
    same, low, high = own_text.order_agreement(results([1, 2, 3, 4, 5]), "m")
    assert (same, high) == (pytest.approx(1), pytest.approx(1))
    assert own_text.order_agreement(results([5, 4, 3, 2, 1]), "m")[0] == pytest.approx(-1)
    _, low, high = own_text.order_agreement(results([2, 1, 5, 3, 4]), "m")
    assert low < 0.5 < high
    assert own_text.gold_agreement(results([0] * 5)) == pytest.approx(1)


def model(inputs: np.ndarray, outputs: np.ndarray) -> Model:
    words = [f"w{n}" for n in range(len(inputs))]
    return Model(words, inputs.astype(np.float32), outputs.astype(np.float32), np.full(len(words), 10))


def test_models_agree_with_themselves_and_hardly_with_others():
    one, other = np.random.default_rng(1).normal(size=(2, 300, 20))
    first, second = model(one, one), model(other, other)

    assert agreement(first, first, first.words[:50]) == 1
    assert agreement(first, second, first.words[:50]) < 0.15


def test_bits_are_those_that_neighbours_save():
    """Of 64 equally frequent words in 8 groups a neighbour that tells the group saves 3 bits."""
    groups = np.repeat(np.eye(8), 8, axis=0)
    rng = np.random.default_rng(3)
    lines = "".join(
        " ".join(f"w{8 * (n % 8) + w}" for w in rng.integers(0, 8, 8)) + "\n" for n in range(3000)
    )
    asked = questions.own_text([lines.encode()])

    assert bits_per_word(model(groups * 50, groups), asked, cbow=False) == pytest.approx(3, abs=0.01)
    assert bits_per_word(model(groups * 0, groups), asked, cbow=True) == pytest.approx(0, abs=0.01)
