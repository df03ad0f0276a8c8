"""The names of errors that Lambda functions end with, and the packages that they import.

ministack reports every Python exception as "Runtime.HandlerError", so that no Retry or Catch by error name
could match, and ends the process after one. As on AWS, an exception keeps its class name and the process
lives on; a time-out is "Sandbox.Timedout"; a process that dies is "Runtime.ExitError"; a module that cannot
be imported is "Runtime.ImportModuleError". A function that this machine can't start, as when the disk is full, is
none of the function's errors, but "Lambda.ServiceException".
https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html

A function in Python runs on the local cloud's own Python, with its packages: those of its layers are for Lambda's
system.
"""

from __future__ import annotations

import re
import threading
from typing import Any

from local_cloud.emulator.seams import replace, replace_text

_last = threading.local()  # the worker's own answer, of the invocation this thread is making

_RUN_HANDLER = """\
            result = handler_fn(event, context)
            _real_stdout.write(json.dumps({"status": "ok", "result": result}) + "\\n")
        except Exception as e:
            _real_stdout.write(json.dumps({"status": "error", "error": str(e), "trace": traceback.format_exc()}) + "\\n")
"""  # noqa: E501

_RUN_HANDLER_NAMED = """\
            result = handler_fn(event, context)
            try:
                answer = json.dumps({"status": "ok", "result": result})
            except (TypeError, ValueError) as e:
                answer = json.dumps({"status": "ok", "raised": {"errorType": "Runtime.MarshalError",
                    "errorMessage": "Unable to marshal response: " + str(e), "stackTrace": []}})
            _real_stdout.write(answer + "\\n")
        except Exception as e:
            sys.stderr.write(traceback.format_exc())
            sys.stderr.flush()
            _real_stdout.write(json.dumps({"status": "ok", "raised": {"errorType": type(e).__name__,
                "errorMessage": str(e), "stackTrace": traceback.format_tb(e.__traceback__)}}) + "\\n")
"""

NOT_STARTED = "Lambda.ServiceException"
_INIT_FAILED = re.compile(r"Worker init failed: (?P<cause>.*)", re.DOTALL)


class NotStartedError(Exception):
    """This machine could not start a function's process."""


def is_lambdas_own(result: dict[str, Any]) -> bool:
    """Whether an invocation's result is no function's: it was throttled, or no process could be started."""
    body = result.get("body")
    of_lambda = isinstance(body, dict) and body.get("errorType") == NOT_STARTED
    return bool(result.get("throttle")) or (bool(result.get("error")) and of_lambda)


def install() -> None:
    """Patch the worker's script and what turns its answer into an invocation's result."""
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    replace_text(lambda_runtime, "_PYTHON_WORKER_SCRIPT", _RUN_HANDLER, _RUN_HANDLER_NAMED)
    replace(lambda_runtime.Worker, "_spawn", _without_layers_in_python)
    replace(lambda_runtime.Worker, "invoke", _remembering)
    replace(lambda_svc, "_execute_function_warm", _naming_errors)


def _without_layers_in_python(original: Any) -> Any:
    def spawn(worker: Any) -> None:
        configured = worker.config
        if configured["Runtime"].startswith("python"):
            worker.config = {**configured, "Layers": []}
        try:
            original(worker)
        except OSError as problem:
            raise NotStartedError(str(problem)) from problem
        finally:
            worker.config = configured

    return spawn


def _remembering(original: Any) -> Any:
    def invoke(worker: Any, *args: Any, **kwargs: Any) -> Any:
        _last.answer = original(worker, *args, **kwargs)
        return _last.answer

    return invoke


def _naming_errors(original: Any) -> Any:
    def execute_function_warm(func: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
        _last.answer = {}
        result = original(func, event, request_id)
        raised = _last.answer.get("raised")
        if raised is not None:
            return {"body": {**raised, "requestId": request_id}, "error": True, "log": result.get("log", "")}
        if result.get("error") and not result.get("throttle"):
            _name_runtime_error(result["body"], request_id)
        return result

    return execute_function_warm


def _name_runtime_error(body: dict[str, Any], request_id: str) -> None:
    """Give an error of the runtime itself AWS's name and message, in place."""
    message = body.get("errorMessage", "")
    init_failed = _INIT_FAILED.match(message)
    if body.get("errorType") == "Sandbox.Timedout":
        body["errorMessage"] = f"RequestId: {request_id} Error: {message}"
    elif body.get("errorType") == NotStartedError.__name__:
        body["errorType"] = NOT_STARTED
        body["errorMessage"] = f"The Lambda service encountered an internal error: {message}"
    elif message == "Worker process died" or message.startswith("Worker process exited"):
        body["errorType"] = "Runtime.ExitError"
        body["errorMessage"] = f"RequestId: {request_id} Error: Runtime exited without providing a reason"
    elif init_failed:
        body["errorType"] = "Runtime.ImportModuleError"
        body["errorMessage"] = f"Unable to import module: {init_failed['cause']}"
