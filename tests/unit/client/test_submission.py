"""The run's id is known before anything is sent: it is the one the pipeline comes to."""

from __future__ import annotations

import pytest
from s3transfer.utils import ChunksizeAdjuster

from tests.unit.conftest import CORPUS
from wordvectors.cleaning.job import clean_corpus
from wordvectors.cleaning.origin import write_origin
from wordvectors.cleaning.recipe import METADATA_KEY, CleaningRecipe
from wordvectors.cleaning.sources import raw_files
from wordvectors.client import submission
from wordvectors.client.deployment import Deployment
from wordvectors.lifecycle.checks import GivenPlan
from wordvectors.lifecycle.plan import resolve_plan


@pytest.fixture
def deployment(account):
    import boto3

    from tests.unit.conftest import BUCKET, PREFIX, TABLE

    outputs = {
        "BucketName": BUCKET,
        "TableName": TABLE,
        "JobNamePrefix": PREFIX,
        "DefaultPlan": "{}",
        "Limits": "{}",
    }
    return Deployment(boto3.Session(), None, outputs)


def prepared_of(deployment, path, plan_text=None):
    plan = None if plan_text is None else GivenPlan(plan_text)
    return submission.prepare(deployment, submission.look_at(deployment, path, plan=plan))


@pytest.mark.parametrize("size", [0, 100, submission.PART_BYTES, submission.PART_BYTES + 1, 20_000_000])
def test_the_etag_is_the_one_that_s3_gives(deployment, account, tmp_path, size):
    path = tmp_path / "a.txt"
    path.write_bytes(b"the cat sat\n" * (size // 12) + b"x" * (size % 12))
    plan = resolve_plan({})
    sendable = submission.Sendable(path, "corpora/a.txt", submission.etag_of(path), plan, b"{}", "wv-a")

    assert submission.send(deployment, sendable, lambda count: None) == sendable.etag


@pytest.mark.parametrize("size", [100, 20_000_000])
def test_an_upload_is_told_from_another_that_took_its_place_at_once(
    deployment, account, tmp_path, monkeypatch, size
):
    path = tmp_path / "a.txt"
    path.write_bytes(b"the cat sat\n" * (size // 12))
    sendable = submission.Sendable(
        path, "corpora/a.txt", submission.etag_of(path), resolve_plan({}), b"{}", "wv-a"
    )
    upload_file = deployment.s3.upload_file

    def overtaken(*given, **more):
        upload_file(*given, **more)
        account.put("corpora/a.txt", "another's")

    monkeypatch.setattr(deployment.s3, "upload_file", overtaken)

    assert submission.send(deployment, sendable, lambda count: None) == sendable.etag


def test_the_etag_is_s3s_where_parts_must_be_larger(deployment, account, tmp_path, monkeypatch):
    bounds = ChunksizeAdjuster.__init__.__defaults__
    monkeypatch.setattr(ChunksizeAdjuster.__init__, "__defaults__", (*bounds[:2], 2))  # parts of an upload
    test_the_etag_is_the_one_that_s3_gives(deployment, account, tmp_path, 20_000_000)
    assert submission.etag_of(tmp_path / "a.txt").endswith("-2")


def test_the_pipeline_comes_to_the_same_id(deployment, account, function, tmp_path):
    path = tmp_path / "My blogs.txt"
    path.write_bytes(b"the cat sat on the mat\n" * 20)
    prepared = prepared_of(deployment, path, b'{"hyperparameters": {"vector_dim": 50}}')
    submission.send(deployment, prepared, lambda count: None)

    request = {"bucket": deployment.bucket.name, "key": prepared.key}
    answer = function("plan_run").handler({"input": request, "execution_arn": "arn"}, None)

    assert answer["run_id"] == prepared.run_id
    made, following = submission.attempts(deployment, prepared)
    assert ([run.run_id for run in made], following) == ([prepared.run_id], 2)


def test_without_a_plan_the_one_beside_the_corpus_counts(deployment, account, tmp_path):
    account.put("plans/a.json", '{"hyperparameters": {"vector_dim": 50}}')
    path = tmp_path / "a.txt"
    path.write_bytes(CORPUS)

    looked_at = submission.look_at(deployment, path)

    assert looked_at.verdict.plan.hyperparameters.vector_dim == 50
    assert looked_at.plan_from == f"s3://{deployment.bucket.name}/plans/a.json"


@pytest.mark.parametrize("given", [None, GivenPlan(b'{"hyperparameters": {"vector_dim": 50, "epochs": 2}}')])
def test_settings_take_the_place_of_what_the_plan_says_wherever_it_lies(deployment, account, tmp_path, given):
    account.put("plans/a.json", '{"hyperparameters": {"vector_dim": 50, "epochs": 3}}')
    path = tmp_path / "a.txt"
    path.write_bytes(CORPUS)

    looked_at = submission.look_at(deployment, path, plan=given, settings={"epochs": "7"})

    hyperparameters = looked_at.verdict.plan.hyperparameters
    assert (hyperparameters.vector_dim, hyperparameters.epochs) == (50, 7)
    assert bool(looked_at.plan_from) == (given is None)


@pytest.mark.parametrize("plan", [b"[]", b'{"hyperparameters": 5}'])
def test_settings_hide_no_fault_of_the_plan_that_they_are_laid_over(deployment, tmp_path, plan):
    path = tmp_path / "a.txt"
    path.write_bytes(CORPUS)

    looked_at = submission.look_at(deployment, path, plan=GivenPlan(plan), settings={"epochs": "7"})

    assert looked_at.faults == submission.look_at(deployment, path, plan=GivenPlan(plan)).faults != []


def test_a_name_that_is_refused_hides_no_other_fault(deployment, tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"a\0b\n")
    plan = GivenPlan(b'{"colour": 1, "hyperparameters": {"epochs": 0}}')

    looked_at = submission.look_at(deployment, path, name="a//b", plan=plan)

    assert len(looked_at.verdict.faults) == 1  # the pipeline's, which looks no further
    assert looked_at.faults == [
        *looked_at.verdict.faults,
        *submission.look_at(deployment, path, name="a", plan=plan).faults,
    ]


def test_a_corpus_that_can_not_be_read_hides_no_fault_of_the_plan(deployment, tmp_path):
    looked_at = submission.look_at(
        deployment, tmp_path / "nowhere.txt", plan=GivenPlan(b'{"colour": 1}'), settings={}
    )

    unreadable = f"the corpus can't be read: {tmp_path / 'nowhere.txt'}: No such file or directory"
    assert looked_at.faults == ["colour is not a key of a plan", unreadable]


def test_a_plan_beside_the_corpus_that_the_pipeline_would_not_read_is_refused(deployment, account, tmp_path):
    account.put("plans/a.json", b"{}".ljust(100_001))
    path = tmp_path / "a.txt"
    path.write_bytes(CORPUS)

    (fault,) = submission.look_at(deployment, path).verdict.faults

    assert fault == "the plan has 100,001 bytes; at most 100,000 are allowed"


def test_each_upload_is_trained_with_the_plan_that_it_was_sent_with(deployment, account, function, tmp_path):
    plan_run = function("plan_run").plan_run
    path = tmp_path / "a.txt"
    path.write_bytes(CORPUS)

    def epochs_of(plan_text, arn):
        prepared = prepared_of(deployment, path, plan_text)
        etag = submission.send(deployment, prepared, lambda count: None)
        answer = plan_run({"bucket": deployment.bucket.name, "key": prepared.key, "etag": etag}, arn)
        assert answer == {"outcome": "START", "run_id": prepared.run_id, "reasons": []}
        return account.runs.get(prepared.run_id).plan.hyperparameters.epochs

    assert epochs_of(b'{"hyperparameters": {"epochs": "20"}}', "arn-1") == 20
    assert epochs_of(None, "arn-2") == 5
    account.put("plans/a.json", '{"hyperparameters": {"epochs": 7}}')
    assert epochs_of(None, "arn-3") == 7


def test_a_plan_that_is_replaced_after_the_upload_changes_nothing(deployment, account, function, tmp_path):
    account.put("plans/a.json", '{"hyperparameters": {"epochs": 7}}')
    path = tmp_path / "a.txt"
    path.write_bytes(CORPUS)
    prepared = prepared_of(deployment, path)
    submission.send(deployment, prepared, lambda count: None)
    account.put("plans/a.json", '{"hyperparameters": {"epochs": 8}}')

    answer = function("plan_run").plan_run({"bucket": deployment.bucket.name, "key": prepared.key}, "arn")

    assert answer["run_id"] == prepared.run_id


def test_a_cleaned_corpus_takes_its_recipe_along_until_it_is_changed(deployment, account, tmp_path):
    path = tmp_path / "a.txt"
    recipe = CleaningRecipe(lower=False)
    cleaned = clean_corpus(_raw(tmp_path), path, recipe)
    write_origin(path, recipe, cleaned)

    assert _metadata_sent(deployment, account, path)[METADATA_KEY] == recipe.to_json()

    path.write_bytes(CORPUS)
    assert METADATA_KEY not in _metadata_sent(deployment, account, path)


def _raw(folder):
    (folder / "raw.txt").write_text("The cat sat on the mat. The dog did not. " * 9)
    return raw_files([folder / "raw.txt"])


def _metadata_sent(deployment, account, path):
    prepared = prepared_of(deployment, path)
    submission.send(deployment, prepared, lambda count: None)
    return account.s3.head_object(Bucket=deployment.bucket.name, Key=prepared.key)["Metadata"]
