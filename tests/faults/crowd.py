"""Many uploads at once, some of their events delivered twice, against a quota of a few training jobs."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import ClassVar

from tests.faults.cells import PLAN, TEXT
from tests.faults.stage import Stage
from wordvectors.lifecycle.status import RunStatus

_PATIENCE_SECONDS = 3600
_TIME_SCALE, _UPLOADS_AT_IT = 0.1, 100


@dataclass
class Crowd:
    """What was seen of a crowd.

    Attributes
    ----------
    most_queued, most_jobs
        The greatest numbers of runs seen QUEUED, and of jobs seen running, at a time.
    calls_per_run
        AWS calls of the pipeline, of all its functions.
    polls_per_run, tries_for_a_place_per_run
        Looks at a job, and calls of CreateTrainingJob.
    """

    QUOTA: ClassVar[int] = 4
    FUNCTIONS: ClassVar[int] = 10
    """Invocations at a time that Lambda allows a new account; each is a process here."""

    uploads: int
    events_delivered_twice: int
    seconds: float = 0.0
    statuses: dict[str, int] = field(default_factory=dict)
    training_jobs: int = 0
    most_queued: int = 0
    most_jobs: int = 0
    calls_per_run: float = 0.0
    polls_per_run: float = 0.0
    tries_for_a_place_per_run: float = 0.0
    misses: list[str] = field(default_factory=list)


def time_scale(uploads: int) -> float:
    """Return by what the pauses are scaled: the more runs wait, the less, as all their tries meet one machine."""
    return round(min(1.0, _TIME_SCALE * max(1.0, uploads / _UPLOADS_AT_IT)), 2)


def play_crowd(stage: Stage, uploads: int, ended: Callable[[int], None] = lambda ended: None) -> Crowd:
    """Upload at once, deliver every tenth event twice, and follow the runs to their ends."""
    crowd = Crowd(uploads, events_delivered_twice=uploads // 10)
    began = time.monotonic()

    def upload(number: int) -> None:
        name = f"u{number:04}"
        stage.put(f"plans/{name}.json", json.dumps(PLAN))
        request = stage.upload(f"corpora/{name}.txt", f"{name}{TEXT}")
        if number % 10 == 0:
            stage.start(request, f"{name}-again")

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(upload, range(uploads)))
    _follow(stage, crowd, ended, began + _PATIENCE_SECONDS)
    crowd.seconds = round(time.monotonic() - began, 1)
    _judge(stage, crowd)
    return crowd


def _follow(stage: Stage, crowd: Crowd, ended: Callable[[int], None], until: float) -> None:
    while time.monotonic() < until:
        statuses = Counter(run.status for run in stage.deployment.runs.newest())
        jobs = Counter(status for found in stage.jobs().values() for status in found.values())
        crowd.most_queued = max(crowd.most_queued, statuses["QUEUED"])
        crowd.most_jobs = max(crowd.most_jobs, jobs["InProgress"])
        final = sum(count for status, count in statuses.items() if RunStatus(status).is_final)
        ended(final)
        if final >= crowd.uploads:
            return
        time.sleep(2)


def _judge(stage: Stage, crowd: Crowd) -> None:
    time.sleep(3)
    runs, jobs, calls = stage.rows(), stage.jobs(), stage.calls()
    made: Counter[tuple[str, str]] = Counter()
    for counted in calls.values():
        for (caller, action, _), count in counted.items():
            if caller.islower() and caller not in ("client", "training", "state machine"):
                made[caller, action] += count
    crowd.statuses = dict(Counter(run["status"] for found in runs.values() for run in found))
    crowd.training_jobs = sum(map(len, jobs.values()))
    crowd.calls_per_run = round(sum(made.values()) / crowd.uploads, 1)
    crowd.polls_per_run = round(made["poll_training", "sagemaker:DescribeTrainingJob"] / crowd.uploads, 1)
    tries = made["start_training", "sagemaker:CreateTrainingJob"]
    crowd.tries_for_a_place_per_run = round(tries / crowd.uploads, 1)

    if crowd.statuses != {"COMPLETED": crowd.uploads}:
        crowd.misses.append(f"the runs are {crowd.statuses}, not {crowd.uploads} COMPLETED")
    if crowd.training_jobs != crowd.uploads or any(len(found) != 1 for found in jobs.values()):
        crowd.misses.append(f"{crowd.training_jobs} training jobs for {crowd.uploads} corpora")
    if crowd.uploads > crowd.QUOTA and not crowd.most_queued:
        crowd.misses.append("no run was seen QUEUED")
    if crowd.most_jobs > crowd.QUOTA:
        crowd.misses.append(f"{crowd.most_jobs} jobs ran at a time; the quota is {crowd.QUOTA}")
    told = {subject: len(found) for subject, found in stage.messages.items() if subject}
    if any(count != 1 for count in told.values()) or len(told) != crowd.uploads:
        crowd.misses.append(f"{sum(told.values())} messages about {len(told)} runs")
