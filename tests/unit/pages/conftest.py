"""A small model with two groups of words, and the run that trained it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from wordvectors.evaluation.word_pairs import WordPairSet
from wordvectors.lifecycle.plan import resolve_plan
from wordvectors.lifecycle.run import Run
from wordvectors.pages.report.contents import Contents, report_contents

WORDS = ["the", *(f"{group}{n}" for n in range(30) for group in ("cat", "dog")), "family", "sad"]
PAIRS = WordPairSet(
    "pairs", (("cat0", "cat1", 1.0), ("dog0", "dog1", 9.0), ("cat2", "dog2", 5.0), ("cat0", "tiger", 7.0))
)


def vectors() -> np.ndarray:
    """Cats point one way, dogs another."""
    random = np.random.default_rng(3)
    matrix = random.normal(scale=0.1, size=(len(WORDS), 12)).astype(np.float32)
    for row, word in enumerate(WORDS):
        matrix[row, 0 if word.startswith("cat") else 1] += 1
    return matrix


def run_row(run_id: str = "wv-pets-0123456789ab", **more: Any) -> Run:
    """A run, its evaluation recorded."""
    return Run.of_row(
        {
            "run_id": run_id,
            "status": "EVALUATING",
            "created_at": "2026-11-23T10:00:00.000+00:00",
            "corpus_key": "corpora/pets.txt",
            "corpus": {"bucket": "team-text", "key": "corpora/pets.txt", "name": "pets", "bytes": 2_500},
            "plan": resolve_plan({"tags": {"team": "search"}}).model_dump(mode="json"),
            "training": {"vocabulary": len(WORDS), "training_seconds": 95.0, "billed_instance_seconds": 120},
            "progress": {"words_per_second": 1_250_000.0},
            **scored(0.5),
            **more,
        }
    )


def scored(rho: float | None, found: int = 300) -> dict[str, Any]:
    """The scores of a row, all alike."""
    score = {"spearmans_rho": rho, "not_found": 353 - found, "total_pairs": 353, "coverage": found / 353}
    return {"mean_rho": rho, "evaluation": {"sets": {"WS-353": score}}}


LOG = [
    (100.0, "Number of words:  63"),
    (101.0, "##### Alpha: 0.0500  Progress: 1.00%  Million Words/sec: 1.00 #####"),
    (102.5, "Alpha: 0.0250  Progress: 50.00%  Million Words/sec: 1.50"),
    (105.0, "##### Alpha: 0.0000  Progress: 100.00%  Million Words/sec: 1.25 #####"),
]


@pytest.fixture
def contents():
    """Make a report's contents: `contents(words=…, others=…)`."""

    def make(**given: Any) -> Contents:
        words = given.pop("words", WORDS)
        return report_contents(**{
            "run": run_row(), "others": [], "log": LOG, "corpus": None, "words": words,
            "matrix": vectors()[: len(words)], "pair_set": PAIRS, **given,
        })  # fmt: skip

    return make
