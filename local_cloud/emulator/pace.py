"""The time between tries, shortened for tests.

Scaled are the pauses alone, all by the same factor: Wait states, the intervals of Retry (after backoff,
limit and jitter), Lambda's pauses before it tries an event again, and the AWS SDK's pauses in functions.
Time-outs, numbers of tries and the order of things stay as they are.
"""

from __future__ import annotations

import os
import time
from types import SimpleNamespace

from local_cloud.emulator.seams import replace, replace_text, require

_VARIABLE = "_LOCAL_CLOUD_TIME_SCALE"
_WORKER_BEGINS = "import sys, json, importlib, traceback, os, time\n"
_WORKER_PACED = f"""\
import botocore.endpoint, types
_scale = float(os.environ["{_VARIABLE}"])
botocore.endpoint.time = types.SimpleNamespace(sleep=lambda seconds, sleep=time.sleep: sleep(seconds * _scale))
"""
_ASYNC_RETRY_SECONDS = 60.0  # Lambda developer guide, "Asynchronous invocation": one minute, then two


def install(scale: float) -> None:
    """Scale the pauses of Lambda functions; those of the state machine are `install_interpreter`'s."""
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    require(lambda_svc, "_LAMBDA_ASYNC_RETRY_BASE_SECONDS")
    lambda_svc._LAMBDA_ASYNC_RETRY_BASE_SECONDS = _ASYNC_RETRY_SECONDS * scale
    os.environ[_VARIABLE] = str(scale)
    replace_text(lambda_runtime, "_PYTHON_WORKER_SCRIPT", _WORKER_BEGINS, _WORKER_BEGINS + _WORKER_PACED)


def install_interpreter(scale: float) -> None:
    """Scale the pauses of moto's interpreter, and let no Wait state depend on a clock that may jump."""
    from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
    from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction

    def wait_interval(self, env, wait_seconds: float) -> None:
        until = time.monotonic() + wait_seconds * scale
        while env.is_running() and (left := until - time.monotonic()) > 0:
            env.program_state_event.wait(left)

    paced = SimpleNamespace(sleep=lambda seconds: time.sleep(seconds * scale))
    replace(retrier_decl, "time", lambda original: paced)
    replace(WaitFunction, "_wait_interval", lambda original: wait_interval)
