"""A run's identity and life cycle."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from wordvectors.lifecycle.keys import (
    fingerprint,
    is_corpus_key,
    is_training_job_of,
    plan_key,
    run_id,
    training_job_name,
)
from wordvectors.lifecycle.polling import MAX_POLLS, next_wait
from wordvectors.lifecycle.promotions import scored
from wordvectors.lifecycle.run import Run
from wordvectors.lifecycle.status import FINAL, RunStatus

JOB_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
identity = {"bucket": "b", "key": "corpora/a.txt", "etag": "e", "plan_json": "{}"}


@given(st.text(max_size=200), st.integers(1, 9999), st.sampled_from(["wv", "team-a", "abcdefghijkl"]))
def test_whatever_the_key_the_name_is_one_that_sagemaker_takes(key, attempt, prefix):
    name = run_id(prefix=prefix, key=key, fingerprint=fingerprint(**identity), attempt=attempt)

    assert JOB_NAME.fullmatch(name)
    assert name.startswith(prefix + "-")


@given(st.text(max_size=200), st.integers(1, 9999), st.integers(2, 12))
def test_a_later_jobs_name_is_no_runs_and_no_other_jobs(key, attempt, number):
    run, next_run = (
        run_id(prefix="abcdefghijkl", key=key, fingerprint=fingerprint(**identity), attempt=of)
        for of in (attempt, attempt + 1)
    )
    job = training_job_name(run, number)

    assert JOB_NAME.fullmatch(job)
    assert job.startswith("abcdefghijkl-")
    assert not re.search(r"-[0-9a-f]{12}(-\d+)?$", job)  # as all runs' ids end
    assert len({training_job_name(run, other) for other in range(1, 13)}) == 12
    assert is_training_job_of(run, job)
    assert is_training_job_of(run, run)
    assert not is_training_job_of(next_run, job)


def test_a_long_runs_later_job_keeps_what_tells_it_from_others():
    run = run_id(prefix="wv", key=f"corpora/{'x' * 99}.txt", fingerprint="0123456789abcdef", attempt=12)

    assert len(run) == 63
    assert training_job_name(run, 10) == f"wv-{'x' * 40}-0123456789ab-12-j10"


@pytest.mark.parametrize("job", ["", "wv-b-j2", "wv-a-j0", "wv-a-j02", "wv-a-2", "wv-a-j2-j3"])
def test_what_is_no_job_of_a_run(job):
    assert not is_training_job_of("wv-a", job)


@pytest.mark.parametrize("number", [0, -1, 100, 10**125])
def test_no_run_is_at_a_job_with_an_absurd_number(number):
    """The pause before a run's next job doubles with each, and the job's name has a length."""
    with pytest.raises(ValidationError, match="job_number"):
        Run.of_row({"run_id": "wv-a", "status": "QUEUED", "job_number": number})


@pytest.mark.parametrize("part", sorted(identity))
def test_a_change_of_any_part_is_another_run(part):
    assert fingerprint(**identity) != fingerprint(**{**identity, part: "other"})


def test_quotes_around_an_etag_make_no_difference():
    assert fingerprint(**identity) == fingerprint(**{**identity, "etag": '"e"'})


@given(st.tuples(st.text(), st.text()), st.tuples(st.text(), st.text()))
def test_parts_cannot_be_shifted_into_one_another(one, other):
    same = fingerprint(**{**identity, "bucket": one[0], "key": one[1]}) == fingerprint(
        **{**identity, "bucket": other[0], "key": other[1]}
    )
    assert same == (one == other)


def test_another_attempt_is_another_name():
    names = {run_id(prefix="wv", key="corpora/a.txt", fingerprint="0" * 64, attempt=n) for n in (1, 2, 3)}
    assert names == {"wv-a-000000000000", "wv-a-000000000000-2", "wv-a-000000000000-3"}


@pytest.mark.parametrize(
    ("key", "is_corpus"),
    [
        ("corpora/a.txt", True), ("corpora/a/b.txt", True), ("corpora/.txt", False), ("corpora/a.csv", False),
        ("models/a.txt", False), ("runs/corpora/a.txt", False), ("corpora/a.txt.gz", False),
        (f"corpora/{'é' * 125}.txt", True), (f"corpora/{'é' * 126}.txt", False), (f"corpora/{'a' * 256}/b.txt", False),
    ],
)  # fmt: skip
def test_what_is_a_corpus(key, is_corpus):
    assert is_corpus_key(key) is is_corpus


def test_the_plan_of_a_corpus_has_its_name():
    assert plan_key("corpora/blogs/2004.txt") == "plans/blogs/2004.json"


def test_nothing_follows_a_final_status():
    for status in RunStatus:
        assert not (status.predecessors() & FINAL)


def test_a_run_never_moves_backwards():
    order = [
        RunStatus.PLANNED,
        RunStatus.QUEUED,
        RunStatus.TRAINING,
        RunStatus.EVALUATING,
        RunStatus.COMPLETED,
    ]
    for earlier, later in ((a, b) for i, a in enumerate(order) for b in order[i + 1 :]):
        assert later not in earlier.predecessors()


def test_every_run_that_has_not_ended_can_fail_and_can_be_stopped():
    for status in set(RunStatus) - FINAL:
        assert status in RunStatus.FAILED.predecessors()
        assert status in RunStatus.STOPPED.predecessors()


@given(
    elapsed=st.floats(0, 2.4e6),
    percent=st.one_of(st.none(), st.floats(0, 100)),
    polls=st.integers(0, 3000),
    least=st.integers(1, 60),
    greatest=st.integers(60, 3600),
)
def test_a_wait_lies_between_the_bounds_while_there_are_polls_to_spare(
    elapsed, percent, polls, least, greatest
):
    wait = next_wait(
        elapsed=elapsed, percent=percent, polls=polls, least=least, greatest=greatest, max_runtime=2_419_200
    )
    assert wait >= least
    if polls < MAX_POLLS / 2:
        assert wait <= greatest


@given(
    least=st.integers(1, 60),
    max_runtime=st.sampled_from([60, 86_400, 2_419_200]),
    percent=st.floats(0, 99.99),
)
def test_a_job_that_runs_as_long_as_it_may_is_not_looked_at_too_often(least, max_runtime, percent):
    elapsed, polls = 0.0, 0
    while elapsed < max_runtime:
        elapsed += next_wait(
            elapsed=elapsed, percent=percent, polls=polls, least=least, greatest=300, max_runtime=max_runtime
        )
        polls += 1
    assert polls <= MAX_POLLS + 1


def test_half_of_what_remains_is_waited():
    assert next_wait(elapsed=100, percent=50, polls=0, least=1, greatest=300, max_runtime=86_400) == 50


def test_people_read_a_negative_score_like_its_interval():
    sets = {"WS-353": {"spearmans_rho": -0.1017, "not_found": 303, "total_pairs": 353}}
    run = Run.of_row({"run_id": "a", "status": "FAILED", "mean_rho": -0.1017, "evaluation": {"sets": sets}})
    assert "mean_rho −0.1017 [−0.37, 0.18]" in repr(run)
    assert "−0.1017 [" in scored(-0.1017, run.basis("mean_rho"))


def test_a_row_whose_plan_is_out_of_todays_bounds_is_read_without_it():
    row = {"run_id": "a", "status": "FAILED", "plan": {"hyperparameters": {"learning_rate": 1e9}}}
    assert Run.of_row(row).plan is None
    assert Run.of_row({**row, "plan": {}}).plan is not None
