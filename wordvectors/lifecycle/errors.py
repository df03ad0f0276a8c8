"""Errors that the state machine knows by their names: each is its class's `__name__`."""

from __future__ import annotations


class QuotaReached(Exception):
    """All instances that the account's quota allows are in use. Worth a wait."""


class QueueOver(Exception):
    """A run has waited for a place as long as it may, and is not to wait for another."""


class QuotaTooSmall(Exception):
    """The account's quota would not allow this job even on an idle account. Waiting does not help."""


class RunHasEnded(Exception):
    """A run that is final is not started. Waiting does not help."""


class NotStorable(ValueError):
    """A run's row would hold what DynamoDB can't hold. Waiting does not help."""


class CorpusChanged(Exception):
    """What a job would train on is no longer what was checked, priced and recorded. Waiting does not help."""


class SetChanged(Exception):
    """A set that a job would be scored on can no longer be read as it was checked. Waiting does not help."""


class UnreadableRow(ValueError):
    """A row of the table that holds no run; the message names it, and each field that is wrong."""
