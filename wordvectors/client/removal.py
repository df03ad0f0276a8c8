"""Remove runs with all that they have left: in the bucket with its old versions, in the table, on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from wordvectors.aws.versions import Version, Versions
from wordvectors.client import cache
from wordvectors.client.deployment import Deployment
from wordvectors.lifecycle.removal import folders_of, hindrance
from wordvectors.lifecycle.run import Run


class NotRemovable(Exception):
    """A run that may not be removed any more; the message says why."""


@dataclass(frozen=True)
class Removal:
    """What would be removed with a run.

    Attributes
    ----------
    versions : list of Version
        Of its objects, those that are hidden by newer ones or by deletions included.
    cached : list of Path
        What this machine keeps of it.
    """

    run: Run
    versions: list[Version]
    cached: list[Path]

    @property
    def bytes(self) -> int:
        """The room that it takes in the bucket."""
        return sum(version.bytes for version in self.versions)


def removable(deployment: Deployment, runs: list[Run]) -> tuple[list[Run], list[str]]:
    """Return the runs that may be removed, and a sentence for each that may not."""
    moment, used = datetime.now(UTC), _used(deployment, runs)
    why = {run.run_id: hindrance(run, moment, used) for run in runs}
    return [run for run in runs if why[run.run_id] is None], [reason for reason in why.values() if reason]


def _used(deployment: Deployment, runs: list[Run]) -> dict[str, str]:
    """Return the runs that a tuning under way has trained, or has learnt from, each with that tuning."""
    used: dict[str, str] = {}
    for tuning in deployment.tunings.newest() if runs else ():
        if tuning.status.is_final:
            continue
        executions = {trial.execution for trial in tuning.trials if trial.execution}
        needed = {known.run_id for known in tuning.known} | {trial.run_id for trial in tuning.trials}
        for run in runs:
            if run.run_id in needed or (run.execution_arn or "").rpartition(":")[2] in executions:
                used[run.run_id] = f"the tuning {tuning.tuning_id}"
    return used


def look_at(deployment: Deployment, run: Run) -> Removal:
    """Return what would be removed with a run."""
    versions = Versions(deployment.s3, deployment.bucket.name)
    found = [version for folder in folders_of(run) for version in versions.under(folder)]
    return Removal(run, found, cache.of_run(run.run_id))


def remove(deployment: Deployment, removal: Removal) -> None:
    """Remove a run; what was interrupted is completed by doing it again.

    Raises
    ------
    NotRemovable
        When it was promoted, or removed, since it was looked at.
    """
    run_id, by = removal.run.run_id, deployment.caller()
    if not deployment.removals.begin(run_id, by):
        raise NotRemovable(f"{run_id} was promoted or removed in the meantime; it is left alone")
    left = look_at(deployment, removal.run)  # with what was written since
    Versions(deployment.s3, deployment.bucket.name).delete(left.versions)
    for path in left.cached:
        cache.drop(path)
    deployment.removals.finish(run_id, by)
