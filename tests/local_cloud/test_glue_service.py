"""Glue runs that are started while the local cloud ends."""

from __future__ import annotations

import threading
from types import SimpleNamespace

from ministack.services import glue

from local_cloud.glue import service

JOB = {
    "Name": "job",
    "DefaultArguments": {},
    "Timeout": 5,
    "WorkerType": "G.1X",
    "NumberOfWorkers": 2,
    "GlueVersion": "5.0",
}


def test_a_run_that_is_being_started_is_abandoned_once_it_has_started(monkeypatch):
    starting, go, abandoned = threading.Event(), threading.Event(), []

    class Runner:
        def __init__(self, *given) -> None:
            self.started = False

        def start(self) -> None:
            starting.set()
            assert go.wait(30)
            self.started = True

        def abandon(self) -> None:
            abandoned.append(self.started)

    monkeypatch.setattr(service, "Runner", Runner)
    monkeypatch.setattr(glue, "_jobs", {"job": JOB})
    monkeypatch.setattr(glue, "_job_runs", {})
    jobs = service.Glue(SimpleNamespace(), 2)
    start = threading.Thread(target=jobs._start, args=[{"JobName": "job"}])
    end = threading.Thread(target=jobs.shut_down)

    start.start()
    assert starting.wait(30)
    end.start()
    end.join(0.5)  # it has to wait for the start
    go.set()
    start.join(30)
    end.join(30)

    assert abandoned == [True]
