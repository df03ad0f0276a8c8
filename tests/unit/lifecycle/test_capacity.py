"""What a run does when SageMaker has no instances for it, and which other types it may be told of."""

from __future__ import annotations

import pytest

from wordvectors.blazingtext.instances import has_gpu, memory_gib
from wordvectors.lifecycle.capacity import (
    failed_text,
    longest_seconds,
    other_types,
    pause_seconds,
    waiting_text,
)
from wordvectors.lifecycle.limits import INSTANCE_TYPES, Limits
from wordvectors.lifecycle.plan import TrainingPlan, resolve_plan
from wordvectors.lifecycle.run import Corpus, Run
from wordvectors.lifecycle.status import RunStatus

WHY = (
    "CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML "
    "instance type."
)
GIB = {  # EC2 instance types guide, "Specifications"
    "ml.c5.xlarge": 8, "ml.c5.2xlarge": 16, "ml.c5.4xlarge": 32, "ml.c5.9xlarge": 72,
    "ml.m5.large": 8, "ml.m5.xlarge": 16, "ml.m5.2xlarge": 32, "ml.m5.4xlarge": 64,
    "ml.c6i.xlarge": 8, "ml.c6i.2xlarge": 16, "ml.c6i.4xlarge": 32, "ml.c6i.8xlarge": 64,
    "ml.m6i.xlarge": 16, "ml.m6i.2xlarge": 32, "ml.m6i.4xlarge": 64,
    "ml.c7i.xlarge": 8, "ml.c7i.2xlarge": 16, "ml.c7i.4xlarge": 32, "ml.c7i.8xlarge": 64,
    "ml.m7i.xlarge": 16, "ml.m7i.2xlarge": 32, "ml.m7i.4xlarge": 64,
    "ml.g4dn.xlarge": 16, "ml.g4dn.2xlarge": 32, "ml.g4dn.4xlarge": 64,
    "ml.g5.xlarge": 16, "ml.g5.2xlarge": 32, "ml.g5.4xlarge": 64,
}  # fmt: skip


def plan_of(mode: str = "batch_skipgram", **resources: object) -> TrainingPlan:
    return resolve_plan({"hyperparameters": {"mode": mode}, "resources": resources})


def run_of(plan: TrainingPlan, number: int = 1, corpus_bytes: int = 1_000_000) -> Run:
    return Run(
        run_id="wv-a-0123456789ab",
        status=RunStatus.TRAINING,
        plan=plan,
        job_number=number,
        corpus=Corpus(bytes=corpus_bytes),
    )


def test_the_memory_of_every_type_that_is_allowed_by_default():
    assert {name: memory_gib(name) for name in INSTANCE_TYPES} == GIB


@pytest.mark.parametrize(
    ("name", "gib"), [("ml.r5.large", 16), ("ml.t3.medium", 4), ("ml.m7i-flex.2xlarge", 32)]
)
def test_the_memory_of_others(name, gib):
    assert memory_gib(name) == gib


def test_pauses_grow_to_an_hour_and_so_does_what_all_of_them_take():
    assert [pause_seconds(jobs) for jobs in (1, 2, 5, 12)] == [300, 600, 3600, 3600]
    assert longest_seconds(1) == 3600
    assert longest_seconds(3) == 3 * 3600 + 300 + 600


def test_other_types_run_the_mode_and_have_the_memory():
    found = other_types(plan_of(instance_type="ml.m5.4xlarge"), 0, Limits())

    assert set(found) == {
        name for name, gib in GIB.items() if gib >= 64 and not has_gpu(name) and name != "ml.m5.4xlarge"
    }
    assert found[-1] == "ml.c5.9xlarge"  # which has most


def test_several_instances_are_no_gpus():
    assert not any(map(has_gpu, other_types(plan_of(instance_count=2), 0, Limits())))


def test_a_gpu_is_replaced_by_a_gpu_before_all_others():
    found = other_types(plan_of("skipgram", instance_type="ml.g4dn.2xlarge"), 0, Limits())

    assert found[:3] == ["ml.g5.2xlarge", "ml.g4dn.4xlarge", "ml.g5.4xlarge"]
    assert "ml.m5.2xlarge" in found
    assert other_types(plan_of("skipgram"), 0, Limits())[-1] == "ml.g5.4xlarge"


def test_types_with_storage_of_their_own_need_room_for_the_corpus():
    plan = plan_of("skipgram", instance_type="ml.g5.4xlarge", volume_gb=100)

    found = other_types(plan, 300 << 30, Limits())

    assert found == []  # 225 GB of a g4dn, 100 of the others
    assert "ml.g4dn.4xlarge" in other_types(plan, 1 << 30, Limits())


def test_only_what_the_deployment_allows_is_named():
    limits = Limits(allowed_instance_types=("ml.c5.xlarge", "ml.m5.large"))

    assert other_types(plan_of(), 0, limits) == ["ml.m5.large"]


def test_what_a_run_waits_for():
    limits = Limits(allowed_instance_types=("ml.c5.xlarge", "ml.m5.large", "ml.c6i.xlarge"))

    assert waiting_text(run_of(plan_of(instance_count=2), number=2), WHY, limits, 6) == (
        f"SageMaker has no capacity for 2 × ml.c5.xlarge: {WHY} Try 3 of 6 comes 10 minutes later. "
        "Other types would do, as resources.instance_type of a plan: ml.m5.large, ml.c6i.xlarge."
    )


def test_why_a_run_has_failed():
    said = failed_text(run_of(plan_of(), number=6), WHY, Limits(), 6)

    assert said.startswith(
        f"SageMaker had no capacity for 1 × ml.c5.xlarge in 6 tries (max_capacity_tries): {WHY} "
    )
    assert (
        "ml.m5.large, ml.c6i.xlarge, ml.c7i.xlarge, ml.c5.2xlarge, ml.m5.xlarge, ml.c6i.2xlarge, and " in said
    )
    assert said.endswith("Or try the same again later: wordvectors train FILE --again")
    assert " in one try (" in failed_text(run_of(plan_of()), WHY, Limits(), 1)


def test_a_deployment_without_another_type_is_told_so():
    limits = Limits(allowed_instance_types=("ml.c5.xlarge",))

    assert "No other type that this deployment allows would do" in failed_text(
        run_of(plan_of()), WHY, limits, 1
    )
