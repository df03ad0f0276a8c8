"""Version 2 of the SageMaker Python SDK: `Estimator.fit`, as the walk-through has it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.clients.conftest import BUCKET, Machine, python_of

SCRIPT = Path(__file__).with_name("scripts") / "estimator.py"


class Fitted(NamedTuple):
    """What the script has printed: the log that `fit` followed, and what it found."""

    log: str
    found: dict


@pytest.fixture(scope="module")
def fitted(machine: Machine) -> Fitted:
    """An estimator that has been fitted."""
    printed = machine.run(python_of("sagemaker2"), SCRIPT, BUCKET, machine.role)
    log, _, found = printed.strip().rpartition("\n")
    return Fitted(log, json.loads(found))


def test_fit_follows_the_log_to_the_model(fitted, machine):
    for line in ("Starting - ", "Training - ", "Number of words:", "#mean_rho: ", "Completed - Training job"):
        assert line in fitted.log
    assert "Processing /opt/ml/input/data/train/small.txt" in fitted.log
    model = f"s3://{BUCKET}/estimator/{fitted.found['job']}/output/model.tar.gz"
    assert fitted.found["model"] == model
    key = model.removeprefix(f"s3://{BUCKET}/")
    assert machine.connection.client("s3").head_object(Bucket=BUCKET, Key=key)["ContentLength"] > 100


def test_analytics_finds_the_algorithms_own_metric(fitted):
    assert list(fitted.found["metrics"]) == ["train:mean_rho"]
    assert -1 <= fitted.found["metrics"]["train:mean_rho"] <= 1


def test_tuning_is_refused_and_what_stands_in_its_place_is_named(fitted):
    assert "The pipeline does not use SageMaker's tuning: `wordvectors tune FILE`" in fitted.found["refusal"]
