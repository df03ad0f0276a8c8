"""From an uploaded corpus to a final status: success, rejection, failure, repetition, stop."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import tarfile
import uuid
from collections import Counter

import pytest

from local_cloud import account
from tests.faults.book import Fault, FaultBook, Rule
from tests.workflow.conftest import PATIENCE_SECONDS, start, wait_until
from wordvectors import figures
from wordvectors.blazingtext.eval_json import read_eval_json
from wordvectors.lifecycle.keys import MODELS, PLAN_METADATA, fixed_plan_key

QUICK = {"hyperparameters": {"epochs": 1, "vector_dim": 20, "min_count": 1}}
LONG = {"hyperparameters": {"epochs": 10_000, "vector_dim": 20, "min_count": 1}}
TEXT = b"the cat sat on the mat\nthe dog sat on the log\n" * 100


@pytest.fixture(scope="package")
def trained(pipeline, english):
    """A run on real English text, started by nothing but an upload."""
    pipeline.put("plans/english.json", {"hyperparameters": {"epochs": 2, "vector_dim": 50}})
    etag = pipeline.put("corpora/english.txt", english)
    return pipeline.ended_run_of("corpora/english.txt"), etag


def test_an_upload_becomes_an_evaluated_model(pipeline, trained, english):
    run, etag = trained

    assert run["status"] == "COMPLETED", run.get("reason")
    corpus = dict(run["corpus"])
    sample = corpus.pop("sample")
    counted = corpus.pop("counted")
    words = Counter(english.split())
    assert (counted["lines"], counted["tokens"]) == (english.count(b"\n"), words.total())
    assert counted["vocabulary"][2]["words"] == sum(times >= 5 for times in words.values())
    assert (sample["language"], sample["sampled_bytes"] > 0, sample["tokens"] > 1000) == ("en", True, True)
    assert corpus == {
        "bucket": pipeline.bucket, "key": "corpora/english.txt", "name": "english", "etag": etag,
        "bytes": len(english),
    }  # fmt: skip
    assert run["training"]["job_status"] == "Completed"
    assert run["training"]["vector_dim"] == 50
    assert run["training"]["billed_instance_seconds"] >= 1
    assert run["training"]["job_seconds"] >= run["training"]["training_seconds"]
    assert run["progress"]["words_per_second"] > 0
    assert pipeline.execution_of(run)["status"] == "SUCCEEDED"


def test_the_scores_are_those_that_the_training_wrote(pipeline, trained):
    run, _ = trained
    body = pipeline.s3.get_object(Bucket=pipeline.bucket, Key=f"{MODELS}{run['run_id']}/output/model.tar.gz")
    with tarfile.open(fileobj=io.BytesIO(body["Body"].read())) as tar:
        names = [member.name for member in tar.getmembers()]
        written = read_eval_json(tar.extractfile("eval.json").read().decode())

    assert sorted(names) == ["eval.json", "vectors.bin", "vectors.txt"]
    assert run["mean_rho"] == pytest.approx(written.mean_rho, abs=1e-12)
    sets = run["evaluation"]["sets"]
    assert set(sets) == {*written.sets, "SimLex-999", "Google-analogies", "own-text"}
    assert 0 < sets["SimLex-999"]["coverage"] < 1
    assert sets["Google-analogies"]["total_questions"] == 19_544
    for name, score in written.sets.items():
        assert sets[name]["spearmans_rho"] == pytest.approx(score.spearmans_rho, abs=1e-12)
        assert sets[name]["coverage"] == pytest.approx(score.found / score.total_pairs)


def test_a_plan_may_name_the_project_s_own_engine(pipeline, english):
    plan = {
        "engine": "wordvectors",
        "hyperparameters": {"epochs": 3, "vector_dim": 20, "seed": 3, "threads": 1},
        "evaluation": {"sets": ["WS-353", "SimLex-999", "mine"]},
        "early_stopping": {"patience": 3, "set": "mine"},
    }
    pipeline.put("evaluation/mine.csv", "one,two,score\nking,queen,9\nking,water,1\nsea,water,7\nwar,sea,2\n")
    pipeline.put("plans/own.json", plan)
    pipeline.put("corpora/own.txt", english)
    run = pipeline.ended_run_of("corpora/own.txt")

    assert run["status"] == "COMPLETED", run.get("reason")
    assert run["plan"]["engine"] == "wordvectors"
    assert isinstance(run["mean_rho"], float)
    assert run["progress"]["words_per_second"] > 0
    job = pipeline.deployment.client("sagemaker").describe_training_job(TrainingJobName=run["run_id"])
    assert job["AlgorithmSpecification"]["ContainerEntrypoint"][0] == "python3.12"
    assert job["EnableNetworkIsolation"] is True
    assert (job["HyperParameters"]["seed"], job["HyperParameters"]["threads"]) == ("3", "1")
    metrics = {metric["MetricName"]: metric["Value"] for metric in job["FinalMetricDataList"]}
    assert set(metrics) == {"train:mean_rho", "train:SimLex-999", "train:mine"}
    assert [one["epoch"] for one in run["epoch_scores"]] == [1, 2, 3]
    last = run["epoch_scores"][-1]["scores"]
    for name in ("SimLex-999", "mine"):
        assert run["evaluation"]["sets"][name]["spearmans_rho"] == pytest.approx(last[name], abs=1e-4)
    assert run["mean_rho"] == pytest.approx(last["mean_rho"], abs=1e-4)
    page = pipeline.s3.get_object(Bucket=pipeline.bucket, Key=f"runs/{run['run_id']}/report.html")[
        "Body"
    ].read()
    assert b"mean_rho after each epoch" in page
    place = f"s3://{pipeline.bucket}/checkpoints/{run['fingerprint']}/"
    assert job["CheckpointConfig"]["S3Uri"] == place


def test_one_text_with_two_plans_within_a_moment_is_two_runs(pipeline):
    for epochs in (1, 2):
        plan = json.dumps({"hyperparameters": {**QUICK["hyperparameters"], "epochs": epochs}}).encode()
        pipeline.put(fixed_plan_key(plan), plan)
        named = {PLAN_METADATA: fixed_plan_key(plan)}
        pipeline.s3.put_object(Bucket=pipeline.bucket, Key="corpora/replanned.txt", Body=TEXT, Metadata=named)

    def trained() -> list[int]:
        runs = [run for run in pipeline.deployment.runs.newest() if run.corpus_key == "corpora/replanned.txt"]
        return sorted(run.plan.hyperparameters.epochs for run in runs)

    wait_until(lambda: trained() == [1, 2], lambda: f"two runs; those there are train {trained()} epochs")


def test_a_run_has_its_report(pipeline, trained):
    run, _ = trained
    key = f"runs/{run['run_id']}/report.html"
    assert run["artifacts"]["report"] == f"s3://{pipeline.bucket}/{key}"
    page = pipeline.s3.get_object(Bucket=pipeline.bucket, Key=key)["Body"].read().decode()

    mapped = json.loads(re.search(r'id="map-data">(.*?)</script>', page)[1])
    assert len(mapped["places"]) == 400
    assert len(mapped["near"]) > 1_000
    assert {len(near) for near in mapped["near"]} == {20}
    assert figures.rho(run["mean_rho"]) in page


def test_a_report_that_fails_does_not_fail_the_run(pipeline, trained):
    functions = pipeline.deployment.client("lambda")
    (function,) = [
        found for found in functions.list_functions()["Functions"] if "RenderReport" in found["FunctionName"]
    ]
    name, variables = function["FunctionName"], function["Environment"]["Variables"]
    functions.update_function_configuration(
        FunctionName=name, Environment={"Variables": {**variables, "BUCKET_NAME": "there-is-no-such-bucket"}}
    )
    try:
        pipeline.put("plans/reportless.json", QUICK)
        pipeline.put("corpora/reportless.txt", TEXT)
        run = pipeline.ended_run_of("corpora/reportless.txt")
    finally:
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})

    assert run["status"] == "COMPLETED"
    assert "report" not in run["artifacts"]
    assert run["warnings"][-1].startswith("there is no report: AccessDenied: ")
    assert pipeline.execution_of(run)["status"] == "SUCCEEDED"
    assert len(pipeline.messages_about(run["run_id"])) == 1


def test_people_are_told_once(pipeline, trained):
    run, _ = trained
    (message,) = pipeline.messages_about(run["run_id"])

    assert "has ended: COMPLETED" in message
    assert f"mean_rho: {figures.rho(run['mean_rho'])}" in message


def test_the_training_log_is_in_cloudwatch(pipeline, trained):
    run, _ = trained
    log = "\n".join(pipeline.deployment.training_logs.head(run["run_id"], limit=200))

    assert "Number of words:" in log
    assert f"#mean_rho: {run['mean_rho']}"[:16] in log


def test_a_plan_with_three_faults_is_rejected_naming_all_three(pipeline):
    plan = {
        "hyperparameters": {"vector_dim": 0, "mode": "cbow"},
        "resources": {"instance_count": 3},
        "colour": 1,
    }
    pipeline.put("plans/faulty.json", plan)
    pipeline.put("corpora/faulty.txt", TEXT)

    run = pipeline.ended_run_of("corpora/faulty.txt")

    assert run["status"] == "REJECTED"
    reasons = "\n".join(run["reasons"])
    (message,) = pipeline.messages_about(run["run_id"])
    for fault in ("vector_dim is 0", "instance_count is 3", "colour is not a key"):
        assert fault in reasons
        assert fault in message
    execution = pipeline.execution_of(run)
    assert (execution["status"], execution["error"]) == ("FAILED", "RunRejected")
    assert pipeline.deployment.training_jobs.describe(run["run_id"]) is None


def test_a_corpus_under_a_key_of_its_owner_is_rejected_naming_the_key(pipeline):
    key = "arn:aws:kms:us-east-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    pipeline.s3.put_object(
        Bucket=pipeline.bucket, Key="corpora/secret.txt", Body=TEXT,
        ServerSideEncryption="aws:kms", SSEKMSKeyId=key,
    )  # fmt: skip

    run = pipeline.ended_run_of("corpora/secret.txt")

    (reason,) = run["reasons"]
    assert run["status"] == "REJECTED"
    assert f"corpora/secret.txt is encrypted with the KMS key {key}" in reason
    assert "kms_key_arns" in pipeline.messages_about(run["run_id"])[0]


def test_a_corpus_that_breaks_the_training_fails_with_a_reason_a_person_understands(pipeline):
    """All words are different: seen only by reading it all, which planning does not do."""
    pipeline.put("corpora/broken.txt", " ".join(uuid.uuid4().hex for _ in range(30_000)))

    run = pipeline.ended_run_of("corpora/broken.txt")

    assert run["status"] == "FAILED"
    assert "no word occurs at least 5 times" in run["reason"]
    assert pipeline.execution_of(run)["error"] == "RunFailed"
    assert len(pipeline.messages_about(run["run_id"])) == 1


def test_evaluation_that_was_off_is_said(pipeline):
    pipeline.put("plans/silent.json", {"hyperparameters": {**QUICK["hyperparameters"], "evaluation": False}})
    pipeline.put("corpora/silent.txt", TEXT)

    run = pipeline.ended_run_of("corpora/silent.txt")

    assert run["status"] == "COMPLETED"
    assert "mean_rho" not in run
    assert "switched off" in run["evaluation"]["note"]


@pytest.mark.parametrize("name", ["my news + more 100%", "tschüß 日本語", "deep/er/" + "x" * 200])
def test_unusual_keys_are_trained(pipeline, name):
    pipeline.put(f"plans/{name}.json", QUICK)
    pipeline.put(f"corpora/{name}.txt", TEXT)

    run = pipeline.ended_run_of(f"corpora/{name}.txt")

    assert run["status"] == "COMPLETED", run.get("reason")
    assert run["plan"]["hyperparameters"]["vector_dim"] == 20


def test_the_same_event_twice_trains_once(pipeline):
    pipeline.put("plans/twice.json", QUICK)
    etag = pipeline.put("corpora/twice.txt", TEXT)
    first = pipeline.ended_run_of("corpora/twice.txt")
    before = len(pipeline.executions())

    again = pipeline.deployment.client("stepfunctions").start_execution(
        stateMachineArn=pipeline.deployment.outputs["StateMachineArn"],
        input=json.dumps({"bucket": pipeline.bucket, "key": "corpora/twice.txt", "etag": etag}),
    )

    execution = pipeline.execution_of({"execution_arn": again["executionArn"]})
    assert execution["status"] == "SUCCEEDED"
    assert json.loads(execution["output"])["outcome"] == "DUPLICATE"
    runs = [run for run in pipeline.deployment.runs.newest() if run.corpus_key == "corpora/twice.txt"]
    assert [run.run_id for run in runs] == [first["run_id"]]
    assert len(pipeline.executions()) == before + 1


def test_only_corpora_start_runs_and_the_pipelines_own_writes_do_not(pipeline, trained):
    before = len(pipeline.executions())
    for key in ("models/a.txt", "runs/corpora/a.txt", "corpora/a.csv", "raw/a.txt", "plans/corpora.txt"):
        pipeline.put(key, TEXT)
    pipeline.put("plans/marker.json", QUICK)
    pipeline.put("corpora/marker.txt", TEXT)

    pipeline.ended_run_of("corpora/marker.txt")

    assert len(pipeline.executions()) == before + 1


def test_a_caller_who_names_anothers_run_does_not_end_it(pipeline, english):
    """The input of an execution whose first step fails is not believed to be the pipeline's state."""
    pipeline.put("plans/victim.json", LONG)
    pipeline.put("corpora/victim.txt", english)
    victim = pipeline.run_of("corpora/victim.txt", lambda run: run.get("progress", {}).get("percent"))
    forged = {
        "bucket": pipeline.bucket,
        "key": "corpora/victim.txt",
        "run_id": victim["run_id"],
        "plan": QUICK,
    }
    book = FaultBook(pipeline.home)
    refused = Rule("row refused", "victim", "plan_run", "dynamodb:PutItem", Fault.DENIED)
    book.add(refused)
    try:
        started = pipeline.deployment.client("stepfunctions").start_execution(
            stateMachineArn=pipeline.deployment.outputs["StateMachineArn"], input=json.dumps(forged)
        )
        assert pipeline.execution_of({"execution_arn": started["executionArn"]})["status"] == "FAILED"
    finally:
        book.remove(refused)
    assert pipeline.deployment.training_jobs.describe(victim["run_id"]).status == "InProgress"
    row = pipeline.deployment.runs.require(victim["run_id"])
    assert not row.status.is_final
    assert pipeline.deployment.stop(row) == "training job"
    pipeline.ended_run_of("corpora/victim.txt")


def test_a_stopped_training_job_is_an_outcome_of_its_own(pipeline, english):
    pipeline.put("plans/stopped.json", LONG)
    pipeline.put("corpora/stopped.txt", english)
    run = pipeline.run_of("corpora/stopped.txt", lambda run: run.get("progress", {}).get("percent"))

    assert pipeline.deployment.stop(pipeline.deployment.runs.require(run["run_id"])) == "training job"

    run = pipeline.ended_run_of("corpora/stopped.txt")
    assert (run["status"], run["training"]["job_status"]) == ("STOPPED", "Stopped")
    assert "`wordvectors stop` by arn:aws:iam::000000000000:user/wordvectors" in run["reason"]
    assert run["cost"]["actual"] > 0
    assert pipeline.execution_of(run)["error"] == "RunStopped"


def test_an_aborted_execution_leaves_no_job_running_and_no_run_open(pipeline, english):
    pipeline.put("plans/aborted.json", LONG)
    pipeline.put("corpora/aborted.txt", english)
    run = pipeline.run_of("corpora/aborted.txt", lambda run: run.get("progress", {}).get("percent"))

    pipeline.deployment.client("stepfunctions").stop_execution(
        executionArn=run["execution_arn"], cause="somebody pressed the button"
    )

    run = pipeline.ended_run_of("corpora/aborted.txt")
    assert run["status"] == "STOPPED"
    assert "somebody pressed the button" in run["reason"]
    jobs = pipeline.deployment.training_jobs
    wait_until(lambda: jobs.describe(run["run_id"]).status == "Stopped", lambda: "the job to stop")
    assert len(pipeline.messages_about(run["run_id"])) == 1


def test_the_command_line_trains_follows_and_asks_for_neighbours(pipeline, tmp_path):
    corpus = tmp_path / "cats.txt"
    corpus.write_bytes(TEXT)

    def wordvectors(*arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", "wordvectors.cli", *arguments],
            env={**os.environ, "WORDVECTORS_HOME": str(pipeline.home)},
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )

    trained = wordvectors("train", str(corpus), "--set", "epochs=1", "--set", "vector_dim=20", "--json")
    assert trained.returncode == 0, trained.stderr
    run_id = json.loads(trained.stdout)["run_id"]

    near = wordvectors("neighbours", run_id, "cat", "--json")
    assert {entry["word"] for entry in json.loads(near.stdout)["cat"]["neighbours"]} <= set(
        TEXT.decode().split()
    )

    again = wordvectors(
        "train", str(corpus), "--set", "epochs=1", "--set", "vector_dim=20", "--again", "--json"
    )
    assert json.loads(again.stdout)["run_id"] == f"{run_id}-2"

    shown = wordvectors("runs", "--json")
    assert {run["run_id"] for run in json.loads(shown.stdout)} >= {run_id, f"{run_id}-2"}


def test_ctrl_c_asks_whether_to_leave_the_run_or_to_stop_it(pipeline, english, tmp_path):
    corpus = tmp_path / "interrupted.txt"
    corpus.write_bytes(english)
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps(LONG))
    following = subprocess.Popen(
        [sys.executable, "-m", "wordvectors.cli", "train", str(corpus), "--plan", str(plan)],
        env={**os.environ, "WORDVECTORS_HOME": str(pipeline.home)},
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    pipeline.run_of("corpora/interrupted.txt", lambda run: run.get("progress", {}).get("percent"))

    following.send_signal(signal.SIGINT)
    _, printed = following.communicate("stop\n", timeout=PATIENCE_SECONDS)

    assert "Leave wv-interrupted" in printed
    assert pipeline.ended_run_of("corpora/interrupted.txt")["status"] == "STOPPED"
    assert following.returncode == 1


def test_a_second_start_finds_the_runs(pipeline, trained):
    run, _ = trained
    account.stop(pipeline.home)
    assert account.status(pipeline.home).running is False

    start(pipeline.home)

    assert pipeline.deployment.runs.get(run["run_id"]).to_json() == run
    assert pipeline.deployment.bucket.find(f"{MODELS}{run['run_id']}/output/model.tar.gz")
    pipeline.put("plans/later.json", QUICK)
    pipeline.put("corpora/later.txt", TEXT)
    assert pipeline.ended_run_of("corpora/later.txt")["status"] == "COMPLETED"
