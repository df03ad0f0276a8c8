"""Ctrl-C at random moments of `train`, with all processors busy.

PRESSES=100 pytest tests/workflow/test_interrupt.py -s --timeout 0    # as many, and how long the slowest answer took
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from wordvectors.lifecycle.keys import CORPORA

PRESSES = int(os.environ.get("PRESSES", "10"))
ANSWER_SECONDS = 30
"""It takes about half a second; the bound is for a machine with other work."""
LONGEST_WAIT_SECONDS = 6


@pytest.fixture
def busy():
    """Keep each processor busy."""
    loads = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)]
    yield
    for load in loads:
        load.kill()
        load.wait()


PYTHON_STARTS = "Fatal Python error: init_import_site"
"""What Python itself says of Ctrl-C while it starts; or it dies of the signal."""


def test_each_press_is_answered(pipeline, busy, tmp_path):
    settings = ["--set", "epochs=10000", "--set", "vector_dim=20", "--set", "min_count=1"]
    moments, took, said, stopped = random.Random(30), [], {}, set()
    for number in range(PRESSES):
        corpus = tmp_path / f"pressed-{number}.txt"
        corpus.write_text("the cat sat on the mat\nthe dog sat on the log\n" * 5_000)
        training = subprocess.Popen(
            [sys.executable, "-m", "wordvectors.cli", "train", str(corpus), *settings],
            env={**os.environ, "WORDVECTORS_HOME": str(pipeline.home)},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        time.sleep(
            moments.uniform(0.3, LONGEST_WAIT_SECONDS)
        )  # the moment itself: none is better than another
        pressed = time.monotonic()
        training.send_signal(signal.SIGINT)
        _, printed = training.communicate(timeout=ANSWER_SECONDS)
        took.append(time.monotonic() - pressed)
        if training.returncode == -signal.SIGINT or PYTHON_STARTS in printed:
            printed = ""
        else:
            assert training.returncode == 130, printed
        said[f"{CORPORA}{corpus.name}"] = printed
        stop_all(pipeline, said, stopped)
    arrived = [stored.key for stored in pipeline.deployment.bucket.objects(CORPORA) if stored.key in said]
    for key in arrived:  # each becomes a run, however late its event is
        run = pipeline.run_of(key)
        assert run["run_id"] in said[key]
        stop_all(pipeline, said, stopped)
        pipeline.ended_run_of(key)
    assert not [text for text in said.values() if "Traceback" in text]
    asked = sum("Leave wv-" in text for text in said.values())
    print(
        f"{PRESSES} presses, {asked} asked; answered in {max(took):.2f} s at most, {sorted(took)[PRESSES // 2]:.2f} s"
    )


def stop_all(pipeline, corpora, stopped):
    """Stop the runs of the corpora that are under way, so that the next does not wait for a place."""
    for run in pipeline.deployment.runs.newest():
        if run.corpus_key in corpora and not run.status.is_final and run.run_id not in stopped:
            stopped.add(run.run_id)
            pipeline.deployment.stop(run)
