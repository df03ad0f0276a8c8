"""The metrics that the functions write, and that alarms and dashboard read: one list for both."""

from __future__ import annotations

NAMESPACE = "wordvectors"
DEPLOYMENT, STATUS = "deployment", "status"
"""Dimensions: the prefix of the deployment's stacks, and a run's final status."""

RUNS_ENDED = "RunsEnded"
"""One per run, by `deployment` and `status`; the others are by `deployment` alone."""
QUEUED_SECONDS = "QueuedSeconds"
WORDS_PER_SECOND = "WordsPerSecond"
MEAN_RHO = "MeanRho"
BILLED_SECONDS = "BilledInstanceSeconds"
COST = "Cost"

UNITS = {
    RUNS_ENDED: "Count",
    QUEUED_SECONDS: "Seconds",
    WORDS_PER_SECOND: "Count/Second",
    MEAN_RHO: "None",
    BILLED_SECONDS: "Seconds",
    COST: "None",
}
"""CloudWatch's units."""
