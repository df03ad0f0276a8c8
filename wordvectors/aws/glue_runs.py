"""Find and stop the Glue job's runs of one cleaning."""

from __future__ import annotations

from typing import Any

from wordvectors.aws.errors import transient_errors_named

RUNNING = frozenset({"STARTING", "RUNNING", "WAITING"})
CLEANING_ARGUMENT = "--cleaning-id"


class GlueRuns:
    """The runs of one job, through a boto3 Glue client."""

    def __init__(self, client: Any, job_name: str) -> None:
        self._client = client
        self._job_name = job_name

    def stop(self, cleaning: str) -> bool:
        """Ask the runs of a cleaning to stop. Return False if none runs."""
        wanted: dict[str, Any] = {"JobName": self._job_name, "MaxResults": 200}
        found: list[str] = []
        with transient_errors_named():
            while True:
                page = self._client.get_job_runs(**wanted)
                found += [
                    run["Id"]
                    for run in page["JobRuns"]
                    if run["JobRunState"] in RUNNING
                    and run.get("Arguments", {}).get(CLEANING_ARGUMENT) == cleaning
                ]
                if found or not page.get("NextToken"):
                    break
                wanted["NextToken"] = page["NextToken"]
            if found:
                self._client.batch_stop_job_run(JobName=self._job_name, JobRunIds=found)
        return bool(found)
