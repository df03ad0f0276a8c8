"""A training job's record: one JSON file per job, its status and transitions, what Describe answers."""

from __future__ import annotations

import json
import math
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local_cloud.connection import write_private
from local_cloud.sagemaker.algorithms import metric_definitions

UNFINISHED = ("InProgress", "Stopping")
FAILURE_CHARACTERS = 1024  # of FailureReason, API model
MESSAGES = {
    "Starting": "Preparing the instances for training",
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Interrupted": "The managed spot training instances were interrupted",
    "Stopping": "Stopping the training job",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
}
_ECHOED = (
    "TrainingJobName", "HyperParameters", "AlgorithmSpecification", "RoleArn", "InputDataConfig",
    "OutputDataConfig", "ResourceConfig", "StoppingCondition", "VpcConfig", "CheckpointConfig", "Environment",
    "EnableNetworkIsolation", "EnableInterContainerTrafficEncryption", "EnableManagedSpotTraining",
    "RetryStrategy",
)  # fmt: skip


@dataclass
class TrainingJob:
    """One job; times are seconds since the epoch.

    Attributes
    ----------
    trained_seconds : float
        How long its processes have run in all, however often it was begun: what is billed. It is saved every second, as
        a server that is killed tells no one when it ended.
    process : dict or None
        Id and start of the process, while it runs.
    retries : int
        After errors of SageMaker's own, such as that the local cloud ended.
    """

    arn: str
    request: dict[str, Any]
    status: str = "InProgress"
    secondary: str = "Starting"
    created: float = field(default_factory=time.time)
    modified: float = field(default_factory=time.time)
    training_started: float | None = None
    training_ended: float | None = None
    failure: str | None = None
    artifact: str | None = None
    transitions: list[dict[str, Any]] = field(default_factory=list)
    metrics: list[dict[str, Any]] = field(default_factory=list)
    process: dict[str, Any] | None = None
    retries: int = 0
    trained_seconds: float = 0.0

    @property
    def name(self) -> str:
        """The job's name."""
        return self.request["TrainingJobName"]

    @property
    def unfinished(self) -> bool:
        """Whether the job still runs or is being stopped."""
        return self.status in UNFINISHED

    @property
    def interrupted(self) -> bool:
        """Whether its spot instances were taken away once."""
        return any(transition["Status"] == "Interrupted" for transition in self.transitions)

    def log_stream(self) -> str:
        """Return the name of the log of a try that begins now: no earlier try has it, and it sorts after theirs."""
        tries = sum(transition["Status"] == "Training" for transition in self.transitions)
        return f"{self.name}/algo-1-{int(time.time()) + tries}"

    def enter(self, secondary: str, *, status: str | None = None) -> None:
        """Begin a secondary status: close the transition before it, open its own."""
        now = time.time()
        if self.transitions:
            self.transitions[-1].setdefault("EndTime", now)
        transition = {"Status": secondary, "StartTime": now, "StatusMessage": MESSAGES[secondary]}
        self.secondary, self.status, self.modified = secondary, status or self.status, now
        if not self.unfinished:
            transition["EndTime"] = now
        self.transitions.append(transition)

    def describe(self) -> dict[str, Any]:
        """DescribeTrainingJob's answer."""
        answer = {name: self.request[name] for name in _ECHOED if name in self.request}
        algorithm = self.request["AlgorithmSpecification"]
        if definitions := metric_definitions(algorithm):
            answer["AlgorithmSpecification"] = {**algorithm, "MetricDefinitions": definitions}
        answer |= {
            "TrainingJobArn": self.arn,
            "TrainingJobStatus": self.status,
            "SecondaryStatus": self.secondary,
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
            "SecondaryStatusTransitions": self.transitions,
            "EnableNetworkIsolation": self.request.get("EnableNetworkIsolation", False),
            "EnableInterContainerTrafficEncryption": False,
            "EnableManagedSpotTraining": self.request.get("EnableManagedSpotTraining", False),
        }
        if self.training_started is not None:
            answer["TrainingStartTime"] = self.training_started
        if self.training_started is not None and self.training_ended is not None:
            seconds = max(1, math.ceil(self.trained_seconds))
            answer |= {"TrainingEndTime": self.training_ended, "TrainingTimeInSeconds": seconds}
            answer["BillableTimeInSeconds"] = seconds
        if self.artifact:
            answer["ModelArtifacts"] = {"S3ModelArtifacts": self.artifact}
        if self.metrics:
            answer["FinalMetricDataList"] = self.metrics
        if self.failure:
            answer["FailureReason"] = self.failure[:FAILURE_CHARACTERS]
        return answer

    def summary(self) -> dict[str, Any]:
        """The job's entry in ListTrainingJobs."""
        entry = {
            "TrainingJobName": self.name,
            "TrainingJobArn": self.arn,
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
            "TrainingJobStatus": self.status,
            "SecondaryStatus": self.secondary,
        }
        if self.training_ended is not None:
            entry["TrainingEndTime"] = self.training_ended
        return entry


class JobStore:
    """Every job of the account, each in `FOLDER/JOB/job.json`.

    Parameters
    ----------
    folder : Path
        Where the jobs' folders lie; it is made when missing, and read at once.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = threading.RLock()
        folder.mkdir(parents=True, exist_ok=True)
        self.jobs: dict[str, TrainingJob] = {}
        for path in sorted(folder.glob("*/job.json")):
            record = json.loads(path.read_text(encoding="utf-8"))
            if "trained_seconds" not in record and record["training_started"]:  # an earlier version's
                ended = record["training_ended"] or record["modified"]
                record["trained_seconds"] = ended - record["training_started"]
            job = TrainingJob(**record)
            self.jobs[job.name] = job

    def job_folder(self, name: str) -> Path:
        """The folder of one job."""
        return self.folder / name

    def save(self, job: TrainingJob) -> None:
        """Write the job's file, whole or not at all."""
        with self.lock:
            path = self.job_folder(job.name) / "job.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            write_private(path, json.dumps(vars(job), indent=1))
            self.jobs[job.name] = job

    def unfinished(self) -> list[TrainingJob]:
        """Jobs that run or are being stopped."""
        return [job for job in list(self.jobs.values()) if job.unfinished]
