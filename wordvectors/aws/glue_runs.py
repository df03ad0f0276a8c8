"""Find and stop the Glue job's runs that an execution has started."""

from __future__ import annotations

from typing import Any

from wordvectors.aws.errors import transient_errors_named

RUNNING = frozenset({"STARTING", "RUNNING", "WAITING"})
CLEANING_ARGUMENT = "--cleaning-id"
EXECUTION_ARGUMENT = "--execution-arn"
"""The execution that started the run, for CloseCleaning; the job takes no notice of it."""


class GlueRuns:
    """The runs of one job, through a boto3 Glue client."""

    def __init__(self, client: Any, job_name: str) -> None:
        self._client = client
        self._job_name = job_name

    def stop(self, execution_arn: str | None) -> bool:
        """Ask the runs that an execution has started to stop. Return False if none runs."""
        if execution_arn is None:
            return False
        wanted: dict[str, Any] = {"JobName": self._job_name, "MaxResults": 200}
        found: list[str] = []
        with transient_errors_named():
            while True:
                page = self._client.get_job_runs(**wanted)
                found += [
                    run["Id"]
                    for run in page["JobRuns"]
                    if run["JobRunState"] in RUNNING
                    and run.get("Arguments", {}).get(EXECUTION_ARGUMENT) == execution_arn
                ]
                if found or not page.get("NextToken"):
                    break
                wanted["NextToken"] = page["NextToken"]
            if found:
                self._client.batch_stop_job_run(JobName=self._job_name, JobRunIds=found)
        return bool(found)
