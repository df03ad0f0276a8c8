"""The words whose neighbours are compared if none are asked for."""

from __future__ import annotations

import numpy as np

from wordvectors.client.comparing import usual_probes
from wordvectors.lifecycle.plan import resolve_plan
from wordvectors.lifecycle.run import Run
from wordvectors.vectors.word_vectors import WordVectors

PLAIN = Run.of_row(
    {"run_id": "wv-a", "status": "COMPLETED", "plan": resolve_plan({}).model_dump(mode="json")}
)


def model(*words: str) -> WordVectors:
    vectors = np.random.default_rng(1).normal(size=(len(words), 8)).astype(np.float32)
    return WordVectors([*words], vectors * np.arange(1, len(words) + 1, dtype=np.float32)[:, None])


def test_they_are_words_of_the_text_that_all_models_know_in_any_language():
    first, second = model("的", "猫", "狗", "垫子", "音乐", "城市", "科学"), model("猫", "狗", "城市")
    assert sorted(usual_probes([PLAIN, PLAIN], [first, second])) == sorted(["猫", "狗", "城市"])
    assert len(usual_probes([PLAIN, PLAIN], [first, first])) == 6
    assert usual_probes([PLAIN, PLAIN], [model("cat", "mat"), model("dog")]) != []


def test_they_are_those_of_the_plans_if_these_name_some():
    plan = resolve_plan({"evaluation": {"probe_words": ["Cat", "wolf"]}}).model_dump(mode="json")
    named = Run.of_row({"run_id": "wv-b", "status": "COMPLETED", "plan": plan})
    assert usual_probes([PLAIN, named], [model("dog", "mat"), model("cat", "dog")]) == ["cat"]
