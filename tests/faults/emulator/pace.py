"""The time between tries, shortened: an extension of the local cloud's server (`local_cloud.extension`).

Scaled are the pauses alone, all by the same factor: Wait states, the intervals of Retry (after backoff,
limit and jitter), Lambda's pauses before it tries an event again, and the AWS SDK's pauses in functions.
Time-outs, numbers of tries and the order of things stay as they are.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import SimpleNamespace

from local_cloud.connection import Files, read_json, write_private
from local_cloud.emulator import outbox
from local_cloud.emulator.seams import replace, replace_text, require_all

_VARIABLE = "_LOCAL_CLOUD_TIME_SCALE"
_WORKER_BEGINS = "import sys, json, importlib, traceback, os, time\n"
_WORKER_PACED = f"""\
import botocore.endpoint, types
_scale = float(os.environ["{_VARIABLE}"])
botocore.endpoint.time = types.SimpleNamespace(sleep=lambda seconds, sleep=time.sleep: sleep(seconds * _scale))
"""


@dataclass(frozen=True)
class Pace:
    """How fast a local cloud is.

    Attributes
    ----------
    time_scale : float
        What the pauses between tries are multiplied by.
    concurrent_functions : int, optional
        How many invocations of functions may run at a time; one more is throttled. Default: as the memory
        allows. Each is a process.
    """

    time_scale: float = 1.0
    concurrent_functions: int | None = None


def set_pace(home: Path, pace: Pace) -> None:
    """Set the pace at which the next local cloud in a home folder starts, if it has this extension."""
    path = _file(Files(home))
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_private(path, json.dumps(asdict(pace)))


def install(files: Files) -> None:
    """Scale the pauses of Lambda functions, and bound how many run."""
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    pace = _pace(files)
    require_all(lambda_svc, "_LAMBDA_ASYNC_RETRY_BASE_SECONDS", "_ACCOUNT_CONCURRENCY_CAP")
    if pace.concurrent_functions is not None:
        lambda_svc._ACCOUNT_CONCURRENCY_CAP = pace.concurrent_functions
    if pace.time_scale == 1.0:
        return
    lambda_svc._LAMBDA_ASYNC_RETRY_BASE_SECONDS *= pace.time_scale
    outbox.FIRST_PAUSE_SECONDS *= pace.time_scale
    outbox.LONGEST_PAUSE_SECONDS *= pace.time_scale
    os.environ[_VARIABLE] = str(pace.time_scale)
    replace_text(lambda_runtime, "_PYTHON_WORKER_SCRIPT", _WORKER_BEGINS, _WORKER_BEGINS + _WORKER_PACED)


def install_interpreter(files: Files) -> None:
    """Scale the pauses of moto's interpreter."""
    from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
    from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction

    scale = _pace(files).time_scale
    paced = SimpleNamespace(sleep=lambda seconds: time.sleep(seconds * scale))
    replace(retrier_decl, "time", lambda original: paced)
    replace(
        WaitFunction,
        "_wait_interval",
        lambda original: lambda self, env, wait_seconds: original(self, env, wait_seconds * scale),
    )


def _file(files: Files) -> Path:
    return files.folder / "pace.json"


def _pace(files: Files) -> Pace:
    return Pace(**read_json(_file(files)))
