"""What differs between runs' plans, and what each run paid for a point of its score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from wordvectors.evaluation.scores import MEAN_RHO
from wordvectors.lifecycle.cost import actual_cost
from wordvectors.lifecycle.run import Run

POINT = 0.01
"""A point of mean_rho."""


def plan_differences(runs: Sequence[Run]) -> dict[str, list[Any]]:
    """Return the settings in which the runs' plans differ, by `section.key`, and the corpus where that differs."""
    flat = [_flat(run) for run in runs]
    names = sorted(set(chain.from_iterable(flat)))
    values = {name: [one.get(name) for one in flat] for name in names}
    return {name: found for name, found in values.items() if any(value != found[0] for value in found)}


def cost_per_point(run: Run) -> float | None:
    """Return what a run paid for each point (0.01) of its `mean_rho`; None without a cost, or if it can't rank runs."""
    cost, rho = actual_cost(run.cost), run.mean_rho
    if cost is None or rho is None or rho <= 0 or run.doubt(MEAN_RHO):
        return None
    return cost / (rho / POINT)


def _flat(run: Run) -> dict[str, Any]:
    corpus = {"corpus.key": run.corpus.key, "corpus.etag": run.corpus.etag}
    flat: dict[str, Any] = {name: value for name, value in corpus.items() if value is not None}
    for section, content in (run.plan.model_dump(mode="json") if run.plan else {}).items():
        if isinstance(content, Mapping):
            flat |= {f"{section}.{name}": value for name, value in content.items()}
        else:
            flat[section] = content
    return flat
