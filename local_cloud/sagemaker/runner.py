"""One training job from start to end, on a thread of its own."""

from __future__ import annotations

import logging
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_cloud import processes
from local_cloud.emulator.credentials import RoleRefusedError, client_as
from local_cloud.sagemaker.algorithms import (
    METRICS_NAMESPACE,
    metric_data,
    metric_definitions,
    metrics_in,
    repository,
)
from local_cloud.sagemaker.checkpoints import LOCAL_PATH, CheckpointFolder
from local_cloud.sagemaker.container import Container
from local_cloud.sagemaker.jobs import JobStore, TrainingJob
from local_cloud.sagemaker.logs import LogStream
from local_cloud.sagemaker.transfer import TransferError, download_channel, upload_folder
from wordvectors.blazingtext.log import TRAINING_LOG_GROUP

log = logging.getLogger("local_cloud.sagemaker")

SERVICE = "sagemaker.amazonaws.com"
_SECONDS_PER_SAVE = 1.0
_KILLED = 137  # 128 + SIGKILL: what the kernel does to a process that wants too much memory


@dataclass
class Host:
    """What every runner needs of the machine.

    Attributes
    ----------
    store : JobStore
    endpoint_url, region : str
        Where the emulator answers.
    commands : dict
        Image repository name -> command line of the process that stands in for it; empty if the image has no algorithm
        of its own.
    grace_seconds : float
        Between SIGTERM and SIGKILL.
    interrupt_seconds : float or None
        How long a job on spot capacity trains until its instances are taken away, once; None: they never are.
    """

    store: JobStore
    endpoint_url: str
    region: str
    commands: dict[str, list[str]]
    grace_seconds: float = 120.0
    interrupt_seconds: float | None = None
    runners: dict[str, Runner] = field(default_factory=dict)


class Runner:
    """Runs one job; `stop` and `abandon` may be called from other threads."""

    def __init__(self, host: Host, job: TrainingJob) -> None:
        self.host, self.job = host, job
        self.container = Container(host.store.job_folder(job.name))
        self.abandoned = False
        self._stop_wanted = threading.Event()
        self._end_wanted = threading.Event()  # of the process, be it for a stop or an interruption
        self._out_of_time = False
        self._definitions = metric_definitions(job.request["AlgorithmSpecification"])
        self._thread = threading.Thread(target=self._run, name=f"job-{job.name}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self.host.runners[self.job.name] = self
        self._thread.start()

    def stop(self) -> None:
        """Ask the job to stop: SIGTERM now, SIGKILL after the grace period."""
        self._enter("Stopping", status="Stopping")
        self._stop_wanted.set()
        self._end_wanted.set()

    def abandon(self) -> None:
        """Kill the process and write nothing more: the emulator ends."""
        self.abandoned = True
        self._stop_wanted.set()
        self._end_wanted.set()
        self.container.stop(signal.SIGKILL)

    def join(self, seconds: float) -> None:
        """Wait for the runner's thread."""
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            exit_code = self._carry_out()
            if exit_code is not None and not self.abandoned:
                self._upload(exit_code)
            self._end(exit_code)
        except TransferError as problem:
            self._fail(str(problem))
        except RoleRefusedError as problem:
            self._fail(f"ClientError: {problem}")
        except Exception as problem:
            log.exception("The training job %s could not be run", self.job.name)
            self._fail(f"InternalServerError: We encountered an internal error: {problem}")
        finally:
            if not self.abandoned:
                self.container.discard()
            self.host.runners.pop(self.job.name, None)

    def _carry_out(self) -> int | None:
        """Run the algorithm, and once more if its instances were taken away; its exit code, or None if it is not run.

        Then all begins anew but for the checkpoints.
        """
        self._download()
        exit_code = None if self._stop_wanted.is_set() else self._train()
        if self.job.secondary != "Interrupted" or self._stop_wanted.is_set():
            return exit_code
        self._end_wanted.clear()
        if self._stop_wanted.is_set():  # since it was looked at
            return exit_code
        self._enter("Starting")
        self._download()
        return None if self._stop_wanted.is_set() else self._train()

    def _download(self) -> None:
        self.container.prepare(self.job)
        self._enter("Downloading")
        s3, role = self._client("s3"), self.job.request["RoleArn"]
        for channel in self.job.request.get("InputDataConfig", []):
            if self._stop_wanted.is_set():
                return
            download_channel(s3, channel, self.container.channel_folder(channel["ChannelName"]), role)

    def _train(self) -> int:
        """Run the algorithm; its exit code."""
        algorithm = self.job.request["AlgorithmSpecification"]
        command = (
            self.container.entry_point(algorithm)
            or self.host.commands[repository(algorithm["TrainingImage"])]
        )
        checkpoints = self._checkpoints()
        stream = LogStream(self._client("logs"), TRAINING_LOG_GROUP, self.job.log_stream())
        process = self.container.start(command, self.job, self._note_process)
        if self.abandoned:  # since the process was looked for, and not found, to be killed
            self.container.stop(signal.SIGKILL)
        self._enter("Training")

        def take(line: str) -> None:
            stream.write(line.replace(str(self.container.base), "/opt/ml"))  # as a container would say it
            self._note_metric(line)

        longest = (
            self.job.request["StoppingCondition"].get("MaxRuntimeInSeconds", 86400) - self.job.trained_seconds
        )
        try:
            with self._timed(), self._interruption(process):
                self._out_of_time = processes.follow_group(
                    process, take, self._end_wanted, longest, self.host.grace_seconds
                )
            return process.wait()
        finally:
            self.job.training_ended = time.time()
            stream.close()
            self._put_metrics()
            if checkpoints is not None:
                checkpoints.abandon() if self.abandoned else checkpoints.close()

    def _checkpoints(self) -> CheckpointFolder | None:
        config = self.job.request.get("CheckpointConfig")
        if config is None:
            return None
        folder = self.container.path_of(config.get("LocalPath", LOCAL_PATH))
        return CheckpointFolder(self._client("s3"), config["S3Uri"], folder, self.job.request["RoleArn"])

    @contextmanager
    def _timed(self) -> Iterator[None]:
        """Add the time of the block to the job's training time, and save it as it goes by."""
        before, began, ended = self.job.trained_seconds, time.monotonic(), threading.Event()

        def save() -> None:
            with self.host.store.lock:
                if not self.abandoned:
                    self.job.trained_seconds = before + time.monotonic() - began
                    self.host.store.save(self.job)

        def keep() -> None:
            while not ended.wait(_SECONDS_PER_SAVE):
                save()

        thread = threading.Thread(target=keep, name=f"time-{self.job.name}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
            save()

    @contextmanager
    def _interruption(self, process: subprocess.Popen[bytes]) -> Iterator[None]:
        """Take the instances away from a job on spot capacity during the block, if that is to come."""

        def interrupt() -> None:
            if process.poll() is None:
                self._enter("Interrupted")
                self._end_wanted.set()

        seconds = self.host.interrupt_seconds
        on_spot = self.job.request.get("EnableManagedSpotTraining", False)
        if seconds is None or not on_spot or self.job.interrupted:
            yield
            return
        timer = threading.Timer(seconds, interrupt)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()

    def _note_process(self, known: dict[str, Any]) -> None:
        with self.host.store.lock:
            if not self.abandoned:
                self.job.process = known
                self.job.training_started = self.job.training_started or time.time()
                self.host.store.save(self.job)

    def _note_metric(self, line: str) -> None:
        for name, value in metrics_in(line, self._definitions).items():
            metric = {"MetricName": name, "Value": value, "Timestamp": int(time.time())}
            self.job.metrics = [m for m in self.job.metrics if m["MetricName"] != name] + [metric]

    def _put_metrics(self) -> None:
        """Put the job's metrics into CloudWatch, as the job's role; without its permission they are lost, as on AWS."""
        if not self.job.metrics or self.abandoned:
            return
        try:
            self._client("cloudwatch").put_metric_data(
                Namespace=METRICS_NAMESPACE, MetricData=metric_data(self.job.name, self.job.metrics)
            )
        except (ClientError, BotoCoreError) as problem:
            log.warning("No metrics of %s: %s", self.job.name, problem)

    def _upload(self, exit_code: int) -> None:
        """Upload the model, also what a stopped algorithm has saved, and output/data when it holds files."""
        ended_by_us = self._stop_wanted.is_set() or self._out_of_time
        failed = exit_code != 0 and not ended_by_us
        s3, role = self._client("s3"), self.job.request["RoleArn"]
        target = f"{self.job.request['OutputDataConfig']['S3OutputPath'].rstrip('/')}/{self.job.name}/output"
        if not failed:
            if not self._stop_wanted.is_set():
                self._enter("Uploading")
            uploaded = upload_folder(s3, self.container.base / "model", f"{target}/model.tar.gz", role)
            # For a job that completes without a model SageMaker names the place, too.
            if uploaded or not ended_by_us:
                self.job.artifact = f"{target}/model.tar.gz"
        data = self.container.base / "output" / "data"
        upload_folder(s3, data, f"{target}/output.tar.gz", role)
        shutil.rmtree(data, ignore_errors=True)

    def _end(self, exit_code: int | None) -> None:
        if self._stop_wanted.is_set():
            self._enter("Stopped", status="Stopped")
        elif self._out_of_time:
            self._enter("MaxRuntimeExceeded", status="Stopped")
        elif exit_code == 0:
            self._enter("Completed", status="Completed")
        else:
            self._fail(failure_reason(self.container.failure(), exit_code))

    def _fail(self, reason: str) -> None:
        self.job.failure = reason
        self._enter("Failed", status="Failed")

    def _enter(self, secondary: str, *, status: str | None = None) -> None:
        with self.host.store.lock:
            if self.abandoned or not self.job.unfinished:
                return
            if self.job.status == "Stopping" and status is None:
                return  # a phase that ends after the stop was asked for
            if status not in (None, "Stopping"):
                self.job.process = None
            self.job.enter(secondary, status=status)
            self.host.store.save(self.job)

    def _client(self, service: str) -> Any:
        role = self.job.request["RoleArn"]
        return client_as(role, "SageMaker", SERVICE, service, self.host.region, self.host.endpoint_url)


def failure_reason(text: str, exit_code: int | None) -> str:
    """FailureReason for an algorithm that ended with `exit_code` and wrote `text` into output/failure."""
    if exit_code is not None and exit_code < 0:
        exit_code = 128 - exit_code
    if not text and exit_code == _KILLED:
        return (
            "ClientError: Please use an instance type with more memory, or reduce the size of training data "
            f"processed on an instance., exit code: {exit_code}"
        )
    return f"AlgorithmError: {text or 'See job logs for more information'}, exit code: {exit_code}"
