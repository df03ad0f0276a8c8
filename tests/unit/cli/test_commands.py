"""The command line: what it prints, and with which status it ends. The account behind it is faked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from types import SimpleNamespace

import boto3
import pytest
from boto3.exceptions import S3UploadFailedError
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from tests.unit.conftest import BUCKET, CORPUS, CORPUS_KEY, TABLE, trained
from wordvectors.aws.run_table import RunTable
from wordvectors.aws.training_jobs import TrainingJobs
from wordvectors.cli import target
from wordvectors.cli.app import app
from wordvectors.client import submission
from wordvectors.client.deployment import Deployment
from wordvectors.lifecycle.keys import PLAN_METADATA
from wordvectors.lifecycle.limits import Limits
from wordvectors.lifecycle.status import RunStatus

RUN_ID = "wv-blogs-0123456789ab"
VECTORS = "3 2\nking 1 0\nqueen 0.9 0.1\napple 0 1\n"


@pytest.fixture
def completed(account):
    """A completed run with its model in the bucket."""
    return trained(
        account, RUN_ID, VECTORS,
        mean_rho=0.7001,
        evaluation={
            "sets": {
                "WS-353": {
                    "spearmans_rho": 0.7045, "not_found": 2, "total_pairs": 353, "coverage": 351 / 353,
                }
            }
        },
        training={"vocabulary": 71290, "billed_instance_seconds": 729},
        artifacts={"model": f"s3://{BUCKET}/models/{RUN_ID}/output/model.tar.gz"},
    )  # fmt: skip


def test_no_runs_yet(run):
    assert "No runs yet" in run("runs")[1]


def test_runs_are_listed_for_people_and_for_machines(run, completed):
    _, table, _ = run("runs")
    _, text, _ = run("runs", "--json")

    assert RUN_ID in table
    assert "0.7001" in table
    assert json.loads(text)[0]["mean_rho"] == 0.7001


def test_a_score_is_shown_with_its_coverage(run, completed):
    _, text, _ = run("show", "latest")

    assert "0.7045" in text
    assert "351 of 353" in text
    assert "729 instance-seconds" in text


def test_a_score_with_ngrams_is_shown_with_the_share_of_pairs_that_needed_them(run, account):
    score = {
        "spearmans_rho": 0.5, "not_found": 53, "total_pairs": 353, "coverage": 0.85,
        "with_ngrams": {"spearmans_rho": 0.47, "pairs": 53, "share": 53 / 353},
    }  # fmt: skip
    trained(account, RUN_ID, VECTORS, evaluation={"sets": {"own": score, "gone": {"note": "gone"}}})

    lines = [" ".join(line.split()) for line in run("show", RUN_ID)[1].splitlines()]
    assert "EVALUATION SET SCORE MEASURE FOUND COVERAGE 95 % INTERVAL WITH N-GRAMS NEEDED BY" in lines
    assert "own 0.5000 Spearman's rho 300 of 353 85% 0.404 to 0.585 0.4700 15%" in lines


def test_every_set_is_shown_with_its_measure_and_what_has_no_score_says_why(run, account):
    sets = {
        "Google-analogies": {
            "accuracy": 0.25, "not_found": 9_544, "total_questions": 19_544, "coverage": 10_000 / 19_544,
        },
        "SimLex-999": {"not_found": 999, "total_pairs": 999, "coverage": 0, "note": "no score: nothing"},
        "own": {"note": "no score: it is gone"},
    }  # fmt: skip
    account.claim(
        {"run_id": RUN_ID, "status": "COMPLETED", "execution_arn": "x", "evaluation": {"sets": sets}}
    )

    lines = [" ".join(line.split()) for line in run("show", RUN_ID)[1].splitlines()]

    assert "Google-analogies 0.2500 accuracy 10,000 of 19,544 51% 0.242 to 0.259" in lines
    assert "SimLex-999 – Spearman's rho 0 of 999 0%" in lines
    assert "SimLex-999: no score: nothing" in lines
    assert "own: no score: it is gone" in lines


def test_a_run_is_found_by_the_beginning_of_its_id(run, completed):
    assert json.loads(run("show", "wv-blogs", "--json")[1])["run_id"] == RUN_ID


def test_a_run_in_training_says_how_far_it_is(run, account):
    account.claim({
        "run_id": RUN_ID, "status": "TRAINING", "execution_arn": "x", "progress": {"percent": 45.2},
    })  # fmt: skip
    assert "TRAINING 45 %" in run("runs")[1]


def test_what_a_run_cost_is_shown(run, account, completed):
    account.runs._client.update_item(
        TableName=TABLE,
        Key={"run_id": {"S": RUN_ID}},
        UpdateExpression="SET cost = :cost",
        ExpressionAttributeValues={":cost": {"M": {
            "price_per_hour": {"N": "0.204"}, "currency": {"S": "USD"}, "price_date": {"S": "2026-11-20"},
            "most": {"N": "4.896"}, "actual": {"N": "0.04131"},
        }}},
    )  # fmt: skip

    shown = " ".join(run("show", RUN_ID)[1].split())  # the terminal may be narrow
    assert "$0.0413 ($0.204 per instance and hour, asked on 2026-11-20)" in shown
    assert "$0.0413" in run("runs")[1]


def test_an_unknown_run_is_a_sentence(run, completed):
    status, out, err = run("show", "wv-nothing")

    assert status == 1
    assert "There is no run wv-nothing" in err
    assert "Traceback" not in out + err


def test_a_model_is_downloaded(run, completed, tmp_path):
    status, out, _ = run("download", RUN_ID, "--to", str(tmp_path))

    folder = tmp_path / RUN_ID
    assert status == 0
    assert sorted(path.name for path in folder.iterdir()) == ["eval.json", "vectors.bin", "vectors.txt"]
    assert (folder / "vectors.txt").read_text() == VECTORS
    assert "load_word2vec_format" in out


def test_the_model_of_a_runs_later_job_is_downloaded(run, account, tmp_path):
    trained(account, RUN_ID, VECTORS, job_number=3)

    assert run("download", RUN_ID, "--to", str(tmp_path))[0] == 0

    assert account.runs.require(RUN_ID).model_key == f"models/{RUN_ID}-j3/output/model.tar.gz"
    assert (tmp_path / RUN_ID / "vectors.txt").read_text() == VECTORS


def test_neighbours_need_the_network_only_once(run, completed, monkeypatch):
    first = run("neighbours", RUN_ID, "king", "--json")[1]

    def offline(**where):
        raise AssertionError("asked the pipeline a second time")

    monkeypatch.setattr(target, "connect", offline)
    second = run("neighbours", RUN_ID, "king", "--json")[1]

    assert json.loads(first) == json.loads(second)
    assert [near["word"] for near in json.loads(first)["king"]["neighbours"]] == ["queen", "apple"]


def test_a_word_without_a_vector_is_named_and_the_others_are_answered(run, completed):
    status, out, err = run("neighbours", RUN_ID, "king", "qeen")

    assert status == 1
    assert "queen" in out
    assert "'qeen' is not in the vocabulary" in err
    assert "queen" in err


def test_a_run_without_a_model_says_why(run, account):
    account.claim({"run_id": RUN_ID, "status": "FAILED", "execution_arn": "x", "reason": "no words"})

    status, _, err = run("neighbours", RUN_ID, "king")

    assert status == 1
    assert "FAILED" in err
    assert "no words" in err


def test_the_log_of_a_run(run, completed, account):
    account.write_log(RUN_ID, ["Number of words:  71290", "Training finished!"])

    assert run("logs", RUN_ID)[1].splitlines() == ["Number of words:  71290", "Training finished!"]


def test_the_log_is_that_of_the_runs_last_job(run, account, monkeypatch):
    """While the first is looked at, which has none, SageMaker says that it has no instances."""
    account.claim({"run_id": RUN_ID, "status": "TRAINING", "execution_arn": "x"})
    account.write_log(f"{RUN_ID}-j2", ["Number of words:  71290"])

    def sleep(_):
        seen = account.runs.require(RUN_ID)
        if seen.job_number == 1:
            account.runs.queue_again(seen, "capacity")
        else:
            account.runs.advance(RUN_ID, RunStatus.FAILED)

    monkeypatch.setattr("wordvectors.cli.runs.time", SimpleNamespace(sleep=sleep))

    assert run("logs", RUN_ID, "--follow")[1].splitlines() == ["Number of words:  71290"]


def test_a_rejected_run_has_no_log_and_says_why(run, account):
    account.claim({"run_id": RUN_ID, "status": "REJECTED", "execution_arn": "x", "reasons": ["epochs is 0"]})

    assert "was rejected before any training, and so has no log: epochs is 0" in run("logs", RUN_ID)[1]


def test_an_ended_run_is_not_stopped(run, completed):
    assert "has ended already: COMPLETED" in run("stop", RUN_ID)[1]


@pytest.mark.parametrize(("number", "job"), [(1, RUN_ID), (2, f"{RUN_ID}-j2")])
def test_a_stop_leaves_the_name_of_who_asked_for_it(run, account, monkeypatch, number, job):
    account.claim({"run_id": RUN_ID, "status": "TRAINING", "execution_arn": "x", "job_number": number})
    stopped = []
    monkeypatch.setattr(TrainingJobs, "stop", lambda self, name: stopped.append(name) or True)

    status, out, _ = run("stop", RUN_ID)

    assert status == 0
    assert f"{RUN_ID} is stopping;" in out
    assert stopped == [job]
    assert account.row(RUN_ID)["stop_requested_by"].startswith("arn:aws:sts::123456789012:")


def test_who_may_not_write_the_table_can_stop_a_job_all_the_same(run, account, monkeypatch):
    account.claim({"run_id": RUN_ID, "status": "TRAINING", "execution_arn": "x"})
    monkeypatch.setattr(TrainingJobs, "stop", lambda self, name: True)

    def refuse(self, run_id, by):
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "UpdateItem")

    monkeypatch.setattr(RunTable, "note_stop", refuse)

    assert f"{RUN_ID} is stopping;" in run("stop", RUN_ID)[1]


def test_a_queued_run_is_stopped_with_its_execution_and_a_name(run, account, monkeypatch):
    account.claim({"run_id": RUN_ID, "status": "QUEUED", "execution_arn": "arn:x"})
    asked = {}
    original = Deployment.client

    def client(self, service):
        found = original(self, service)
        if service == "stepfunctions":
            found.describe_execution = lambda **request: {"status": "RUNNING"}
            found.stop_execution = lambda **request: asked.update(request)
        return found

    monkeypatch.setattr(Deployment, "client", client)

    run("stop", RUN_ID)

    assert asked["executionArn"] == "arn:x"
    assert asked["cause"].startswith("`wordvectors stop` by arn:aws:sts::123456789012:")


@pytest.mark.parametrize("statuses", [["FAILED"], ["RUNNING", "FAILED"]])
def test_a_run_whose_execution_has_ended_is_stopping_already(run, account, monkeypatch, statuses):
    """Its row is about to be written; the execution may end in the very moment of the stop."""
    account.claim({"run_id": RUN_ID, "status": "EVALUATING", "execution_arn": "arn:x"})
    original = Deployment.client

    def stop_execution(**request: str) -> None:
        raise ClientError(
            {"Error": {"Code": "ValidationException", "Message": "not running"}}, "StopExecution"
        )

    def client(self, service):
        found = original(self, service)
        if service == "stepfunctions":
            found.describe_execution = lambda **request: {"status": statuses.pop(0)}
            found.stop_execution = stop_execution
        return found

    monkeypatch.setattr(Deployment, "client", client)

    status, out, _ = run("stop", RUN_ID)

    assert (status, f"{RUN_ID} is stopping already" in out) == (0, True)


def test_numbas_switches_mean_nothing_to_a_command(run, monkeypatch):
    monkeypatch.setenv("NUMBA_NUM_THREADS", "0")
    monkeypatch.setenv("NUMBA_CACHE_DIR", "/somewhere")
    run("runs")
    assert [name for name in os.environ if name.startswith("NUMBA_")] == ["NUMBA_CACHE_DIR"]


def test_train_names_the_faults_of_plan_and_corpus_together_and_uploads_nothing(run, account, tmp_path):
    corpus, plan = tmp_path / "a.txt", tmp_path / "plan.json"
    corpus.write_bytes(b"\x1f\x8b not text")
    plan.write_text('{"hyperparameters": {"epochs": 0}, "colour": 1}')

    status, _, err = run("train", str(corpus), "--plan", str(plan))

    assert status == 1
    for part in ("epochs is 0", "colour is not a key", "gzip archive"):
        assert part in err
    for folder in ("corpora/", "plans/"):
        assert account.s3.list_objects_v2(Bucket=BUCKET, Prefix=folder)["KeyCount"] == 0


def test_train_uploads_the_plan_before_the_corpus(run, account, tmp_path, monkeypatch):
    from wordvectors.cli import follow

    monkeypatch.setattr(follow, "PATIENCE_SECONDS", 0)
    corpus = tmp_path / "blogs.txt"
    corpus.write_bytes(CORPUS)

    status, _, err = run("train", str(corpus), "--set", "epochs=3")

    assert status == 1
    assert "started no run" in err
    corpus = account.s3.get_object(Bucket=BUCKET, Key=CORPUS_KEY)
    plan = account.s3.get_object(Bucket=BUCKET, Key=corpus["Metadata"][PLAN_METADATA])
    assert json.loads(plan["Body"].read()) == {"hyperparameters": {"epochs": "3"}}
    assert plan["LastModified"] <= corpus["LastModified"]
    assert "Cost: at most $4.90 ($0.204 per instance and hour" in err
    assert "replaced" not in err


def test_train_says_that_another_corpus_took_the_place_of_its_own(run, account, tmp_path, monkeypatch):
    from wordvectors.cli import follow

    def await_nothing(place, look, **words):
        account.put(CORPUS_KEY, CORPUS * 2)
        return await_first(place, look, **words)

    await_first = follow.await_first
    monkeypatch.setattr(follow, "PATIENCE_SECONDS", 0)
    monkeypatch.setattr(follow, "await_first", await_nothing)
    (tmp_path / "blogs.txt").write_bytes(CORPUS)

    status, _, err = run("train", str(tmp_path / "blogs.txt"))

    assert status == 1
    assert f"s3://{BUCKET}/{CORPUS_KEY} was replaced or deleted meanwhile" in " ".join(err.split())


@pytest.mark.parametrize(
    ("limits", "fault"),
    [
        (Limits(max_run_cost=1), "may cost $4.90, and this deployment allows $1.00"),
        (Limits(allowed_instance_types=("ml.m5.large",)), "this deployment allows ml.m5.large"),
        (Limits(max_volume_gb=20), "volume_gb is 30; this deployment allows at most 20 per instance"),
    ],
)
def test_what_the_deployment_would_reject_is_not_uploaded(run, account, outputs, tmp_path, limits, fault):
    outputs["Limits"] = limits.model_dump_json()
    corpus = tmp_path / "blogs.txt"
    corpus.write_bytes(CORPUS)

    status, _, err = run("train", str(corpus))

    assert status == 1
    assert "Nothing was uploaded" in err
    assert fault in err
    assert account.s3.list_objects_v2(Bucket=BUCKET, Prefix="corpora/")["KeyCount"] == 0


def test_what_was_trained_before_is_not_uploaded_again(run, account, tmp_path, function):
    account.put(CORPUS_KEY, CORPUS)
    request = {"bucket": BUCKET, "key": CORPUS_KEY}
    run_id = function("plan_run").handler({"input": request, "execution_arn": "arn"}, None)["run_id"]
    for status in (RunStatus.TRAINING, RunStatus.EVALUATING, RunStatus.COMPLETED):
        account.runs.advance(run_id, status)
    account.s3.delete_object(Bucket=BUCKET, Key=CORPUS_KEY)
    corpus = tmp_path / "blogs.txt"
    corpus.write_bytes(CORPUS)

    status, out, err = run("train", str(corpus), "--no-follow", "--json")

    assert status == 0
    assert "trained with this plan before" in err
    assert json.loads(out)["run_id"] == run_id
    assert account.s3.list_objects_v2(Bucket=BUCKET, Prefix="corpora/")["KeyCount"] == 0


def test_what_was_rejected_before_is_uploaded_and_planned_anew(run, account, tmp_path, function, monkeypatch):
    plan_run = function("plan_run")
    account.put(CORPUS_KEY, CORPUS)
    account.put(CORPUS_KEY + ".bak", CORPUS)
    request = {"bucket": BUCKET, "key": CORPUS_KEY}
    first = plan_run.plan_run({**request, "sequencer": "01"}, "arn-1")["run_id"]
    account.runs.advance(first, RunStatus.REJECTED)
    account.s3.delete_object(Bucket=BUCKET, Key=CORPUS_KEY + ".bak")
    corpus = tmp_path / "blogs.txt"
    corpus.write_bytes(CORPUS)
    send = submission.send

    def send_and_tell(*given):
        etag = send(*given)
        plan_run.plan_run({**request, "sequencer": "02"}, "arn-2")
        return etag

    monkeypatch.setattr(submission, "send", send_and_tell)

    status, out, _ = run("train", str(corpus), "--no-follow", "--json")

    assert status == 0
    assert json.loads(out)["run_id"] == f"{first}-2"


@pytest.mark.parametrize("in_the_bucket", [CORPUS, CORPUS * 2, None])
def test_again_trains_the_plan_and_the_corpus_that_it_shows(
    run, account, tmp_path, function, monkeypatch, in_the_bucket
):
    plan_run = function("plan_run")
    started = []

    class StateMachine:
        def start_execution(self, **request):
            started.append(plan_run.plan_run(json.loads(request["input"]), "arn-again"))

    clients = Deployment.client
    monkeypatch.setattr(
        Deployment,
        "client",
        lambda self, service: StateMachine() if service == "stepfunctions" else clients(self, service),
    )
    etag = account.put(CORPUS_KEY, CORPUS)
    account.put("plans/blogs.json", '{"hyperparameters": {"epochs": 1}}')
    uploaded = {"bucket": BUCKET, "key": CORPUS_KEY, "etag": etag}
    first = plan_run.plan_run(uploaded, "arn-1")["run_id"]
    account.put("plans/blogs.json", '{"hyperparameters": {"epochs": 2}}')
    if in_the_bucket is None:
        account.s3.delete_object(Bucket=BUCKET, Key=CORPUS_KEY)
    else:
        account.put(CORPUS_KEY, in_the_bucket)
    corpus = tmp_path / "blogs.txt"
    corpus.write_bytes(CORPUS)

    status, out, _ = run("train", str(corpus), "--set", "epochs=1", "--again", "--no-follow", "--json")

    assert status == 0
    assert started == [{"outcome": "START", "run_id": f"{first}-2", "reasons": []}]
    assert json.loads(out)["plan"]["hyperparameters"]["epochs"] == 1
    if in_the_bucket != CORPUS:
        assert plan_run.plan_run(uploaded, "arn-upload")["outcome"] == "DUPLICATE"


@pytest.mark.parametrize("command", [["train"], ["validate", "--corpus"]])
def test_files_that_are_missing_and_a_wrong_name_are_told_together(run, command):
    plan = ["--plan", "nowhere.json"] if command == ["train"] else []
    status, _, err = run(*command, "nowhere.txt", "--name", "a//b", *plan)

    said = " ".join(err.split())
    assert status == 1
    assert "the corpus's key is 'corpora/a//b.txt'" in said
    assert "the corpus can't be read: nowhere.txt: no such file" in said
    assert ("the plan can't be read: nowhere.json: No such file or directory" in said) == (
        command == ["train"]
    )


def test_wrong_settings_are_told_with_all_else(run, tmp_path):
    corpus = tmp_path / "a.txt"
    corpus.write_bytes(b"\x1f\x8b not text")
    settings = ("--set", "epochs=1", "--set", "epochs=2", "--set", "x", "--set", "vector_dim=0")

    status, _, err = run("train", str(corpus), *settings)

    assert status == 1
    for fault in ("--set epochs is given twice", "--set x: write it as", "vector_dim is '0'", "gzip archive"):
        assert fault in err


def test_an_empty_name_is_not_taken_for_none(run, tmp_path):
    corpus = tmp_path / "a.txt"
    corpus.write_bytes(CORPUS)

    status, _, err = run("train", str(corpus), "--name", "")

    assert (status, "the corpus's key is 'corpora/.txt'" in err) == (1, True)


@pytest.mark.parametrize("setting", ["epochs", "epochs=0", "colour=red"])
def test_a_wrong_setting_is_a_sentence(run, tmp_path, setting):
    corpus = tmp_path / "a.txt"
    corpus.write_bytes(CORPUS)

    status, _, err = run("train", str(corpus), "--set", setting)

    assert status == 1
    assert setting.split("=")[0] in err


def test_a_corpus_that_is_not_there(run):
    status, _, err = run("train", "nowhere.txt")

    assert status == 1
    assert "nowhere.txt: no such file" in err


@pytest.mark.parametrize(
    ("command", "what_to_do"),
    [
        (["train"], True), (["validate", "--corpus"], True), (["corpus", "stats"], True), (["sets", "add"], False),
    ],
)  # fmt: skip
def test_an_address_in_s3_is_told_to_be_no_file_of_this_machine(run, command, what_to_do):
    status, _, err = run(*command, "s3://elsewhere/texts/a.txt")

    assert status == 1
    said = " ".join(err.split())
    assert "s3://elsewhere/texts/a.txt: it is in S3, and this command takes a file on this machine" in said
    copied = "aws s3 cp s3://elsewhere/texts/a.txt s3://BUCKET/corpora/NAME.txt"
    assert (copied in said) == what_to_do


def test_validate_says_of_a_corpus_whether_its_time_is_known(run, tmp_path):
    corpus, plan = tmp_path / "blogs.txt", tmp_path / "plan.json"
    corpus.write_bytes(CORPUS)
    plan.write_text('{"engine": "wordvectors"}')

    assert "Expected: about" in " ".join(run("validate", "--corpus", str(corpus))[1].split())
    said = "Expected: not known, as no run of this kind has completed yet."
    assert said in run("validate", str(plan), "--corpus", str(corpus))[1]
    assert "Expected" not in run("validate", str(plan))[1]


def test_what_is_no_file_is_called_what_it_is(run, tmp_path):
    for what, fault in ((tmp_path, "it is a folder"), ("/dev/null", "it is a device or a pipe")):
        status, _, err = run("train", str(what))

        assert status == 1
        assert f"{what}: {fault}" in " ".join(err.split())


def test_a_name_that_the_pipeline_refuses_is_not_uploaded(run, account, tmp_path):
    corpus = tmp_path / "blogs.txt"
    corpus.write_bytes(CORPUS)

    status, _, err = run("train", str(corpus), "--name", "a//b")

    assert status == 1
    assert "the corpus's key is 'corpora/a//b.txt'; it must be corpora/NAME.txt" in " ".join(err.split())
    assert account.s3.list_objects_v2(Bucket=BUCKET, Prefix="corpora/")["KeyCount"] == 0


@pytest.mark.parametrize("command", [["train", "--plan"], ["validate", "--corpus"]])
def test_a_volume_too_small_is_told_before_the_upload(run, tmp_path, command):
    corpus, plan = tmp_path / "blogs.txt", tmp_path / "plan.json"
    corpus.write_bytes(CORPUS)
    plan.write_text(
        '{"resources": {"volume_gb": 2}, "hyperparameters": {"mode": "skipgram", "subwords": true}}'
    )
    files = [str(corpus), str(plan)] if command[0] == "train" else [str(plan), str(corpus)]

    status, _, err = run(command[0], files[0], command[1], files[1])

    assert status == 1
    assert "set resources.volume_gb to" in " ".join(err.split())


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (RunStatus.PLANNED, "is being trained with this plan"),
        (RunStatus.FAILED, "The run of this corpus with this plan failed"),
        (RunStatus.STOPPED, "The run of this corpus with this plan was stopped"),
    ],
)
def test_train_says_how_the_run_that_is_there_stands(run, account, tmp_path, function, status, said):
    account.put(CORPUS_KEY, CORPUS)
    run_id = function("plan_run").plan_run({"bucket": BUCKET, "key": CORPUS_KEY}, "arn")["run_id"]
    account.runs.advance(run_id, status)
    corpus = tmp_path / "blogs.txt"
    corpus.write_bytes(CORPUS)

    _, _, err = run("train", str(corpus), "--no-follow", "--json")

    assert said in err
    assert "--again" in err


def test_a_valid_plan_is_printed_with_its_defaults(run, tmp_path):
    plan = tmp_path / "plan.json"
    plan.write_text('{"hyperparameters": {"vector_dim": 50}}')

    status, out, _ = run("validate", str(plan), "--json")

    assert status == 0
    found = json.loads(out)
    assert found["plan"]["hyperparameters"]["vector_dim"] == 50
    assert found["cost"]["most"] == 4.896
    assert "Cost: at most $4.90" in run("validate", str(plan))[1]


def test_validate_names_what_the_deployment_does_not_allow(run, outputs, tmp_path):
    outputs["Limits"] = Limits(max_instance_count=1).model_dump_json()
    plan = tmp_path / "plan.json"
    plan.write_text('{"resources": {"instance_count": 2}, "colour": 1}')

    status, _, err = run("validate", str(plan))

    assert status == 1
    assert "this deployment allows at most 1" in err
    assert "colour is not a key" in err


def test_a_plan_is_checked_without_a_deployment_too(tmp_path, monkeypatch):
    monkeypatch.setenv("WORDVECTORS_HOME", str(tmp_path))
    plan = tmp_path / "plan.json"
    plan.write_text('{"resources": {"instance_type": "ml.c5.18xlarge"}}')

    result = CliRunner().invoke(app, ["validate", str(plan), "--json"])

    assert result.exit_code == 0
    assert "cost" not in json.loads(result.stdout)


BASE_INSTALL = """
import sys
from wordvectors.extras import MODULES
sys.modules.update(dict.fromkeys(module for brought in MODULES.values() for module in brought))  # None: not there
from wordvectors.cli import main
main()
"""


@pytest.mark.parametrize(
    ("target", "status", "said"), [("local", 1, "✗ 2 faults found"), ("aws", 1, "✗ This command")]
)
def test_a_plan_and_a_corpus_are_checked_without_any_extra(tmp_path, target, status, said):
    plan, corpus = tmp_path / "plan.json", tmp_path / "corpus.txt"
    plan.write_text('{"colour": 1}')
    corpus.write_text("")

    ended = subprocess.run(
        [sys.executable, "-c", BASE_INSTALL, "validate", plan, "--corpus", corpus, "--target", target],
        capture_output=True, text=True, check=False,
        env={**os.environ, "WORDVECTORS_HOME": str(tmp_path), "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip

    assert (ended.returncode, ended.stderr.partition("\n")[0][: len(said)]) == (status, said)


@pytest.mark.parametrize("setting", ["=3", " =3", "epochs"])
def test_a_setting_without_a_name_or_a_value_is_told_as_it_was_written(run, tmp_path, setting):
    text = tmp_path / "text.txt"
    text.write_bytes(CORPUS)
    for command in (["train", str(text)], ["clean", str(text), "--to", str(tmp_path / "clean.txt")]):
        status, _, err = run(*command, "--set", setting)

        assert status == 1
        assert f"--set {setting}: write it as name=value" in err
        assert "hyperparameters." not in err


def test_the_schema_of_a_plan(run):
    assert json.loads(run("validate", "--schema")[1])["title"] == "wordvectors training plan"


@pytest.mark.parametrize(
    "command",
    [["runs", "--status", "done"], ["runs", "--target", "done"], ["export", "x", "--format", "done"]],
)
def test_a_wrong_choice_is_told_in_plain_words(run, command):
    status, _, err = run(*command)

    assert status == 2
    assert "'done' is not one of " in err
    assert "Value error" not in err


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["runs", "--limit", "0"], "'--limit': it should be greater than or equal to 1"),
        (["runs", "--limit", "few"], "'--limit': it should be a whole number"),
        (["runs", "--limit", "9" * 20], "'--limit': it should be less than or equal to 1000000"),
        (["history", "--limit", "9" * 20], "'--limit': it should be less than or equal to 1000000"),
        (["tunings", "--limit", "9" * 20], "'--limit': it should be less than or equal to 1000000"),
        (["prune", "--keep-best", "9" * 20], "'--keep-best': it should be less than or equal to 1000000"),
        (
            ["neighbours", "latest", "cat", "-n", "9" * 20],
            "'-n' / '--topn': it should be less than or equal to 1000000",
        ),
        (
            ["clean", "raw", "--to", "corpus.txt", "--workers", "9" * 20],
            "'--workers': it should be less than or equal to 1024",
        ),
        (["clean", "a", "--to", "b", "--most-bad", "few"], "'--most-bad': it should be a number"),
    ],
)
def test_a_wrong_number_is_told_in_plain_words(run, command, said):
    status, _, err = run(*command)

    assert (status, err.splitlines()[0]) == (2, f"✗ Invalid value for {said}")


def test_a_status_is_taken_in_any_case(run, completed):
    assert RUN_ID in run("runs", "--status", "Completed")[1]


def test_wrong_usage_ends_with_two(run):
    assert run("validate")[0] == 2
    assert run("show")[0] == 2
    assert run("nonsense")[0] == 2


def test_without_a_local_cloud_the_way_to_start_one_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("WORDVECTORS_HOME", str(tmp_path))

    result = CliRunner().invoke(app, ["runs"])

    assert "wordvectors local start" in str(result.exception.faults)


def test_a_profile_belongs_to_aws():
    result = CliRunner().invoke(app, ["runs", "--profile", "x"])

    assert "--target aws" in str(result.exception)


@pytest.fixture
def reported(completed, account):
    """The completed run, with its report."""
    account.put(f"runs/{RUN_ID}/report.html", "<!doctype html><title>blogs</title>")


@pytest.fixture
def browser(monkeypatch):
    """What the browser was asked to open."""
    opened = []
    monkeypatch.setattr("webbrowser.open", lambda uri: opened.append(uri) or True)
    return opened


def test_a_report_is_kept_and_opened(run, reported, browser, tmp_path):
    status, out, _ = run("open", RUN_ID)

    assert status == 0
    file = tmp_path / "home" / "cache" / f"{RUN_ID}.html"
    assert out.strip() == str(file)
    assert "<title>blogs</title>" in file.read_text()
    assert browser == [file.as_uri()]


def test_a_report_is_written_where_it_is_wanted_without_a_browser(run, reported, browser, tmp_path):
    file = tmp_path / "reports" / "blogs.html"

    status, out, _ = run("open", "latest", "--no-browser", "--to", str(file))

    assert (status, out.strip(), browser) == (0, str(file), [])
    assert "blogs" in file.read_text()


def test_a_machine_without_a_browser_says_where_the_report_is(run, reported, monkeypatch):
    monkeypatch.setattr("webbrowser.open", lambda uri: False)

    status, out, err = run("open", RUN_ID)

    assert status == 1
    assert out.strip() in err


def test_a_run_without_a_report_says_why(run, completed, account, browser):
    status, _, err = run("open", RUN_ID)
    assert status == 1
    assert f"has no report\n  • there is no object s3://{BUCKET}/runs/{RUN_ID}/report.html" in err

    account.claim({
        "run_id": "wv-poor-1", "status": "COMPLETED", "warnings": ["there is no report: out of memory"],
    })  # fmt: skip
    assert "there is no report: out of memory" in run("open", "wv-poor-1")[2]

    account.claim({"run_id": "wv-failed-1", "status": "FAILED", "reason": "no words"})
    assert "wv-failed-1 is FAILED: it has no report\n  • no words" in run("open", "wv-failed-1")[2]
    assert browser == []


def test_a_report_that_can_not_be_written_is_a_sentence(run, reported, browser, tmp_path):
    (tmp_path / "file").write_text("")

    status, _, err = run("open", RUN_ID, "--to", str(tmp_path / "file" / "report.html"))

    assert status == 1
    assert "can't be written" in err
    assert "Traceback" not in err


def test_a_file_that_cannot_be_written_is_told_in_a_sentence(run, account, tmp_path):
    trained(account, RUN_ID, VECTORS)
    (tmp_path / "taken").write_text("a file")

    status, _, err = run("runs", "--html", str(tmp_path / "taken" / "runs.html"))

    assert status == 1
    assert err.split("\n")[:2] == [
        "✗ A file could not be used",
        f"  • {tmp_path}/taken/runs.html: Not a directory",
    ]


def test_credentials_that_botocore_stumbles_over_later_are_a_sentence(run, account, monkeypatch):
    def stumble(*given, **more):
        late = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b").get_credentials()
        late.access_key = 1
        SigV4Auth(late, "s3", "us-east-1").add_auth(AWSRequest("GET", "http://127.0.0.1"))

    monkeypatch.setattr("wordvectors.cli.leaderboard.found_runs", stumble)

    status, _, err = run("runs")

    assert (status, err.split("\n")[0]) == (1, "✗ AWS's credentials could not be used")


def test_an_upload_that_s3_does_not_take_is_told_in_a_sentence(run, account, monkeypatch, tmp_path):
    """boto3's transfers wrap the service's error into one of their own."""
    corpus = tmp_path / "my.txt"
    corpus.write_text("the cat sat on the mat\n" * 500)

    def fail(*given, **more):
        raise S3UploadFailedError("Failed to upload my.txt: there is no room left")

    monkeypatch.setattr(submission, "send", fail)

    status, _, err = run("train", str(corpus))

    assert status == 1
    assert "✗ AWS did not do what was asked\n  • Failed to upload my.txt: there is no room left" in err


def test_a_row_that_cannot_be_read_is_named_and_the_others_are_shown(run, account, completed):
    row = {"run_id": "wv-broken", "kind": "run", "created_at": "2026-01-01", "status": "?"}
    boto3.client("dynamodb").put_item(TableName=TABLE, Item={k: {"S": v} for k, v in row.items()})

    status, out, err = run("runs")
    assert (status, RUN_ID in out, "wv-broken" in out) == (0, True, False)
    assert err.startswith("! the row of wv-broken can't be read (status: ")
    assert run("show", "wv-broken")[2].startswith(
        "✗ A run can't be read\n  • the row of wv-broken can't be read"
    )


def test_what_the_terminals_encoding_lacks_is_replaced(account, tmp_path):
    corpus = tmp_path / "größe.txt"
    corpus.write_text("drei kleine Wörter stehen hier\n")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "WORDVECTORS_HOME": str(tmp_path)}

    done = subprocess.run(
        [sys.executable, "-m", "wordvectors.cli", "clean", str(corpus), "--to", str(tmp_path / "über.txt")],
        capture_output=True,
        text=True,
        env=environment,
    )

    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    assert (tmp_path / "über.txt").read_text() == "drei kleine wörter stehen hier\n"


def test_in_the_local_cloud_nothing_is_paid_and_that_is_said(run, account, tmp_path, monkeypatch):
    cost = {"price_per_hour": 0.2, "currency": "USD", "price_date": "2026-11-20", "most": 1.0, "actual": 0.04}
    local = "arn:aws:states:us-east-1:000000000000:execution:machine:one"
    account.claim({"run_id": RUN_ID, "status": "COMPLETED", "execution_arn": local, "cost": cost})
    corpus = tmp_path / "blogs.txt"
    corpus.write_bytes(CORPUS)
    monkeypatch.setattr(Deployment, "is_local", True)

    assert "AWS COST" in run("runs")[1]
    assert "nothing here; in AWS $0.0400 (" in run("show", RUN_ID)[1]
    assert "Cost: nothing here; in AWS at most $4.90 (" in run("validate", "--corpus", str(corpus))[1]


@pytest.mark.parametrize(("status", "waits"), [("QUEUED", True), ("STOPPED", False)])
def test_what_a_run_waits_for_is_shown_while_it_waits(run, account, status: str, waits: bool):
    account.claim({"run_id": RUN_ID, "status": status, "execution_arn": "x", "waiting_for": "a place"})
    assert ("Waiting for" in run("show", RUN_ID)[1]) is waits


@pytest.mark.parametrize("name", ["WS-353", "EN-WS-353-ALL.txt", "wordsim353"])
def test_a_set_is_named_as_plans_name_it_too(run, completed, name):
    assert run("best", "--corpus", "blogs", "--by", name)[1] == f"{RUN_ID}\n"
    assert json.loads(run("runs", "--by", name, "--json")[1])[0]["run_id"] == RUN_ID
    promoted = json.loads(run("promote", RUN_ID, "--by", name, "--json")[1])
    assert (promoted["measure"], promoted["score"]) == ("WS-353", 0.7045)
