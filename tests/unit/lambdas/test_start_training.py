"""StartTraining: the run's one job, whatever is repeated and whatever stands in the way."""

from __future__ import annotations

import functools
import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from tests.unit.conftest import BUCKET, CORPUS, CORPUS_KEY
from tests.unit.lambdas.conftest import RUN_ID, measurements, status_of
from wordvectors.lifecycle.messages import explain
from wordvectors.lifecycle.status import RunStatus

QUOTA_TEXT = (
    "The account-level service limit 'ml.c5.xlarge for training job usage' is {limit} Instances, with current "
    "utilization of {used} Instances and a request delta of 1 Instances. Please use AWS Service Quotas to request "
    "an increase for this quota."
)


@pytest.fixture
def start(function):
    return function("start_training")


@pytest.fixture
def run_in(account, run_in):
    """Write a run whose corpus lies in the bucket."""
    corpus = {"bucket": BUCKET, "key": CORPUS_KEY, "name": "blogs", "etag": account.put(CORPUS_KEY, CORPUS)}
    return functools.partial(run_in, corpus=corpus)


def _refusal(code: str, message: str, status: int = 400) -> ClientError:
    answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "CreateTrainingJob")


@pytest.fixture
def refusing(start, monkeypatch):
    """Let CreateTrainingJob fail with an error."""

    def refuse(error: Exception) -> None:
        def create_training_job(**request):
            raise error

        monkeypatch.setattr(start.training_jobs, "_client", type("Refusing", (), {
            "create_training_job": staticmethod(create_training_job),
        }))  # fmt: skip

    return refuse


def test_the_job_is_what_the_plan_says(account, start, run_in):
    plan = {
        "hyperparameters": {"vector_dim": 50, "subwords": True, "mode": "skipgram"},
        "tags": {"team": "nlp"},
    }
    run_in("PLANNED", plan)

    answer = start.handler({"run_id": RUN_ID}, None)

    job = account.sagemaker.describe_training_job(TrainingJobName=RUN_ID)
    assert answer == {"run_id": RUN_ID, "job_name": RUN_ID, "wait_seconds": 15}
    assert job["HyperParameters"]["vector_dim"] == "50"
    assert job["HyperParameters"]["subwords"] == "True"
    assert "batch_size" not in job["HyperParameters"]
    assert job["EnableNetworkIsolation"] is True
    assert job["ResourceConfig"] == {"InstanceType": "ml.c5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30}
    source = job["InputDataConfig"][0]["DataSource"]["S3DataSource"]
    assert source["S3Uri"] == "s3://team-text/corpora/blogs.txt"
    assert source["S3DataDistributionType"] == "FullyReplicated"
    assert job["OutputDataConfig"]["S3OutputPath"] == "s3://team-text/models/"
    tags = account.sagemaker.list_tags(ResourceArn=job["TrainingJobArn"])["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {
        "application": "BlazingText", "team": "nlp", "wordvectors:run-id": RUN_ID,
        "wordvectors:runs-table": "runs",
    }  # fmt: skip
    assert status_of(account) == "TRAINING"


def test_the_own_engine_is_the_project_s_code_in_an_image_that_has_none(account, start, run_in):
    account.put("evaluation/products.tsv", "a,b,1\n")
    run_in(
        "PLANNED",
        {
            "engine": "wordvectors",
            "hyperparameters": {"seed": 3},
            "evaluation": {"sets": ["SimLex-999", "Google-analogies", "products:my rating"]},
            "early_stopping": {"patience": 4, "set": "products:my rating"},
        },
    )

    start.handler({"run_id": RUN_ID}, None)

    job = account.sagemaker.describe_training_job(TrainingJobName=RUN_ID)
    asked = job["AlgorithmSpecification"]
    assert asked["TrainingImage"].endswith("/sagemaker-scikit-learn:1.9-0-cpu-py3")
    assert asked["ContainerEntrypoint"][:2] == ["python3.12", "-c"]
    assert asked["ContainerArguments"] == [
        "/opt/ml/code", "/opt/ml/input/data/code/0code.zip", "/opt/ml/input/data/packages/1packages.zip",
    ]  # fmt: skip
    channels = {
        channel["ChannelName"]: channel["DataSource"]["S3DataSource"]["S3Uri"]
        for channel in job["InputDataConfig"]
    }
    assert channels == {
        "train": "s3://team-text/corpora/blogs.txt",
        "code": "s3://assets/0code.zip",
        "packages": "s3://assets/1packages.zip",
        "set-1": "s3://team-text/evaluation/products.",
    }
    assert json.loads(job["HyperParameters"]["evaluation_sets"]) == ["SimLex-999", "products:my rating"]
    assert json.loads(job["HyperParameters"]["early_stopping"]) == {
        "patience": 4,
        "set": "products:my rating",
    }
    assert job["HyperParameters"]["seed"] == "3"
    assert job["EnableNetworkIsolation"] is True


def test_spot_capacity_has_sagemakers_limit_for_algorithms_without_checkpoints(account, start, run_in):
    run_in("PLANNED", {"resources": {"spot": True, "max_runtime_seconds": 3600}})

    start.handler({"run_id": RUN_ID}, None)

    job = account.sagemaker.describe_training_job(TrainingJobName=RUN_ID)
    assert job["EnableManagedSpotTraining"] is True
    assert job["StoppingCondition"] == {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 3600}
    assert "CheckpointConfig" not in job


def test_the_own_engine_s_checkpoints_have_a_place_that_each_attempt_at_the_training_finds(
    account, start, run_in
):
    plan = {"engine": "wordvectors", "resources": {"spot": True, "max_runtime_seconds": 7200}}
    run_in("PLANNED", plan, fingerprint="f" * 64)

    start.handler({"run_id": RUN_ID}, None)

    job = account.sagemaker.describe_training_job(TrainingJobName=RUN_ID)
    assert job["CheckpointConfig"] == {"S3Uri": f"s3://team-text/checkpoints/{'f' * 64}/"}
    assert job["StoppingCondition"] == {"MaxRuntimeInSeconds": 7200, "MaxWaitTimeInSeconds": 7200 + 86_400}


def test_a_job_that_is_there_already_is_this_runs(account, start, run_in, refusing):
    run_in("PLANNED")
    refusing(_refusal("ResourceInUse", "Training job names must be unique within an AWS account and region"))

    assert start.handler({"run_id": RUN_ID}, None)["run_id"] == RUN_ID
    assert status_of(account) == "TRAINING"


def test_a_full_quota_leaves_the_run_queued_and_asks_for_another_try(account, start, run_in, refusing):
    run_in("PLANNED")
    refusing(_refusal("ResourceLimitExceeded", QUOTA_TEXT.format(limit=2, used=2)))

    with pytest.raises(Exception, match="current utilization of 2") as raised:
        start.handler({"run_id": RUN_ID}, None)

    assert type(raised.value).__name__ == "QuotaReached"
    assert status_of(account) == "QUEUED"
    assert "utilization of 2" in account.row(RUN_ID)["waiting_for"]
    assert "`wordvectors doctor`" in account.row(RUN_ID)["waiting_for"]


def test_a_queue_that_is_no_quotas_is_explained_in_its_own_words_alone(account, start, run_in, refusing):
    """As in the local cloud, where no quota can be raised."""
    run_in("PLANNED")
    refusing(_refusal("ResourceLimitExceeded", "The local cloud trains 2 jobs at a time on this machine."))

    with pytest.raises(Exception, match="2 jobs at a time") as raised:
        start.handler({"run_id": RUN_ID}, None)

    assert type(raised.value).__name__ == "QuotaReached"
    assert account.row(RUN_ID)["waiting_for"] == "The local cloud trains 2 jobs at a time on this machine."


def test_how_long_a_run_has_waited_is_measured(account, start, run_in, refusing, capsys):
    created = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    run_in("QUEUED", created_at=created)
    refusing(_refusal("ResourceLimitExceeded", QUOTA_TEXT.format(limit=2, used=2)))

    with pytest.raises(Exception, match="current utilization of 2"):
        start.handler({"run_id": RUN_ID}, None)

    (measured,) = measurements(capsys)
    assert measured["deployment"] == "Wordvectors"
    assert 7200 <= measured["QueuedSeconds"] < 7260


def test_a_run_leaves_the_queue_once_its_job_is_created(account, start, run_in):
    run_in("QUEUED", waiting_for="a place")

    start.handler({"run_id": RUN_ID}, None)

    assert status_of(account) == "TRAINING"
    assert "waiting_for" not in account.row(RUN_ID)


@pytest.mark.parametrize(
    ("key", "body", "said"),
    [
        (CORPUS_KEY, CORPUS * 2, "replaced after it was checked; the new content has a run of its own"),
        (f"{CORPUS_KEY}.x.txt", CORPUS, "blogs.txt.x.txt begins with this corpus's key.*train FILE --again"),
        (CORPUS_KEY, None, "deleted after it was checked.*train FILE --again"),
    ],
)
def test_a_corpus_that_changed_while_its_run_waited_is_not_trained(account, start, run_in, key, body, said):
    run_in("QUEUED")
    if body is None:
        account.s3.delete_object(Bucket=BUCKET, Key=key)
    else:
        account.put(key, body)

    with pytest.raises(Exception, match=said) as raised:
        start.handler({"run_id": RUN_ID}, None)

    assert type(raised.value).__name__ == "CorpusChanged"
    assert account.sagemaker.list_training_jobs()["TrainingJobSummaries"] == []


def test_a_corpus_that_was_archived_while_its_run_waited_is_not_trained(account, start, run_in):
    run_in("QUEUED")
    account.s3.put_object(Bucket=BUCKET, Key=CORPUS_KEY, Body=CORPUS, StorageClass="GLACIER")

    with pytest.raises(Exception, match="lies in an archive of S3") as raised:
        start.handler({"run_id": RUN_ID}, None)

    assert type(raised.value).__name__ == "CorpusChanged"


@pytest.fixture
def queued_with_set(run_in):
    """A run that waits, and whose job is to be scored on the set `mine`."""
    run_in("QUEUED", plan={"engine": "wordvectors", "evaluation": {"sets": ["WS-353", "mine:rating"]}})


def test_a_run_whose_set_was_removed_while_it_waited_is_told_so(account, start, queued_with_set):
    account.put("evaluation/mine.old.csv", "a,b,1\n")  # which another set has

    with pytest.raises(Exception, match=r"set 'mine:rating' was removed .* wordvectors train FILE") as raised:
        start.handler({"run_id": RUN_ID}, None)

    cause = json.dumps({"errorMessage": str(raised.value)})
    assert explain(type(raised.value).__name__, cause) == str(raised.value)
    assert account.sagemaker.list_training_jobs()["TrainingJobSummaries"] == []


def test_a_run_whose_set_was_archived_while_it_waited_is_told_so(account, start, queued_with_set):
    account.s3.put_object(Bucket=BUCKET, Key="evaluation/mine.csv", Body=b"a,b,1\n", StorageClass="GLACIER")

    with pytest.raises(Exception, match=r"set 'mine:rating': .*lies in an archive of S3"):
        start.handler({"run_id": RUN_ID}, None)


def test_a_quota_that_will_never_do_says_what_to_ask_for(start, run_in, refusing):
    run_in("PLANNED")
    refusing(_refusal("ResourceLimitExceeded", QUOTA_TEXT.format(limit=0, used=0)))

    with pytest.raises(
        Exception, match=r"ml.c5.xlarge for training job usage' is 0.*Service Quotas.*wordvectors doctor"
    ) as raised:
        start.handler({"run_id": RUN_ID}, None)

    assert type(raised.value).__name__ == "QuotaTooSmall"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            "The account-level service limit 'Size of EBS volume for a training job instance' is 1,024 Gigabytes, "
            "with current utilization of 0 Gigabytes and a request delta of 2,000 Gigabytes.",
            "quota 'Size of EBS volume for a training job instance' is 1,024, and the run needs 2,000.",
        ),
        (
            "The request delta of 1025 GBs for 'Size of EBS volume for a training job instance' is greater than the "
            "account-level service-limit of 1024 GBs. Please use AWS Service Quotas to request an increase for this "
            "quota.",
            "quota 'Size of EBS volume for a training job instance' is 1024, and the run needs 1025.",
        ),
        (
            "The account-level service limit for training-job/ml.p2.xlarge is 0 Instances, with current utilization of "
            "0 Instances and a request delta of 2 Instances. Please contact AWS support.",
            "quota 'training-job/ml.p2.xlarge' is 0, and the run needs 2.",
        ),
    ],
)
def test_a_quota_that_is_below_what_is_asked_for_is_no_queue(start, run_in, refusing, words, said):
    run_in("PLANNED")
    refusing(_refusal("ResourceLimitExceeded", words))

    with pytest.raises(Exception, match=re.escape(said)) as raised:
        start.handler({"run_id": RUN_ID}, None)

    assert type(raised.value).__name__ == "QuotaTooSmall"


def test_a_quota_of_several_that_is_in_use_is_a_queue(start, run_in, refusing):
    run_in("PLANNED")
    refusing(_refusal("ResourceLimitExceeded", QUOTA_TEXT.format(limit=1, used=1)))

    with pytest.raises(Exception, match="current utilization of 1") as raised:
        start.handler({"run_id": RUN_ID}, None)

    assert type(raised.value).__name__ == "QuotaReached"


def test_the_next_job_of_a_run_has_a_name_of_its_own(account, start, run_in):
    """The one before has found no instances."""
    run_in("QUEUED", job_number=2, waiting_for="capacity")

    assert start.handler({"run_id": RUN_ID}, None)["job_name"] == f"{RUN_ID}-j2"

    described = account.sagemaker.describe_training_job(TrainingJobName=f"{RUN_ID}-j2")
    tags = account.sagemaker.list_tags(ResourceArn=described["TrainingJobArn"])["Tags"]
    assert {"Key": "wordvectors:run-id", "Value": RUN_ID} in tags
    assert account.row(RUN_ID)["training"]["job_name"] == f"{RUN_ID}-j2"
    assert "waiting_for" not in account.row(RUN_ID)


def test_a_late_start_of_the_job_before_does_not_take_a_run_back(account, start, run_in, monkeypatch):
    run_in("TRAINING")

    def queue_again(*_, **__):
        return account.runs.queue_again(account.runs.require(RUN_ID), "capacity")

    monkeypatch.setattr(start.training_jobs, "start", queue_again)

    start.handler({"run_id": RUN_ID}, None)

    assert (status_of(account), account.row(RUN_ID)["job_number"]) == ("QUEUED", 2)


@pytest.mark.parametrize(("hours", "error"), [(23, "QuotaReached"), (25, "QueueOver")])
def test_a_later_job_waits_for_a_place_as_long_as_a_run_may_in_all(start, run_in, refusing, hours, error):
    run_in("QUEUED", job_number=2, created_at=(datetime.now(UTC) - timedelta(hours=hours)).isoformat())
    refusing(_refusal("ResourceLimitExceeded", QUOTA_TEXT.format(limit=2, used=2)))

    with pytest.raises(Exception, match="current utilization of 2") as raised:
        start.handler({"run_id": RUN_ID}, None)

    assert type(raised.value).__name__ == error
    assert ("has waited for 24 hours (max_queue_hours)" in str(raised.value)) is (error == "QueueOver")


@pytest.mark.parametrize(
    "error", [_refusal("ThrottlingException", "Rate exceeded"), _refusal("Oops", "internal", status=503)]
)
def test_what_may_pass_by_itself_is_named_transient(start, run_in, refusing, error):
    run_in("PLANNED")
    refusing(error)

    with pytest.raises(Exception, match=r".+") as raised:
        start.handler({"run_id": RUN_ID}, None)

    assert type(raised.value).__name__ == "TransientServiceError"


def test_a_run_that_is_stopped_while_its_job_is_created_leaves_no_job_behind(
    account, start, run_in, monkeypatch
):
    run_in("PLANNED")
    stopped = []
    monkeypatch.setattr(
        start.training_jobs, "start", lambda *_, **__: account.runs.advance(RUN_ID, RunStatus.STOPPED)
    )
    monkeypatch.setattr(start.training_jobs, "stop", stopped.append)

    start.handler({"run_id": RUN_ID}, None)

    assert stopped == [RUN_ID]
    assert status_of(account) == "STOPPED"


@pytest.mark.parametrize("status", ["STOPPED", "FAILED", "REJECTED", "COMPLETED"])
def test_no_job_is_created_for_a_run_that_has_ended(account, start, run_in, status):
    run_in(status)

    with pytest.raises(Exception, match=f"the run is {status}: no training job is created") as raised:
        start.handler({"run_id": RUN_ID}, None)

    assert type(raised.value).__name__ == "RunHasEnded"
    assert account.sagemaker.list_training_jobs()["TrainingJobSummaries"] == []
    assert status_of(account) == status
