"""Money, alarms and the doctor on the whole pipeline: what a run costs, who is told, and what is put right."""

from __future__ import annotations

import json
import os
import signal
from datetime import timedelta
from pathlib import Path

import pytest

from local_cloud.connection import Files
from tests.workflow.conftest import command, subscribe, wait_until
from wordvectors.client import orphans
from wordvectors.client.patient import Patient
from wordvectors.client.preflight import examine

TEXT = b"the cat sat on the mat\nthe dog sat on the log\n" * 400
QUICK = {"hyperparameters": {"epochs": 1, "vector_dim": 20}}
LONG = {"hyperparameters": {"epochs": 2_000, "vector_dim": 100}}


def test_what_a_run_may_cost_and_what_it_did(pipeline):
    """The function asks the price list under its own role, over HTTP, and keeps the price for the next."""
    pipeline.put(
        "plans/priced.json", {**QUICK, "resources": {"max_runtime_seconds": 3600, "instance_count": 2}}
    )
    pipeline.put("corpora/priced.txt", TEXT)

    run = pipeline.ended_run_of("corpora/priced.txt")

    cost, billed = run["cost"], run["training"]["billed_instance_seconds"]
    assert (cost["price_per_hour"], cost["currency"], cost["most"]) == (0.204, "USD", 0.408)
    assert cost["actual"] == pytest.approx(billed / 3600 * 0.204, abs=1e-6)
    assert "Cost: nothing here; in AWS $0.0" in pipeline.messages_about(run["run_id"])[0]
    assert pipeline.deployment.bucket.find("prices/ml.c5.xlarge.json")


def test_a_plan_beyond_the_limits_is_rejected(pipeline):
    pipeline.put("plans/huge.json", {"resources": {"instance_type": "ml.c5.18xlarge", "instance_count": 20}})
    pipeline.put("corpora/huge.txt", TEXT)

    run = pipeline.ended_run_of("corpora/huge.txt")

    assert run["status"] == "REJECTED"
    reasons = "\n".join(run["reasons"])
    assert "'ml.c5.18xlarge'; this deployment allows" in reasons
    assert "instance_count is 20; this deployment allows at most 4" in reasons


def test_the_command_line_tells_the_price_and_refuses_before_the_upload(pipeline, tmp_path):
    corpus, plan = tmp_path / "dear.txt", tmp_path / "plan.json"
    corpus.write_bytes(TEXT)
    plan.write_text('{"resources": {"instance_type": "ml.c5.18xlarge"}}')

    refused = command(pipeline, "train", str(corpus), "--plan", str(plan))
    assert refused.returncode == 1
    assert "Nothing was uploaded" in refused.stderr
    assert pipeline.deployment.bucket.find("corpora/dear.txt") is None

    plan.write_text(json.dumps(QUICK))
    priced = command(pipeline, "validate", str(plan))
    assert "Cost: nothing here; in AWS at most $4.90 ($0.204 per instance and hour" in priced.stdout


def kill_trainer_of(home: Path, job: str) -> None:
    """Kill the process that stands for a job's container."""
    record = json.loads((Files(home).jobs / job / "job.json").read_text())
    os.kill(record["process"]["pid"], signal.SIGKILL)


def test_a_failed_run_sets_off_its_alarm(pipeline, english):
    queue = subscribe(pipeline.deployment, pipeline.deployment.outputs["AlarmTopicArn"], "alarms")
    sqs, cloudwatch = pipeline.deployment.client("sqs"), pipeline.deployment.client("cloudwatch")
    (name,) = [
        alarm["AlarmName"]
        for alarm in cloudwatch.describe_alarms()["MetricAlarms"]
        if "RunsFailed" in alarm["AlarmName"]
    ]
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="runs of other tests failed")
    pipeline.put("plans/failing.json", LONG)
    pipeline.put("corpora/failing.txt", english)
    run = pipeline.run_of("corpora/failing.txt", lambda run: run.get("progress", {}).get("percent"))
    kill_trainer_of(pipeline.home, run["run_id"])
    assert pipeline.ended_run_of("corpora/failing.txt")["status"] == "FAILED"

    told: list[dict] = []

    def alarmed() -> bool:
        for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
            told.append(json.loads(json.loads(message["Body"])["Message"]))
        return any("RunsFailed" in message["AlarmName"] for message in told)

    wait_until(alarmed, lambda: f"the alarm; there came {told}")
    (message,) = [message for message in told if "RunsFailed" in message["AlarmName"]]
    assert message["NewStateValue"] == "ALARM"
    assert "wordvectors show" in message["AlarmDescription"]


def test_the_doctor_finds_nothing_wrong(pipeline):
    done = command(pipeline, "doctor", "--json")

    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    unknown = {name for name, check in checks.items() if check["status"] == "unknown"}
    assert unknown == {"Training quota", "Spot quota", "Account quotas"}
    assert {check["status"] for name, check in checks.items() if name not in unknown} == {"ok"}
    assert done.returncode == 0, done.stdout


def test_the_doctor_works_where_nothing_is(pipeline):
    done = command(pipeline, "doctor", "--stack", "Nothing")

    assert done.returncode == 1
    assert "✗ Stacks: the stack Nothing-Storage is not deployed" in done.stdout
    assert "Traceback" not in done.stderr


def test_what_a_lost_event_leaves_behind_is_found_and_put_right(pipeline, english, monkeypatch):
    """Without its rule nobody hears of the abort: the job runs on, and the run stays open."""
    events = pipeline.deployment.client("events")
    (rule,) = [
        rule["Name"] for rule in events.list_rules()["Rules"] if "Pipeline-StopOnAbort" in rule["Name"]
    ]
    monkeypatch.setattr(orphans, "CLOSING_TIME", timedelta(0))
    pipeline.put("plans/orphan.json", LONG)
    pipeline.put("corpora/orphan.txt", english)
    run = pipeline.run_of("corpora/orphan.txt", lambda run: run.get("progress", {}).get("percent"))
    events.disable_rule(Name=rule)
    try:
        pipeline.deployment.client("stepfunctions").stop_execution(executionArn=run["execution_arn"])
        wait_until(lambda: orphans.find_orphans(pipeline.deployment), lambda: "the orphan")

        checks = {check.name: check for check in examine(Patient(pipeline.deployment, "Wordvectors"))}
        assert checks["Orphans"].status == "fail"
        assert run["run_id"] in checks["Orphans"].text
        jobs = pipeline.deployment.training_jobs
        assert jobs.describe(run["run_id"]).status == "InProgress"  # a look changes nothing

        (orphan,) = orphans.find_orphans(pipeline.deployment)
        done = orphans.close_orphan(pipeline.deployment, orphan, pipeline.deployment.caller())
    finally:
        events.enable_rule(Name=rule)

    assert done == "its job is stopped and the run is STOPPED"
    wait_until(lambda: jobs.describe(run["run_id"]).status == "Stopped", lambda: "the job to stop")
    closed = pipeline.ended_run_of("corpora/orphan.txt")
    assert closed["status"] == "STOPPED"
    assert "doctor --fix` by arn:aws:iam::000000000000:user/wordvectors" in closed["reason"]
    assert closed["cost"]["estimated"] is True
    assert len(pipeline.messages_about(run["run_id"])) == 1
    assert orphans.find_orphans(pipeline.deployment) == []
