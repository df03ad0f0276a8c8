"""The part of Glue's API that starts and stops runs of jobs, in the emulator's place."""

from __future__ import annotations

import threading
import time
import uuid
from typing import Any

from local_cloud.emulator.seams import replace, require_all
from local_cloud.glue.runner import UNFINISHED, Host, Runner, kill_left_over

INTERRUPTED = "The local cloud ended while the job ran."


class Glue:
    """The service's operations.

    Parameters
    ----------
    quota : int
        How many runs there may be at a time: the machine is one.
    """

    def __init__(self, host: Host, quota: int) -> None:
        self.host, self.quota = host, quota
        self._runners: dict[str, Runner] = {}
        self._lock = threading.Lock()

    def install(self) -> None:
        """Take the place of the emulator's functions, and end the runs that a restart finds unfinished."""
        from ministack.services import glue

        require_all(glue, "_jobs", "_job_runs", "json_response", "error_response_json")
        replace(glue, "_start_job_run", lambda original: self._start)
        replace(glue, "_batch_stop_job_run", self._stopping)
        replace(glue, "_restore_state", _ending_interrupted)
        kill_left_over(self.host.folder)

    def shut_down(self) -> None:
        """Kill every run's process; the next start marks the runs."""
        with self._lock:  # a runner that is found has started
            runners = list(self._runners.values())
        for runner in runners:
            runner.abandon()

    def _start(self, request: dict[str, Any]) -> Any:
        from ministack.services import glue

        name = request.get("JobName", "")
        job = glue._jobs.get(name)
        if job is None:
            return glue.error_response_json("EntityNotFoundException", f"Job {name} is not found", 400)
        with self._lock:
            running = [run for run in glue._job_runs.get(name, []) if run["JobRunState"] in UNFINISHED]
            if len(running) >= self.quota:
                message = f"Concurrent runs exceeded for {name}: {self.quota} at a time here"
                return glue.error_response_json("ConcurrentRunsExceededException", message, 400)
            run = _record(job, request)
            self._runners[run["Id"]] = runner = Runner(self.host, job, run)
            glue._job_runs.setdefault(name, []).append(run)
            runner.start()
        return glue.json_response({"JobRunId": run["Id"]})

    def _stopping(self, original: Any) -> Any:
        def batch_stop_job_run(request: dict[str, Any]) -> Any:
            from ministack.services import glue

            stopped = []
            for run in glue._job_runs.get(request.get("JobName", ""), []):
                if run["Id"] in request.get("JobRunIds", []) and run["JobRunState"] in UNFINISHED:
                    self._runners[run["Id"]].stop()
                    stopped.append(run["Id"])
            if not stopped:
                return original(request)  # which names the error
            submitted = [{"JobName": request["JobName"], "JobRunId": run_id} for run_id in stopped]
            return glue.json_response({"SuccessfulSubmissions": submitted, "Errors": []})

        return batch_stop_job_run


def _record(job: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    """Return a run's record: what the request does not say is the job's."""
    now = int(time.time())
    return {
        "Id": f"jr_{uuid.uuid4().hex}",
        "Attempt": 0,
        "JobName": job["Name"],
        "JobRunState": "STARTING",
        "StartedOn": now,
        "LastModifiedOn": now,
        "Arguments": {**job["DefaultArguments"], **request.get("Arguments", {})},
        "ErrorMessage": "",
        "PredecessorRuns": [],
        "ExecutionTime": 0,
        "Timeout": int(request.get("Timeout") or job["Timeout"]),
        "WorkerType": request.get("WorkerType") or job["WorkerType"],
        "NumberOfWorkers": int(request.get("NumberOfWorkers") or job["NumberOfWorkers"]),
        "GlueVersion": job["GlueVersion"],
        "ExecutionClass": "STANDARD",
    }


def _ending_interrupted(original: Any) -> Any:
    def restore_state(data: Any) -> Any:
        original(data)
        from ministack.services import glue

        for runs in glue._job_runs._data.values():
            for run in runs:
                if run["JobRunState"] in UNFINISHED:
                    now = int(time.time())
                    run |= {"JobRunState": "FAILED", "ErrorMessage": INTERRUPTED, "CompletedOn": now}

    return restore_state
