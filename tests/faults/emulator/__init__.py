"""An extension of the local cloud's server (`local_cloud.extension`): faults, a record, and shorter pauses.

faulty      requests that go wrong by rule, and a record of all that are made
callers     of whom and of which corpus a request is
answers     what goes out in the place of an answer
pace        an extension of its own: the pauses between tries, shortened
"""

from __future__ import annotations

from local_cloud.connection import Files
from local_cloud.emulator.seams import replace
from local_cloud.sagemaker.runner import Runner
from tests.contract import recorder
from tests.faults.emulator import pace
from tests.faults.emulator.faulty import Faulty
from tests.faults.emulator.pace import install_interpreter

__all__ = ["install", "install_interpreter"]


def install(files: Files) -> None:
    """Put the faults between the gateway and ministack, and follow functions and questions to IAM."""
    from ministack import app
    from ministack.core import iam_evaluator, lambda_runtime

    recorder.install(files)
    pace.install(files)
    faulty = Faulty(app.app, files.home)
    replace(app, "app", lambda original: faulty)
    replace(lambda_runtime.Worker, "invoke", faulty.followed)
    replace(iam_evaluator, "enforce", faulty.noted)
    replace(Runner, "_run", faulty.with_instances)
