"""The state `glue:startJobRun.sync`. moto's own waits for a callback, which a Glue task does not have, and fails.

As in AWS, the job is stopped when its state times out or the execution is stopped.
https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-sync
"""

from __future__ import annotations

import logging
import time
from typing import Any

import botocore.session
from botocore.exceptions import ClientError

from local_cloud.emulator.seams import replace, require_all
from wordvectors.aws.errors import error_code

log = logging.getLogger("local_cloud.workflow")

_LOOK_SECONDS = 0.5


def install() -> None:
    """Replace how the interpreter, which must have been imported, waits for a job run."""
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_glue import (
        StateTaskServiceGlue,
    )

    require_all(StateTaskServiceGlue, "_build_sync_resolver", "_get_glue_client", "_from_error")
    replace(StateTaskServiceGlue, "_eval_integration_pattern", lambda original: _wait_for_job)
    replace(StateTaskServiceGlue, "_from_error", _named_by_the_model)


def _named_by_the_model(original: Any) -> Any:
    """Name an error that StartJobRun's model does not have as AWS does, throttling among them."""
    model = botocore.session.get_session().get_service_model("glue").operation_model("StartJobRun")
    modelled = {shape.name for shape in model.error_shapes}

    def from_error(self: Any, env: Any, ex: Exception) -> Any:
        if isinstance(ex, ClientError) and error_code(ex) not in modelled:
            ex.response["Error"]["Code"] = "AWSGlueException"
        return original(self, env=env, ex=ex)

    return from_error


def _wait_for_job(
    self: Any, env: Any, resource_runtime_part: Any, normalised_parameters: Any, state_credentials: Any
) -> None:
    self.timeout.eval(env=env)
    env.stack.pop()  # the state itself watches its time
    started = env.stack[-1]
    look = self._build_sync_resolver(env, resource_runtime_part, normalised_parameters, state_credentials)
    run = None
    while run is None and env.is_running():
        run = look()
        if run is None:
            time.sleep(_LOOK_SECONDS)
    if run is None:
        _stop(self._get_glue_client(resource_runtime_part, state_credentials), started)
    env.stack.append(run)


def _stop(glue: Any, started: dict[str, Any]) -> None:
    try:
        glue.batch_stop_job_run(JobName=started["JobName"], JobRunIds=[started["JobRunId"]])
    except Exception:
        log.exception(
            "Nobody waits for the job run %s any more, and it could not be stopped", started["JobRunId"]
        )
