"""Some forty runs with a fault each, played once for all tests of a file."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.faults.cells import Cell, matrix, play_all, record
from tests.faults.chosen import chosen
from tests.faults.stage import Stage, stage

CHOSEN = [
    "start_training sagemaker:CreateTrainingJob 1 (?!.*(for ever|starved))",
    "start_training (sagemaker:CreateTrainingJob|dynamodb:UpdateItem) 1 function killed, starved",
    "poll_training dynamodb:UpdateItem 1 (function killed|connection dropped|access denied), starved",
    "plan_run dynamodb:PutItem 1 (function killed|access denied|connection dropped)",
    "plan_run s3:PutObject 1 access denied",
    "start_training s3:ListBucket 1 (access denied|throttled once)$",
    "start_training dynamodb:UpdateItem 1 (access denied|out of memory)$",
    "poll_training sagemaker:DescribeTrainingJob 1 (malformed answer|access denied|throttled 10 times)$",
    "poll_training logs:GetLogEvents 1 (access denied|malformed answer)$",
    "record_evaluation s3:GetObject 1 (connection dropped|throttled 10|resource missing)",
    "render_report s3:GetObject 1 (access denied|malformed|throttled once)",
    "render_report (s3:PutObject|dynamodb:UpdateItem) 1 (access denied|function killed)",
    "RenderReport state lambda:InvokeFunction 1 (access denied|malformed)",
    "close_run dynamodb:UpdateItem 1 (function timed out|access denied)",
    "close_run dynamodb:PutItem 1 throttled once",
    "close_run sns:Publish 1 (throttled 10|access denied|function killed)",
    "(close_run|start_training) sagemaker:StopTrainingJob 1 (access denied|throttled 10)",
    "(PlanRun|CloseRun) state lambda:InvokeFunction 1 access denied",
    "PollTraining state lambda:InvokeFunction 1 (connection dropped|throttled once)$",
]


@dataclass
class Played:
    """The stage after its runs, the calls of runs without a fault, and the runs with one."""

    stage: Stage
    recorded: dict
    cells: list[Cell]


@pytest.fixture(scope="package")
def played(tmp_path_factory: pytest.TempPathFactory):
    """The chosen runs, played."""
    with stage(tmp_path_factory.mktemp("home")) as found:
        found.listen_to_uploads(False)
        recorded = record(found)
        cells = chosen(CHOSEN, recorded, matrix)
        play_all(found, cells, at_once=12)
        yield Played(found, recorded, cells)
