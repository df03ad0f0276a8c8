"""The run's id is known before anything is sent: it is the one the pipeline comes to."""

from __future__ import annotations

import pytest

from wordvectors.cleaning.job import clean_corpus
from wordvectors.cleaning.origin import write_origin
from wordvectors.cleaning.recipe import METADATA_KEY, CleaningRecipe
from wordvectors.cleaning.sources import raw_files
from wordvectors.client import submission
from wordvectors.client.deployment import Deployment
from wordvectors.runs.plan import InvalidPlan


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


@pytest.mark.parametrize("size", [0, 100, submission.PART_BYTES, submission.PART_BYTES + 1, 20_000_000])
def test_the_etag_is_the_one_that_s3_gives(deployment, tmp_path, size):
    path = tmp_path / "a.txt"
    path.write_bytes(b"the cat sat\n" * (size // 12) + b"x" * (size % 12))
    prepared = submission.prepare(deployment, path, name=None, given=None, plan_text=None)

    assert submission.send(deployment, prepared, lambda count: None) == prepared.etag


def test_the_pipeline_comes_to_the_same_id(deployment, account, function, tmp_path):
    path = tmp_path / "My blogs.txt"
    path.write_bytes(b"the cat sat on the mat\n" * 20)
    given = {"hyperparameters": {"vector_dim": 50}}
    prepared = submission.prepare(
        deployment, path, name=None, given=given, plan_text='{"hyperparameters": {"vector_dim": 50}}'
    )
    submission.send(deployment, prepared, lambda count: None)

    request = {"bucket": deployment.bucket.name, "key": prepared.key}
    answer = function("plan_run").handler({"input": request, "execution_arn": "arn"}, None)

    assert answer["run_id"] == prepared.run_id
    assert [run.run_id for run in submission.attempts(deployment, prepared)] == [prepared.run_id]


def test_without_a_plan_the_one_beside_the_corpus_counts(deployment, account, tmp_path):
    account.put("plans/a.json", '{"hyperparameters": {"vector_dim": 50}}')
    path = tmp_path / "a.txt"
    path.write_text("a b c\n")

    prepared = submission.prepare(deployment, path, name=None, given=None, plan_text=None)

    assert prepared.plan.hyperparameters["vector_dim"] == 50


def test_a_plan_beside_the_corpus_that_the_pipeline_would_not_read_is_refused(deployment, account, tmp_path):
    account.put("plans/a.json", b"{}".ljust(100_001))
    path = tmp_path / "a.txt"
    path.write_text("a b c\n")

    with pytest.raises(InvalidPlan, match=r"plans/a\.json has 100,001 bytes; at most 100,000 are allowed"):
        submission.prepare(deployment, path, name=None, given=None, plan_text=None)


def test_a_cleaned_corpus_takes_its_recipe_along_until_it_is_changed(deployment, account, tmp_path):
    path = tmp_path / "a.txt"
    recipe = CleaningRecipe(lower=False)
    cleaned = clean_corpus(_raw(tmp_path), path, recipe)
    write_origin(path, recipe, cleaned)

    assert _metadata_sent(deployment, account, path) == {METADATA_KEY: recipe.to_json()}

    path.write_text("other text\n")
    assert _metadata_sent(deployment, account, path) == {}


def _raw(folder):
    (folder / "raw.txt").write_text("The cat sat on the mat. The dog did not.")
    return raw_files([folder / "raw.txt"])


def _metadata_sent(deployment, account, path):
    prepared = submission.prepare(deployment, path, name=None, given=None, plan_text=None)
    submission.send(deployment, prepared, lambda count: None)
    return account.s3.head_object(Bucket=deployment.bucket.name, Key=prepared.key)["Metadata"]
