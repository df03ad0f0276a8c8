"""A tuning whose trials end as a function says, played without any cloud."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from wordvectors.lifecycle.plan import resolve_plan
from wordvectors.lifecycle.run import Corpus
from wordvectors.lifecycle.status import RunStatus
from wordvectors.tuning.order import TuningOrder
from wordvectors.tuning.search import Suggest, suggest
from wordvectors.tuning.space import Range
from wordvectors.tuning.steps import advance, first_trials
from wordvectors.tuning.tuning import Arithmetic, Trial, Tuning, TuningStatus

START = datetime(2026, 11, 29, 12, tzinfo=UTC)
SPACE = {"learning_rate": Range(low=0.005, high=0.1, log=True), "window_size": Range(low=2, high=15)}
Ended = Callable[[Trial], Mapping[str, Any]]


def planned(plan: dict[str, Any] | None = None, arithmetic: Arithmetic | None = None, **order: Any) -> Tuning:
    """Return a tuning as it is when it has been planned."""
    given = TuningOrder.model_validate({"corpus": "blogs", **order})
    return first_trials(
        Tuning(
            tuning_id="tuning-blogs-0123456789ab",
            status=TuningStatus.SEARCHING,
            fingerprint="0123456789ab",
            created_at=START.isoformat(),
            order=given,
            corpus=Corpus(key=given.corpus_key, etag="e"),
            space=dict(given.space or SPACE),
            plan=resolve_plan({"engine": "wordvectors", **(plan or {})}),
            arithmetic=arithmetic,
        )
    )


def good(trial: Trial) -> dict[str, Any]:
    """Return the end of a trial whose score is best at a rate of 0.02 and a window of 8."""
    rate, window = float(trial.values["learning_rate"]), float(trial.values["window_size"])
    noise = ((trial.seed or 1) * 37 % 5 - 2) / 2000
    score = 0.6 - abs(rate - 0.02) - abs(window - 8) / 100 + noise
    return {"score": round(score, 4), "found": 300, "total": 353, "seconds": round(10 + window), "cost": 0.1}


def failed(trial: Trial) -> dict[str, Any]:
    """Return the end of a trial that fails."""
    return {"status": RunStatus.FAILED, "note": "the job failed"}


def play(tuning: Tuning, ended: Ended = good, suggested: Suggest = suggest, minutes: float = 1) -> Tuning:
    """Play a tuning until it is judged: each open trial ends at the next look."""
    now = START
    while True:
        tuning = advance(tuning, suggested, now)
        if tuning.status is TuningStatus.JUDGING:
            return tuning
        assert tuning.open_trials, "it waits for nothing"
        assert len(tuning.open_trials) <= tuning.required_order.side_by_side
        before, now = now, now + timedelta(minutes=minutes)
        for trial in tuning.open_trials:
            facts = {
                "status": RunStatus.COMPLETED,
                "run_id": f"r{trial.number}",
                "execution": f"x-{trial.number}",
                "started_at": before.isoformat(),
                "ended_at": now.isoformat(),
                **ended(trial),
            }
            tuning = tuning.with_trial(trial.but(**facts))
