"""A run's status, and the outcomes that functions report to the state machines."""

from __future__ import annotations

from enum import StrEnum


class RunStatus(StrEnum):
    """Where a run stands. The last four are final."""

    PLANNED = "PLANNED"
    QUEUED = "QUEUED"
    TRAINING = "TRAINING"
    EVALUATING = "EVALUATING"
    COMPLETED = "COMPLETED"
    REJECTED = "REJECTED"
    FAILED = "FAILED"
    STOPPED = "STOPPED"

    @property
    def is_final(self) -> bool:
        """Whether no other status can follow."""
        return self in FINAL

    def predecessors(self) -> frozenset[RunStatus]:
        """The statuses a run may be in just before this one; itself included, since steps are repeated."""
        return _PREDECESSORS[self]


FINAL = frozenset({RunStatus.COMPLETED, RunStatus.REJECTED, RunStatus.FAILED, RunStatus.STOPPED})
_ACTIVE = frozenset(set(RunStatus) - FINAL)
_PREDECESSORS = {
    RunStatus.PLANNED: frozenset({RunStatus.PLANNED}),
    RunStatus.QUEUED: frozenset({RunStatus.PLANNED, RunStatus.QUEUED}),
    RunStatus.TRAINING: frozenset({RunStatus.PLANNED, RunStatus.QUEUED, RunStatus.TRAINING}),
    RunStatus.EVALUATING: frozenset({RunStatus.TRAINING, RunStatus.EVALUATING}),
    RunStatus.COMPLETED: frozenset({RunStatus.EVALUATING}),
    RunStatus.REJECTED: frozenset({RunStatus.PLANNED}),
    RunStatus.FAILED: _ACTIVE,
    RunStatus.STOPPED: _ACTIVE,
}


class Outcome(StrEnum):
    """The result of a step: a function returns it, and the state machine's choices read it."""

    START = "START"
    """There is work to do, and this execution does it."""
    DUPLICATE = "DUPLICATE"
    """The run, or the cleaning, exists already."""
    SUPERSEDED = "SUPERSEDED"
    """The object was replaced or deleted since its event; what replaced it has an event of its own."""
    REJECTED = "REJECTED"
    IN_PROGRESS = "IN_PROGRESS"
    NO_CAPACITY = "NO_CAPACITY"
    """SageMaker had no instances for the training job; another is created after a pause."""
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    STOPPED = "STOPPED"
