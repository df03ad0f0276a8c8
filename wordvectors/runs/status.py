"""Where a run stands, and what the functions and the state machines tell each other."""

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
        """Whether nothing can follow."""
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
    """What a step came to: the functions answer it, and the state machines' choices read it."""

    START = "START"
    """There is something to do, and it is this execution's."""
    DUPLICATE = "DUPLICATE"
    """The run, or the cleaning, exists already."""
    SUPERSEDED = "SUPERSEDED"
    """The object was replaced or deleted since its event; what replaced it has an event of its own."""
    REJECTED = "REJECTED"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    STOPPED = "STOPPED"
