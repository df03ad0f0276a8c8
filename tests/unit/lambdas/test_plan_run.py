"""PlanRun: what becomes a run, what is rejected and with which reasons, what is nothing new."""

from __future__ import annotations

import functools
import json
import sys

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.unit.conftest import BUCKET, CORPUS, CORPUS_KEY, TABLE, keep_price
from tests.unit.lambdas.conftest import before_read
from wordvectors.aws.run_table import RunTable
from wordvectors.cleaning.recipe import METADATA_KEY, CleaningRecipe
from wordvectors.json_text import MOST_BYTES
from wordvectors.lifecycle.cost import PriceUnknown
from wordvectors.lifecycle.keys import PLAN_METADATA, fixed_plan_key
from wordvectors.lifecycle.limits import Limits
from wordvectors.lifecycle.run import Changes, Progress, Training
from wordvectors.lifecycle.status import RunStatus

ARN = "arn:aws:states:eu-west-1:123456789012:execution:machine:one"
OTHER_ARN = ARN.replace(":one", ":two")


@pytest.fixture
def plan_run(function):
    module = function("plan_run")

    def call(key=CORPUS_KEY, arn=ARN, bucket=BUCKET, **request):
        event = {"input": {"bucket": bucket, "key": key, **request}, "execution_arn": arn}
        return module.handler(event, None)

    return call


def test_a_corpus_becomes_a_planned_run(account, plan_run):
    etag = account.put(CORPUS_KEY, CORPUS)

    answer = plan_run(etag=etag)

    run = account.row(answer["run_id"])
    assert answer["outcome"] == "START"
    assert answer["run_id"].startswith("wv-blogs-")
    assert run["status"] == "PLANNED"
    assert run["corpus"] == {
        "bucket": BUCKET, "key": CORPUS_KEY, "name": "blogs", "etag": etag, "bytes": len(CORPUS),
        "sample": {"tokens": 480, "sampled_bytes": len(CORPUS), "language": "en", "duplicate_share": 0.975},
    }  # fmt: skip
    assert run["plan"]["hyperparameters"]["vector_dim"] == 100
    stored = json.loads(
        account.s3.get_object(Bucket=BUCKET, Key=f"runs/{answer['run_id']}/plan.json")["Body"].read()
    )
    assert stored == run["plan"]


def test_too_small_a_corpus_for_the_dimension_is_warned_of(account, plan_run):
    account.put(CORPUS_KEY, CORPUS)

    run = account.row(plan_run()["run_id"])

    assert any("480 words are few for vector_dim=100" in warning for warning in run["warnings"])


def _put_with(account, metadata):
    account.s3.put_object(Bucket=BUCKET, Key=CORPUS_KEY, Body=CORPUS, Metadata=metadata)


def test_the_recipe_of_the_corpus_ends_on_the_run(account, plan_run):
    recipe = CleaningRecipe(keep_numbers=False, phrases=True)
    _put_with(account, {METADATA_KEY: recipe.to_json()})

    run = account.row(plan_run()["run_id"])

    assert CleaningRecipe.model_validate(run["corpus"]["recipe"]) == recipe


@pytest.mark.parametrize("text", ["{", "[]", '{"version": 99}', '{"version": 1, "unknown": 2}', "[" * 1500])
def test_a_recipe_that_can_not_be_read_stops_nothing_and_is_said(account, plan_run, text):
    _put_with(account, {METADATA_KEY: text})

    answer = plan_run()

    run = account.row(answer["run_id"])
    assert answer["outcome"] == "START"
    assert "recipe" not in run["corpus"]
    assert any("recipe can't be read" in warning for warning in run["warnings"])


def test_the_plan_beside_the_corpus_is_read(account, plan_run):
    account.put(CORPUS_KEY, CORPUS)
    account.put("plans/blogs.json", '{"hyperparameters": {"vector_dim": 50}}')

    run = account.row(plan_run()["run_id"])

    assert run["plan"]["hyperparameters"]["vector_dim"] == 50


def test_all_faults_of_a_plan_are_named_at_once(account, plan_run):
    account.put(CORPUS_KEY, CORPUS)
    account.put(
        "plans/blogs.json",
        json.dumps(
            {
                "hyperparameters": {"vector_dim": 0, "mode": "cbow"},
                "resources": {"instance_count": 3},
                "colour": "red",
            }
        ),
    )

    answer = plan_run()

    assert answer["outcome"] == "REJECTED"
    reasons = "\n".join(account.row(answer["run_id"])["reasons"])
    assert "vector_dim is 0" in reasons
    assert "instance_count is 3" in reasons
    assert "colour is not a key" in reasons


def test_an_own_evaluation_set_that_is_there_is_chosen(account, plan_run):
    account.put(CORPUS_KEY, CORPUS)
    account.put("evaluation/animals.tsv", "cat\tdog\t5\ncat\tmat\t1\n")

    assert plan_run(plan={"evaluation": {"sets": ["animals"]}})["outcome"] == "START"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("beasts", "known are WS-353, SimLex-999, Google-analogies, own-text, animals"),
        ("broken", "evaluation/broken.csv: not a pair (word, word, score): line 2: 'dog'"),
        ("huge", "at most 200,000 are read"),
        ("twice", "is both evaluation/twice.csv and evaluation/twice.txt"),
        ("empty", "holds no word pair"),
        ("latin", "is not UTF-8"),
    ],
)
def test_an_own_evaluation_set_that_can_not_be_read_is_rejected(account, plan_run, name, reason):
    account.put(CORPUS_KEY, CORPUS)
    for file, body in {
        "animals.csv": b"cat,dog,5\n",
        "broken.csv": b"cat,dog,5\ndog\n",
        "huge.txt": b"cat dog 5\n" * 20_001,
        "twice.csv": b"cat,dog,5\n",
        "twice.txt": b"cat dog 5\n",
        "empty.txt": b"",
        "latin.txt": "müde wach 5\n".encode("latin-1"),
    }.items():
        account.put(f"evaluation/{file}", body)

    answer = plan_run(plan={"evaluation": {"sets": [name]}})

    assert answer["outcome"] == "REJECTED"
    assert reason in answer["reasons"][0]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"\x1f\x8b\x08\x00" + b"x" * 50, "gzip"),
        (b"caf\xe9 au lait\n" * 20, "not UTF-8"),
        (b"one two three\n", "min_count=5"),
    ],
)
def test_a_corpus_that_cannot_be_learnt_from_is_rejected(account, plan_run, body, reason):
    account.put(CORPUS_KEY, body)

    answer = plan_run()

    assert answer["outcome"] == "REJECTED"
    assert reason in answer["reasons"][0]


def test_a_corpus_that_is_not_there_is_rejected(plan_run):
    assert plan_run()["reasons"] == [f"there is no object s3://{BUCKET}/{CORPUS_KEY}"]


def test_a_key_outside_corpora_is_rejected(account, plan_run):
    account.put("models/x.txt", CORPUS)

    answer = plan_run(key="models/x.txt")

    assert answer["outcome"] == "REJECTED"
    assert "corpora/NAME.txt" in answer["reasons"][0]


def test_another_bucket_is_rejected(account, plan_run):
    account.put(CORPUS_KEY, CORPUS)

    assert "other-bucket" in plan_run(bucket="other-bucket")["reasons"][0]


@pytest.mark.parametrize(
    "request_", [{}, [], {"bucket": 3}, {"bucket": BUCKET, "key": None}, {"key": {"a": 1}}]
)
def test_an_input_that_names_no_corpus_is_rejected_with_a_sentence(account, function, request_):
    answer = function("plan_run").handler({"input": request_, "execution_arn": ARN}, None)

    assert answer["outcome"] == "REJECTED"
    assert account.row(answer["run_id"])["status"] == "PLANNED"  # CloseRun makes it final


def test_a_second_object_that_sagemaker_would_read_too_is_a_fault(account, plan_run):
    account.put(CORPUS_KEY, CORPUS)
    account.put(CORPUS_KEY + ".bak", CORPUS)

    assert "would train on both" in plan_run()["reasons"][0]


def test_a_volume_too_small_for_the_corpus_is_a_fault(account, plan_run):
    account.put(CORPUS_KEY, CORPUS)

    plan = {"resources": {"volume_gb": 2}, "hyperparameters": {"mode": "skipgram", "subwords": True}}
    assert "set resources.volume_gb to" in plan_run(plan=plan)["reasons"][0]


def test_a_corpus_for_which_no_volume_that_is_allowed_suffices_says_so(account, limited):
    account.put(CORPUS_KEY, CORPUS)

    needs_more = {"resources": {"volume_gb": 2}, "hyperparameters": {"mode": "skipgram", "subwords": True}}
    (reason,) = limited(max_volume_gb=2)(plan=needs_more)["reasons"]

    assert "this deployment allows at most 2 GB: train on a smaller corpus, or raise max_volume_gb" in reason
    assert "set resources.volume_gb" not in reason


def plan_of(size: int) -> bytes:
    """Return a valid plan of just so many bytes."""
    return b'{"hyperparameters": {"vector_dim": 50}}'.ljust(size)


def test_a_plan_too_large_to_be_read_is_rejected_and_its_size_named(account, plan_run):
    account.put(CORPUS_KEY, CORPUS)
    account.put("plans/blogs.json", plan_of(MOST_BYTES + 1))

    answer = plan_run()

    assert answer["outcome"] == "REJECTED"
    assert answer["reasons"] == ["the plan has 100,001 bytes; at most 100,000 are allowed"]


def test_two_plans_too_large_to_be_read_are_two_rejected_runs(account, plan_run):
    account.put(CORPUS_KEY, CORPUS)
    account.put("plans/blogs.json", plan_of(200_000))
    first = plan_run()
    account.put("plans/blogs.json", plan_of(200_000).replace(b"50", b"60"))

    second = plan_run(arn=OTHER_ARN)

    assert (first["outcome"], second["outcome"]) == ("REJECTED", "REJECTED")
    assert first["run_id"] != second["run_id"]


def test_a_plan_as_large_as_may_be_is_read_whole(account, plan_run):
    account.put(CORPUS_KEY, CORPUS)
    account.put("plans/blogs.json", plan_of(MOST_BYTES))

    run = account.row(plan_run()["run_id"])

    assert run["plan"]["hyperparameters"]["vector_dim"] == 50


def test_the_same_upload_seen_twice_is_one_run(account, plan_run):
    account.put(CORPUS_KEY, CORPUS)
    first = plan_run()

    second = plan_run(arn=OTHER_ARN)

    assert second == {"outcome": "DUPLICATE", "run_id": first["run_id"], "reasons": []}


def test_a_run_whose_fingerprint_only_begins_alike_is_another_run(account, plan_run, monkeypatch):
    account.put(CORPUS_KEY, CORPUS)
    first = plan_run()
    other = account.row(first["run_id"])["fingerprint"][:12] + 52 * "0"
    monkeypatch.setattr("lambdas.plan_run.fingerprint", lambda **of: other)

    second = plan_run(arn=OTHER_ARN)

    assert second["outcome"] == "START"
    assert second["run_id"] == f"{first['run_id']}-2"


def test_a_rejected_upload_is_planned_anew_when_it_is_uploaded_again(account, plan_run):
    account.put(CORPUS_KEY, CORPUS)
    account.put(CORPUS_KEY + ".bak", CORPUS)
    first = plan_run(sequencer="01")
    account.runs.advance(first["run_id"], RunStatus.REJECTED)
    account.s3.delete_object(Bucket=BUCKET, Key=CORPUS_KEY + ".bak")

    assert plan_run(sequencer="01", arn=OTHER_ARN)["outcome"] == "DUPLICATE"  # the same event once more
    second = plan_run(sequencer="02", arn=OTHER_ARN)

    assert second == {"outcome": "START", "run_id": f"{first['run_id']}-2", "reasons": []}
    assert plan_run(sequencer="02", arn="arn:three")["outcome"] == "DUPLICATE"
    assert plan_run(sequencer="03", arn="arn:four")["run_id"] == second["run_id"]


def test_a_retry_of_the_same_execution_goes_on_with_its_run(account, plan_run):
    account.put(CORPUS_KEY, CORPUS)

    assert plan_run() == plan_run()


def test_another_plan_is_another_run(account, plan_run):
    account.put(CORPUS_KEY, CORPUS)

    assert plan_run()["run_id"] != plan_run(plan={"hyperparameters": {"epochs": 6}})["run_id"]


def test_again_takes_the_next_attempt(account, plan_run):
    account.put(CORPUS_KEY, CORPUS)
    first = plan_run()["run_id"]

    answer = plan_run(arn=OTHER_ARN, again=True)

    assert answer == {"outcome": "START", "run_id": f"{first}-2", "reasons": []}
    assert plan_run(arn=OTHER_ARN, again=True) == answer


def test_an_object_that_was_replaced_since_its_event_is_left_to_the_newer_event(account, plan_run):
    etag = account.put(CORPUS_KEY, CORPUS)
    account.put(CORPUS_KEY, CORPUS * 2)

    assert plan_run(etag=etag)["outcome"] == "SUPERSEDED"


def test_each_upload_of_one_text_is_planned_by_its_own_plan(account, plan_run):
    """Before the first is planned the second may lie in its place, with metadata that name another plan."""
    account.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    etag, versions = "", []
    for vector_dim in (50, 60):
        plan = json.dumps({"hyperparameters": {"vector_dim": vector_dim}}).encode()
        account.put(fixed_plan_key(plan), plan)
        put = account.s3.put_object(
            Bucket=BUCKET, Key=CORPUS_KEY, Body=CORPUS, Metadata={PLAN_METADATA: fixed_plan_key(plan)}
        )
        etag, versions = put["ETag"].strip('"'), [*versions, put["VersionId"]]

    answers = [
        plan_run(etag=etag, arn=arn, **{"version-id": version})
        for version, arn in zip(versions, (ARN, OTHER_ARN), strict=True)
    ]

    rows = [account.row(answer["run_id"]) for answer in answers]
    assert [answer["outcome"] for answer in answers] == ["START", "START"]
    assert [row["plan"]["hyperparameters"]["vector_dim"] for row in rows] == [50, 60]


@pytest.mark.parametrize("version", ["removed", "of no kind"])
def test_a_version_that_is_not_there_is_left_to_the_newer_event(account, plan_run, version):
    account.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    put = account.s3.put_object(Bucket=BUCKET, Key=CORPUS_KEY, Body=CORPUS)
    etag = account.put(CORPUS_KEY, CORPUS)
    account.s3.delete_object(Bucket=BUCKET, Key=CORPUS_KEY, VersionId=put["VersionId"])
    wanted = put["VersionId"] if version == "removed" else version

    assert plan_run(etag=etag, **{"version-id": wanted})["outcome"] == "SUPERSEDED"


@pytest.mark.parametrize("event", ["etag", None])
@pytest.mark.parametrize("call", [1, 2])
@pytest.mark.parametrize("body", [CORPUS * 2, None], ids=["replaced", "deleted"])
def test_a_corpus_that_is_replaced_while_it_is_sampled_is_left_to_the_newer_event(
    account, plan_run, event, call, body
):
    """Its metadata are read by the first call, its text by the second."""
    etag = account.put(CORPUS_KEY, CORPUS)
    before_read(sys.modules["lambdas.plan_run"], call, lambda: put_or_delete(account, body))

    answer = plan_run(**({"etag": etag} if event else {}))

    assert answer == {"outcome": "SUPERSEDED", "run_id": "", "reasons": []}
    assert list(account.runs.newest()) == []


def put_or_delete(account, body):
    """Replace the corpus, or take it away."""
    if body is None:
        account.s3.delete_object(Bucket=BUCKET, Key=CORPUS_KEY)
    else:
        account.put(CORPUS_KEY, body)


def test_a_deleted_object_is_told_from_one_that_may_not_be_read(account, plan_run, monkeypatch):
    """S3 says "access denied" of both: who lists a part of a bucket only is not told which keys there are."""
    account.put(CORPUS_KEY, CORPUS)
    client = sys.modules["lambdas.plan_run"].bucket._client
    refusal = ClientError({"Error": {"Code": "AccessDenied", "Message": "Access Denied"}}, "GetObject")

    def refuse(deleted, **_):
        if deleted:
            account.s3.delete_object(Bucket=BUCKET, Key=CORPUS_KEY)
        raise refusal

    monkeypatch.setattr(client, "get_object", functools.partial(refuse, False))
    with pytest.raises(ClientError, match="Access Denied"):
        plan_run()

    monkeypatch.setattr(client, "get_object", functools.partial(refuse, True))
    assert plan_run()["outcome"] == "SUPERSEDED"


@pytest.mark.parametrize(
    "name", ["my text", "a+b", "100%25", "Ünïcode 日本語", "x" * 250, "x" * 200 + "/" + "y" * 200, "a/b/c"]
)
def test_unusual_names_make_valid_job_names(account, plan_run, name):
    import re

    account.put(f"corpora/{name}.txt", CORPUS)

    answer = plan_run(key=f"corpora/{name}.txt")

    assert answer["outcome"] == "START"
    assert re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", answer["run_id"])


def test_a_missing_variable_is_named_at_cold_start(account, function, monkeypatch):
    monkeypatch.delenv("DEFAULT_PLAN")

    with pytest.raises(Exception, match="DEFAULT_PLAN"):
        function("plan_run")


# Money


def nobody_answers(instance_type):
    raise PriceUnknown("there is no price list")


@pytest.fixture
def limited(function, monkeypatch):
    """Load the function with other limits, and return what calls it."""

    def load(**limits):
        monkeypatch.setenv("LIMITS", Limits(**limits).model_dump_json())
        module = function("plan_run")
        monkeypatch.setattr(module.price_list, "_products", nobody_answers)
        return lambda **request: module.handler(
            {"input": {"bucket": BUCKET, "key": CORPUS_KEY, **request}, "execution_arn": ARN}, None
        )

    return load


def test_the_price_of_a_run_is_on_its_row_before_it_starts(account, plan_run):
    account.put(CORPUS_KEY, CORPUS)

    run = account.row(
        plan_run(plan={"resources": {"instance_count": 2, "max_runtime_seconds": 7200}})["run_id"]
    )

    assert run["cost"]["most"] == 2 * 2 * 0.204
    assert run["cost"]["price_per_hour"] == 0.204
    assert run["cost"]["currency"] == "USD"
    assert run["cost"]["price_date"]


def test_what_is_expected_of_a_run_is_on_its_row_by_the_pace_of_earlier_ones(account, plan_run):
    account.put(CORPUS_KEY, CORPUS)
    first = plan_run()["run_id"]
    expected = account.row(first)["forecast"]
    assert (expected["by_runs"], expected["words_per_second"]) == (0, 2_270_000)

    run_table = RunTable(boto3.client("dynamodb"), TABLE)
    changes = Changes(
        progress=Progress(words_per_second=1_000_000),
        training=Training(training_seconds=5, job_seconds=45, billable_seconds=45),
    )
    for status in (RunStatus.TRAINING, RunStatus.EVALUATING, RunStatus.COMPLETED):
        run_table.advance(first, status, changes)
    expected = account.row(plan_run(again=True, arn=OTHER_ARN)["run_id"])["forecast"]
    assert (expected["by_runs"], expected["words_per_second"], expected["job_seconds"]) == (1, 1_000_000, 40)


def test_a_table_that_can_not_be_asked_for_earlier_runs_stops_nothing(account, plan_run, monkeypatch):
    account.put(CORPUS_KEY, CORPUS)

    def refused(*args, **kwargs):
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "Query")

    monkeypatch.setattr(RunTable, "newest", refused)
    assert plan_run()["outcome"] == "START"


@pytest.mark.parametrize("storage_class", ["GLACIER", "DEEP_ARCHIVE"])
def test_a_corpus_in_an_archive_is_rejected_and_what_to_do_is_said(account, plan_run, storage_class):
    account.s3.put_object(Bucket=BUCKET, Key=CORPUS_KEY, Body=CORPUS, StorageClass=storage_class)

    answer = plan_run()

    assert answer["outcome"] == "REJECTED"
    assert "corpora/blogs.txt lies in an archive of S3" in answer["reasons"][0]
    assert "restore-object" in answer["reasons"][0]


KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.mark.parametrize(
    ("code", "message", "named"),
    [
        (
            "AccessDenied",
            f"User: arn:aws:sts::123456789012:assumed-role/p/f is not authorized to perform: kms:Decrypt on resource: "
            f"{KEY} because no identity-based policy allows the kms:Decrypt action",
            f"the KMS key {KEY}",
        ),
        (
            "AccessDenied",
            "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you "
            "are not allowed to access.",
            "a KMS key",
        ),
        ("KMS.DisabledException", f"{KEY} is disabled.", f"the KMS key {KEY}"),
    ],
)
def test_a_corpus_under_a_key_that_cannot_be_used_is_rejected_naming_it(
    account, plan_run, monkeypatch, code, message, named
):
    account.put(CORPUS_KEY, CORPUS)
    client = sys.modules["lambdas.plan_run"].bucket._client
    original = client.get_object

    def get_object(**request):
        if request["Key"] == CORPUS_KEY:
            raise ClientError({"Error": {"Code": code, "Message": message}}, "GetObject")
        return original(**request)

    monkeypatch.setattr(client, "get_object", get_object)

    answer = plan_run()

    (reason,) = answer["reasons"]
    assert answer["outcome"] == "REJECTED"
    assert (
        f"s3://team-text/corpora/blogs.txt is encrypted with {named}, which can't be used to read it"
        in reason
    )
    assert "without naming a key, or add the key to kms_key_arns in cdk.json" in reason
    assert message in reason


def test_a_corpus_that_is_archived_but_read_at_once_is_trained(account, plan_run):
    account.s3.put_object(Bucket=BUCKET, Key=CORPUS_KEY, Body=CORPUS, StorageClass="GLACIER_IR")

    assert plan_run()["outcome"] == "START"


@pytest.mark.parametrize("key", ["plans/blogs.json", "evaluation/animals.csv"])
def test_a_plan_or_a_set_in_an_archive_is_rejected(account, plan_run, key):
    account.put(CORPUS_KEY, CORPUS)
    account.s3.put_object(Bucket=BUCKET, Key=key, Body=b"cat,dog,5", StorageClass="GLACIER")
    wanted = {"plan": {"evaluation": {"sets": ["animals"]}}} if key.startswith("eval") else {}

    answer = plan_run(**wanted)

    assert answer["outcome"] == "REJECTED"
    assert f"{key} lies in an archive of S3" in "; ".join(answer["reasons"])


def test_a_price_that_cannot_be_had_is_said_and_stops_nothing(account, limited):
    account.put(CORPUS_KEY, CORPUS)

    answer = limited()(plan={"resources": {"instance_type": "ml.m5.large"}})

    assert answer["outcome"] == "START"
    assert "no price list" in account.row(answer["run_id"])["cost"]["unknown"]


def test_under_a_ceiling_a_price_that_cannot_be_had_stops_the_run(account, limited):
    account.put(CORPUS_KEY, CORPUS)

    answer = limited(max_run_cost=100)(plan={"resources": {"instance_type": "ml.m5.large"}})

    assert answer["outcome"] == "REJECTED"
    assert "price is unknown" in answer["reasons"][0]


def test_by_default_a_corpus_of_a_kilobyte_can_not_cost_thousands(account, plan_run):
    account.put(CORPUS_KEY, CORPUS)
    keep_price(account.s3, "ml.c5.9xlarge", 1.836)
    plan = {
        "hyperparameters": {"mode": "batch_skipgram", "epochs": 1_000_000},
        "resources": {
            "instance_type": "ml.c5.9xlarge",
            "instance_count": 4,
            "max_runtime_seconds": 28 * 24 * 3600,
        },
    }

    answer = plan_run(plan=plan)

    assert answer["outcome"] == "REJECTED"
    assert "may cost $4,935.17, and this deployment allows $100.00 per run" in "; ".join(answer["reasons"])


def test_what_comes_after_the_days_runs_is_rejected_and_what_to_do_is_said(account, limited):
    call = limited(max_runs_per_day=2)
    keys = [f"corpora/{name}.txt" for name in "abc"]
    for key in keys:
        account.put(key, CORPUS)

    assert [call(key=key, arn=f"{ARN}{key}")["outcome"] for key in keys] == ["START", "START", "REJECTED"]
    assert call(key=keys[0], arn=f"{ARN}{keys[0]}")["outcome"] == "START"  # a repeated step counts once
    answer = call(key=keys[2], arn=f"{ARN}{keys[2]}")
    assert "2 runs and cleanings a day at most" in answer["reasons"][0]
    assert "max_runs_per_day" in answer["reasons"][0]


def test_a_plan_that_may_cost_more_than_the_ceiling_is_rejected(account, limited):
    account.put(CORPUS_KEY, CORPUS)
    keep_price(account.s3, "ml.c5.2xlarge", 0.408)
    plan = {"resources": {"instance_type": "ml.c5.2xlarge", "max_runtime_seconds": 36_000}}
    call = limited(max_run_cost=4)

    answer = call(plan=plan)
    assert answer["outcome"] == "REJECTED"
    assert "may cost $4.08, and this deployment allows $4.00" in answer["reasons"][0]
    run = account.row(answer["run_id"])
    assert run["cost"]["most"] == 4.08

    plan["resources"]["max_runtime_seconds"] = 35_000
    assert call(plan=plan)["outcome"] == "START"


def test_an_uploaded_plan_cannot_exceed_the_limits_and_hears_of_all_faults(account, limited):
    account.put("plans/blogs.json", json.dumps({
        "hyperparameters": {"epochs": 0},
        "resources": {"instance_type": "ml.p4d.24xlarge", "instance_count": 9, "volume_gb": 16_384},
    }))  # fmt: skip
    account.put(CORPUS_KEY, b"")

    answer = limited(allowed_instance_types=("ml.c5.xlarge",), max_instance_count=2)()

    reasons = "\n".join(answer["reasons"])
    assert answer["outcome"] == "REJECTED"
    for part in ("epochs is 0", "allows ml.c5.xlarge", "instance_count is 9", "volume_gb is 16384", "empty"):
        assert part in reasons


def test_no_key_is_made_of_an_instance_type_that_is_not_allowed(account, limited):
    account.put(CORPUS_KEY, CORPUS)

    limited()(plan={"resources": {"instance_type": "../plans/blogs"}})

    assert account.s3.list_objects_v2(Bucket=BUCKET, Prefix="prices/")["KeyCount"] == 1  # the fixture's own
    assert account.s3.list_objects_v2(Bucket=BUCKET, Prefix="plans/")["KeyCount"] == 0
