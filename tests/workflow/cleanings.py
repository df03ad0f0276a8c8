"""Cleanings on a running pipeline, for tests."""

from __future__ import annotations

import json
import time

import pytest

from tests.workflow.conftest import PATIENCE_SECONDS, wait_until
from wordvectors.cleaning.order import cleaning_key


class Cleanings:
    """Cleanings on a running pipeline."""

    def __init__(self, pipeline) -> None:
        self.pipeline = pipeline
        self.states = pipeline.deployment.client("stepfunctions")
        self.glue = pipeline.deployment.client("glue")
        outputs = pipeline.deployment.client("cloudformation").describe_stacks(
            StackName="Wordvectors-Cleaning"
        )
        (stack,) = outputs["Stacks"]
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        self.told: list[str] = []

    def started(self, name: str, files: dict[str, bytes], order: dict | bytes = b"") -> str:
        """Upload documents and their marker; return the execution that this starts."""
        for file, content in files.items():
            self.pipeline.put(f"raw/{name}/{file}", content)
        marker = f"raw/{name}/_READY"
        before = self.executions()
        self.pipeline.put(marker, order)
        found: list[str] = []

        def is_there() -> bool:
            new = [arn for arn in self.executions() if arn not in before]
            found[:] = [arn for arn in new if self._input_of(arn)["key"] == marker]
            return bool(found)

        wait_until(is_there, lambda: f"the cleaning of {name}")
        (execution,) = found
        return execution

    def executions(self) -> list[str]:
        """Return the names of all executions, newest first."""
        arn = self.outputs["CleaningStateMachineArn"]
        found = self.states.list_executions(stateMachineArn=arn)["executions"]
        return [execution["executionArn"] for execution in found]

    def ended(self, execution: str) -> dict:
        """Wait for an execution to end, and return it."""
        wait_until(
            lambda: self.states.describe_execution(executionArn=execution)["status"] != "RUNNING",
            lambda: f"the end of {execution}",
        )
        return self.states.describe_execution(executionArn=execution)

    def message(self, words: str) -> str:
        """Wait for the message that has these words."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            self.told += self.pipeline.messages_about("Cleaning ")
            for text in self.told:
                if words in text:
                    return text
        pytest.fail(f"no message with {words!r} in {self.told}")

    def _input_of(self, execution: str) -> dict:
        return json.loads(self.states.describe_execution(executionArn=execution)["input"])

    def report(self, cleaning: str) -> dict:
        """Return what a cleaning wrote down about itself."""
        key = cleaning_key(cleaning, "report.json")
        body = self.pipeline.s3.get_object(Bucket=self.pipeline.bucket, Key=key)["Body"]
        return json.loads(body.read())

    def runs(self) -> list[dict]:
        """Return the runs of the Glue job."""
        return self.glue.get_job_runs(JobName=self.outputs["CleaningJobName"])["JobRuns"]
