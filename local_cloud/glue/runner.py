"""One run of a job from start to end: its script is a process here, with the job role's credentials."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from local_cloud import processes
from local_cloud.connection import write_private
from local_cloud.emulator.credentials import RoleRefusedError, assume_for_service, client_as
from local_cloud.sagemaker.logs import LogStream
from local_cloud.sagemaker.transfer import split_uri

log = logging.getLogger("local_cloud.glue")

SERVICE = "glue.amazonaws.com"
UNFINISHED = ("STARTING", "RUNNING", "STOPPING")
_ERROR_CHARACTERS = 2_000
_SESSION = "GlueJobRunnerSession"
_DPU = {"G.1X": 1, "G.2X": 2, "G.4X": 4, "G.8X": 8}
"""What AWS bills, whatever the project's own table says."""


@dataclass
class Host:
    """What every run needs of the machine.

    Attributes
    ----------
    folder : Path
        Holds a folder for each run while it lasts.
    endpoint_url, region : str
        Where the emulator answers.
    arguments : dict of str to str
        Arguments of the script that win over the job's.
    grace_seconds : float
        Between SIGTERM and SIGKILL.
    """

    folder: Path
    endpoint_url: str
    region: str
    arguments: dict[str, str] = field(default_factory=dict)
    grace_seconds: float = 10.0


class Runner:
    """Runs one job run, whose record it keeps up to date; `stop` and `abandon` may be called from other threads.

    Parameters
    ----------
    job, run : dict
        Records as GetJob and GetJobRun answer them.
    """

    def __init__(self, host: Host, job: dict[str, Any], run: dict[str, Any]) -> None:
        self.host, self.job, self.run = host, job, run
        self.folder = host.folder / run["Id"]
        self.abandoned = False
        self._process: subprocess.Popen[bytes] | None = None
        self._stop_wanted = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"glue-{run['Id']}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the run to stop."""
        self._enter("STOPPING")
        self._stop_wanted.set()

    def abandon(self) -> None:
        """Kill the process and write nothing more: the emulator ends."""
        self.abandoned = True
        self._stop_wanted.set()
        processes.signal_group(self._process, signal.SIGKILL)
        self._thread.join(5)

    def _run(self) -> None:
        try:
            command, environment = self._prepare()
            state, error = self._carry_out(command, environment)
        except RoleRefusedError as refused:
            state, error = "FAILED", str(refused)
        except Exception as problem:
            log.exception("The run %s of the job %s failed", self.run["Id"], self.job["Name"])
            state, error = "FAILED", f"{type(problem).__name__}: {problem}"
        if not self.abandoned:
            shutil.rmtree(self.folder, ignore_errors=True)
            self._enter(state, error)

    def _prepare(self) -> tuple[list[str], dict[str, str]]:
        """Fetch the script and its libraries as the job's role; return the process's command and environment."""
        self.folder.mkdir(parents=True, exist_ok=True)
        arguments = {
            **self.run["Arguments"],
            "--JOB_NAME": self.job["Name"],
            "--JOB_RUN_ID": self.run["Id"],
            **self.host.arguments,
        }
        script = self._fetch(self.job["Command"]["ScriptLocation"])
        libraries = arguments.pop("--extra-py-files", "")
        paths = [self._fetch(uri) for uri in libraries.split(",") if uri]
        environment = processes.clean_environment(
            **processes.NO_AWS_SETTINGS,
            AWS_ENDPOINT_URL=self.host.endpoint_url,
            AWS_DEFAULT_REGION=self.host.region,
            PYTHONPATH=os.pathsep.join(map(str, paths)),
            TMPDIR=str(self.folder),
            **{name.upper(): value for name, value in asdict(self._credentials()).items()},
        )
        command = [sys.executable, str(script)]
        command += [text for argument in arguments.items() for text in argument]
        return command, environment

    def _carry_out(self, command: list[str], environment: dict[str, str]) -> tuple[str, str]:
        """Run the script; return the state that the run ends in, and the error if it does so badly."""
        if self._stop_wanted.is_set():
            return "STOPPED", ""
        prefix = self.run["Arguments"].get("--custom-logGroup-prefix", "/aws-glue/jobs")
        stream = LogStream(self._client("logs"), f"{prefix}/output", self.run["Id"])
        last: deque[str] = deque(maxlen=1)
        self._process = processes.start_group(command, self.folder, environment, self._note_process)
        if self.abandoned:  # since the process was looked for, and not found, to be killed
            processes.signal_group(self._process, signal.SIGKILL)
        self._enter("RUNNING")

        def take(line: str) -> None:
            stream.write(line)
            last.append(line)

        out_of_time = processes.follow_group(
            self._process, take, self._stop_wanted, self.run["Timeout"] * 60, self.host.grace_seconds
        )
        stream.close()
        exit_code = self._process.wait()
        if out_of_time:
            return "TIMEOUT", f"the run took longer than its {self.run['Timeout']} minutes"
        if self._stop_wanted.is_set():
            return "STOPPED", ""
        if exit_code == 0:
            return "SUCCEEDED", ""
        if exit_code < 0:
            return "FAILED", f"the script was killed by {signal.Signals(-exit_code).name}"
        return "FAILED", "".join(last)[:_ERROR_CHARACTERS] or f"the script ended with exit code {exit_code}"

    def _note_process(self, known: dict[str, Any]) -> None:
        write_private(self.folder / "process.json", json.dumps(known))

    def _enter(self, state: str, error: str = "") -> None:
        if self.abandoned or (self.run["JobRunState"] == "STOPPING" and state == "RUNNING"):
            return
        now = int(time.time())
        self.run |= {"JobRunState": state, "ErrorMessage": error, "LastModifiedOn": now}
        if state not in UNFINISHED:
            seconds = max(1, now - self.run["StartedOn"])
            units = self.run["NumberOfWorkers"] * _DPU.get(self.run["WorkerType"], 1)
            self.run |= {"CompletedOn": now, "ExecutionTime": seconds, "DPUSeconds": float(seconds * units)}

    def _fetch(self, uri: str) -> Path:
        bucket, key = split_uri(uri)
        target = self.folder / Path(key).name
        self._client("s3").download_file(bucket, key, str(target))
        return target

    def _credentials(self) -> Any:
        return assume_for_service(self.job["Role"], _SESSION, SERVICE)

    def _client(self, service: str) -> Any:
        place = self.host.region, self.host.endpoint_url
        return client_as(self.job["Role"], _SESSION, SERVICE, service, *place)


def kill_left_over(folder: Path) -> None:
    """Kill the processes of runs that the last server left behind."""
    for path in folder.glob("*/process.json"):
        with contextlib.suppress(OSError, ValueError):
            known = json.loads(path.read_text(encoding="utf-8"))
            processes.kill_group(known["pid"], known["started"])
    shutil.rmtree(folder, ignore_errors=True)
