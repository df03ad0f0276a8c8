"""The folder a training container sees, and the process in it.

SageMaker's contract: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo.html
The folder /opt/ml is `JOB_FOLDER/opt/ml` here, and SAGEMAKER_BASE_DIR says so.
"""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from local_cloud import processes
from local_cloud.sagemaker.jobs import TrainingJob
from wordvectors.blazingtext.channels import PACKAGES
from wordvectors.project import root


class Container:
    """One job's folder and, once started, its process."""

    def __init__(self, job_folder: Path) -> None:
        self.folder = job_folder
        self.base = job_folder / "opt" / "ml"
        self.process: subprocess.Popen[bytes] | None = None

    def prepare(self, job: TrainingJob) -> None:
        """Make the folders and write the configuration files, all values as strings."""
        self.discard()
        for part in ("input/config", "input/data", "model", "output/data"):
            (self.base / part).mkdir(parents=True)
        config = self.base / "input" / "config"
        channels = {
            channel["ChannelName"]: _channel(channel) for channel in job.request.get("InputDataConfig", [])
        }
        count = job.request["ResourceConfig"].get("InstanceCount", 1)
        resources = {
            "current_host": "algo-1",
            "hosts": [f"algo-{number}" for number in range(1, count + 1)],
            "network_interface_name": "eth0",
        }
        for name, content in (
            ("hyperparameters", job.request.get("HyperParameters", {})),
            ("inputdataconfig", channels),
            ("resourceconfig", resources),
        ):
            (config / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")

    def path_of(self, path: str) -> Path:
        """Return where a path under the container's /opt/ml is on this machine."""
        return self.base / Path(path).relative_to("/opt/ml")

    def channel_folder(self, channel: str) -> Path:
        """Where a channel's objects go."""
        return self.base / "input" / "data" / channel

    def entry_point(self, algorithm: dict[str, Any]) -> list[str]:
        """Return the command that a job brings along, for this machine; empty if it brings none.

        Its /opt/ml is the job's folder. Its Python is the one that runs here, with the packages that are here: those
        that the own engine brings along are made for the image.
        """
        command = [*algorithm.get("ContainerEntrypoint", []), *algorithm.get("ContainerArguments", [])]
        if command and re.fullmatch(r"python3?(\.\d+)?", command[0]):
            command[0] = sys.executable
        return [
            str(self.base) + part.removeprefix("/opt/ml") if part.startswith("/opt/ml/") else part
            for part in command
            if not part.startswith(f"/opt/ml/input/data/{PACKAGES}/")
        ]

    def start(
        self, command: list[str], job: TrainingJob, note: Callable[[dict[str, Any]], None]
    ) -> subprocess.Popen[bytes]:
        """Start the algorithm, in a process group of its own, without credentials (`processes.start_group`)."""
        environment = processes.clean_environment(**job.request.get("Environment", {}))
        environment |= {
            "SAGEMAKER_BASE_DIR": str(self.base),
            "TRAINING_JOB_NAME": job.name,
            "TRAINING_JOB_ARN": job.arn,
            "PYTHONPATH": str(root()),
        }
        self.process = processes.start_group(command, self.base, environment, note)
        return self.process

    def stop(self, kind: signal.Signals = signal.SIGTERM) -> None:
        """Send a signal to the whole process group."""
        processes.signal_group(self.process, kind)

    def failure(self) -> str:
        """What the algorithm wrote into output/failure, or an empty string."""
        path = self.base / "output" / "failure"
        return path.read_text(encoding="utf-8", errors="replace").strip() if path.is_file() else ""

    def discard(self) -> None:
        """Remove the container's folder; the job's record beside it stays."""
        shutil.rmtree(self.folder / "opt", ignore_errors=True)


def _channel(channel: dict[str, Any]) -> dict[str, Any]:
    source = channel["DataSource"]["S3DataSource"]
    described = {
        "ContentType": channel.get("ContentType"),
        "TrainingInputMode": channel.get("InputMode", "File"),
        "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
        "RecordWrapperType": channel.get("RecordWrapperType", "None"),
    }
    return {name: value for name, value in described.items() if value is not None}
