"""Starting, stopping, restarting and losing the local cloud."""

from __future__ import annotations

import http.server
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from local_cloud import account, processes
from local_cloud.connection import Connection, Files
from wordvectors.client import local_server

TRAINER = [sys.executable, str(Path(__file__).with_name("fake_trainer.py"))]
WAIT = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 600, "End": True}}}


def client(connection: Connection, service: str):
    """A client of the service."""
    return connection.client(service)


def entered(cloud: Any, execution: str) -> list[str]:
    """The names of the states that an execution has entered."""
    details = (event.get("stateEnteredEventDetails") for event in cloud.history(execution))
    return [found["name"] for found in details if found]


def kill(connection: Connection) -> None:
    """End the server as a crash would."""
    started = processes.start_time(connection.pid)
    os.kill(connection.pid, signal.SIGKILL)
    try:
        os.waitpid(connection.pid, 0)
    except ChildProcessError:
        processes.wait_until_gone(connection.pid, started, 30)


def start_job(helper, home: Path, **more: Any) -> dict:
    """Start the training job job-1, which runs for ever; its process."""
    helper.s3.create_bucket(Bucket="bucket-of-words")
    helper.s3.put_object(Bucket="bucket-of-words", Key="corpora/x.txt", Body=b"a b c\n")
    source = {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket-of-words/corpora/x.txt"}
    helper.sagemaker.create_training_job(
        TrainingJobName="job-1",
        AlgorithmSpecification={"TrainingImage": "x/blazingtext:1", "TrainingInputMode": "File"},
        RoleArn=helper.role(["sagemaker.amazonaws.com"], helper.allow(("*", "*"))),
        HyperParameters={"behaviour": "stubborn"},
        InputDataConfig=[{"ChannelName": "train", "DataSource": {"S3DataSource": source}}],
        OutputDataConfig={"S3OutputPath": "s3://bucket-of-words/models"},
        ResourceConfig={"InstanceType": "ml.c5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 5},
        **{"StoppingCondition": {"MaxRuntimeInSeconds": 600}, **more},
    )
    return trainer_process(helper, home)


def trainer_process(helper, home: Path) -> dict:
    """Wait until job-1 is Training and its trainer ignores SIGTERM; the trainer's process.

    In this order: the job is Training a moment after its process has started, and the file of an earlier try lies
    there until then.
    """
    job = Files(home).jobs / "job-1"
    described = helper.sagemaker.describe_training_job
    helper.wait_for(
        lambda: described(TrainingJobName="job-1")["SecondaryStatus"] == "Training", what="the training"
    )
    helper.wait_for((job / "opt/ml/waiting").exists, what="the trainer")
    return record(home)["process"]


def record(home: Path) -> dict:
    """What is saved of job-1."""
    return json.loads((Files(home).jobs / "job-1" / "job.json").read_text())


def test_start_twice_is_one_server(home):
    first = account.start(home, deploy=False)
    assert account.start(home, deploy=False) == first
    status = account.status(home)
    assert status.running
    assert status.connection == first


def test_two_starts_at_the_same_time_are_one_server(home):
    found: list[Connection] = []
    threads = [
        threading.Thread(target=lambda: found.append(account.start(home, deploy=False))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({connection.pid for connection in found}) == 1


def test_two_homes_are_two_accounts(tmp_path):
    homes = [tmp_path / "a", tmp_path / "b"]
    try:
        first, second = (account.start(home, deploy=False) for home in homes)
        client(first, "s3").create_bucket(Bucket="only-in-one")
        assert client(second, "s3").list_buckets()["Buckets"] == []
        assert first.access_key_id != second.access_key_id
    finally:
        for home in homes:
            account.stop(home)


def test_secrets_are_for_their_owner_only(home):
    account.start(home, deploy=False)
    files = Files(home)
    for path in (files.connection, files.settings):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_server_listens_on_one_address_of_this_machine(home):
    connection = account.start(home, deploy=False)
    port = int(connection.endpoint_url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5):
        pass
    with pytest.raises(OSError, match=r"refused|unreachable|timed out|assign"):
        socket.create_connection(("127.0.0.2", port), timeout=1)  # answers when all addresses are bound


def test_two_homes_that_start_at_the_same_time_get_two_ports(tmp_path):
    homes = [tmp_path / name for name in "abc"]
    found: list[Connection] = []
    threads = [
        threading.Thread(target=lambda home: found.append(account.start(home, deploy=False)), args=[home])
        for home in homes
    ]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({connection.endpoint_url for connection in found}) == 3
        for connection in found:
            client(connection, "s3").list_buckets()
    finally:
        for home in homes:
            account.stop(home)


def test_stop_keeps_the_state_and_the_keys(home):
    first = account.start(home, deploy=False)
    s3 = client(first, "s3")
    s3.create_bucket(Bucket="kept")
    s3.put_object(Bucket="kept", Key="a/b.txt", Body=b"words")
    assert account.stop(home)
    assert not account.status(home).running
    assert not account.stop(home)
    second = account.start(home, deploy=False)
    assert (second.access_key_id, second.endpoint_url) == (first.access_key_id, first.endpoint_url)
    assert client(second, "s3").get_object(Bucket="kept", Key="a/b.txt")["Body"].read() == b"words"


def test_a_stale_process_file_is_seen_through(home):
    connection = account.start(home, deploy=False)
    kill(connection)
    assert not account.status(home).running
    # the id now belongs to another process: this one
    stale = {"pid": os.getpid(), "started": "1"}
    Files(home).process.write_text(json.dumps(stale))
    assert not account.status(home).running
    assert account.start(home, deploy=False).pid not in (connection.pid, os.getpid())


def test_a_server_whose_process_file_is_gone_is_not_said_to_have_stopped(home):
    account.start(home, deploy=False)
    process = Files(home).process
    said = process.read_text()
    process.unlink()
    with pytest.raises(account.LocalCloudError, match="Another local cloud already uses"):
        account.stop(home)
    process.write_text(said)
    assert account.stop(home)


def test_another_program_at_the_servers_address_is_sent_nothing(home):
    connection = account.start(home, deploy=False)
    asked = []

    class Stranger(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path.partition("?")[0])
            self.send_error(404)

        do_POST = do_GET  # noqa: N815

    with http.server.HTTPServer(("127.0.0.1", 0), Stranger) as stranger:
        threading.Thread(target=stranger.serve_forever, daemon=True).start()
        elsewhere = replace(connection, endpoint_url=f"http://127.0.0.1:{stranger.server_port}")
        Files(home).connection.write_text(elsewhere.to_json())
        with pytest.raises(account.LocalCloudError, match="is answered by another program"):
            account.start(home)
        stranger.shutdown()

    assert asked == [local_server.PROOF_PATH]


def test_a_copy_of_a_home_does_not_reach_the_server_of_the_first(home, tmp_path):
    account.start(home, deploy=False)
    copy = tmp_path / "copy"
    shutil.copytree(home, copy)
    assert not account.status(copy).running
    assert not account.stop(copy)
    assert account.status(home).running


def test_a_taken_port_is_named(home):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(account.LocalCloudError, match=f"Port {port} is taken"):
            account.start(home, port, deploy=False)
    assert account.start(home, port, deploy=False).endpoint_url.endswith(f":{port}")


def test_a_port_that_is_taken_and_left_again_during_a_start_is_chosen_anew(home, monkeypatch):
    asked = []
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        def is_free(port: int) -> bool:
            """Seem free when it is chosen, be taken when the server begins, and be free when it is looked at again."""
            asked.append(port)
            if len(asked) > 1:
                taken.close()
            return True

        monkeypatch.setattr(account, "_PREFERRED_PORT", taken.getsockname()[1])
        monkeypatch.setattr(account, "_is_free", is_free)
        client(account.start(home, deploy=False), "s3").list_buckets()
    assert len(asked) > 1


def test_another_port_is_not_promised_while_the_server_runs(home):
    running = account.start(home, deploy=False)
    with pytest.raises(account.LocalCloudError, match=f"runs already, on port {running.port}"):
        account.start(home, running.port + 1, deploy=False)
    assert account.start(home, running.port, deploy=False) == running


def test_a_server_of_another_version_is_not_deployed_to(home, monkeypatch):
    account.start(home, deploy=False)
    monkeypatch.setattr(local_server, "__version__", "9.9")
    with pytest.raises(account.LocalCloudError, match=r"and this is 9\.9"):
        account.start(home, deploy=False)


def test_a_server_that_ends_at_once_shows_its_log(home, monkeypatch):
    environment = account._environment
    unfit = {"MINISTACK_WORKER_THREADS": "many"}
    monkeypatch.setattr(account, "_environment", lambda *given: environment(*given) | unfit)
    monkeypatch.setattr(account, "START_SECONDS", 5)
    with pytest.raises(account.LocalCloudError, match=r"(?s)The end of its log.*'many'"):
        account.start(home, deploy=False)
    assert not account.status(home).running


def test_what_ran_when_the_server_was_lost(home, cloud, tmp_path):
    """An execution goes on from the state that it was in; a training job has Failed, and its process is gone."""
    connection = account.start(home, deploy=False, commands={"blazingtext": TRAINER})
    helper = type(cloud)(connection)
    function = helper.function(
        f"""
        import pathlib, time
        def handler(event, context):
            pathlib.Path({str(tmp_path / "begun")!r}).touch()
            while not pathlib.Path({str(tmp_path / "go on")!r}).exists():
                time.sleep(0.1)
            return event
        """,
        timeout=600,
    )
    execution = helper.execution({
        "StartAt": "First",
        "States": {
            "First": {"Type": "Pass", "Result": {"word": "cat"}, "Next": "Second"},
            "Second": {"Type": "Task", "Resource": function, "Next": "Third"},
            "Third": {"Type": "Pass", "Parameters": {"it.$": "$.word"}, "End": True},
        },
    })  # fmt: skip
    trainer = start_job(helper, home)
    helper.wait_for((tmp_path / "begun").exists, what="the second state's work")
    kill(connection)
    assert processes.is_running(trainer["pid"], trainer["started"])  # only the server was lost

    helper = type(cloud)(account.start(home, deploy=False))
    assert processes.wait_until_gone(trainer["pid"], trainer["started"], 30)
    job = helper.sagemaker.describe_training_job(TrainingJobName="job-1")
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("InternalServerError: The local cloud ended")
    assert helper.stepfunctions.describe_execution(executionArn=execution)["status"] == "RUNNING"
    (tmp_path / "go on").touch()
    ended = helper.ended(execution)
    assert (ended["status"], ended["output"]) == ("SUCCEEDED", {"it": "cat"})
    assert entered(helper, execution) == ["First", "Second", "Second", "Third"]
    assert "error" not in ended


def test_a_job_that_may_be_retried_goes_on_as_often_as_it_may(home, cloud):
    helper = type(cloud)(account.start(home, deploy=False, commands={"blazingtext": TRAINER}))
    first = start_job(helper, home, RetryStrategy={"MaximumRetryAttempts": 1})

    def lost() -> Any:
        kill(account.status(home).connection)
        return type(cloud)(account.start(home, deploy=False, commands={"blazingtext": TRAINER}))

    helper = lost()
    assert (
        helper.sagemaker.describe_training_job(TrainingJobName="job-1")["TrainingJobStatus"] == "InProgress"
    )
    assert not processes.is_running(first["pid"], first["started"])
    second = trainer_process(helper, home)
    assert second != first
    job = lost().sagemaker.describe_training_job(TrainingJobName="job-1")
    assert (job["TrainingJobStatus"], job["FailureReason"][:19]) == ("Failed", "InternalServerError")
    entered = [each["Status"] for each in job["SecondaryStatusTransitions"]]
    assert entered == ["Starting", "Downloading", "Training"] * 2 + ["Failed"]
    assert not processes.is_running(second["pid"], second["started"])


def test_what_a_job_trained_before_the_server_was_lost_counts_and_it_is_not_interrupted_again(home, cloud):
    settings = {
        "commands": {"blazingtext": TRAINER}, "stop_grace_seconds": 0.1, "interrupt_spot_seconds": 0.0,
    }  # fmt: skip
    helper = type(cloud)(account.start(home, deploy=False, **settings))
    limits = {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 3600}
    start_job(
        helper, home,
        EnableManagedSpotTraining=True, StoppingCondition=limits, RetryStrategy={"MaximumRetryAttempts": 1},
    )  # fmt: skip

    def trained(tries: int, more_than: float) -> float:
        job = record(home)
        tried = sum(entry["Status"] == "Training" for entry in job["transitions"])
        return job["trained_seconds"] if tried == tries and job["trained_seconds"] > more_than + 0.5 else 0

    before = helper.wait_for(lambda: trained(2, 0), what="a second of the second try")
    started = helper.sagemaker.describe_training_job(TrainingJobName="job-1")["TrainingStartTime"]
    kill(account.status(home).connection)
    helper = type(cloud)(account.start(home, deploy=False, **settings))
    helper.wait_for(lambda: trained(3, before), what="a second of the third try")

    job = helper.sagemaker.describe_training_job(TrainingJobName="job-1")
    entered = [each["Status"] for each in job["SecondaryStatusTransitions"]]
    begun = ["Starting", "Downloading", "Training"]
    assert entered == [*begun, "Interrupted", *begun, *begun]
    assert job["TrainingStartTime"] == started


def test_all_tries_together_have_the_time_that_the_job_has(home, cloud):
    settings = {"commands": {"blazingtext": TRAINER}, "stop_grace_seconds": 0.1}
    helper = type(cloud)(account.start(home, deploy=False, **settings))
    start_job(helper, home, RetryStrategy={"MaximumRetryAttempts": 1})
    kill(account.status(home).connection)
    path = Files(home).jobs / "job-1" / "job.json"
    path.write_text(json.dumps(record(home) | {"trained_seconds": 600.0}))

    helper = type(cloud)(account.start(home, deploy=False, **settings))

    def ended() -> bool:
        job = helper.sagemaker.describe_training_job(TrainingJobName="job-1")
        return job["SecondaryStatus"] == "MaxRuntimeExceeded"

    helper.wait_for(ended, what="the end of the job's time")


def test_a_start_does_not_wait_for_what_a_lost_server_has_left(home, monkeypatch):
    """Its functions' processes end by themselves, and may write meanwhile: what they hold can't be removed."""
    account.start(home, deploy=False)
    account.stop(home)
    (Files(home).temporary / "left").write_text("")
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", lambda folder, **how: None)
        account.start(home, deploy=False)
        assert not (Files(home).temporary / "left").exists()
        account.stop(home)
    account.start(home, deploy=False)
    assert [path.name for path in Files(home).folder.glob("tmp*")] == ["tmp"]


def test_stop_ends_what_runs(home, cloud):
    connection = account.start(home, deploy=False, commands={"blazingtext": TRAINER})
    helper = type(cloud)(connection)
    execution = helper.execution(WAIT)
    trainer = start_job(helper, home)
    assert account.unfinished(home) == ["job-1"]
    assert account.stop(home)
    assert account.unfinished(home) == []
    assert not processes.is_running(trainer["pid"], trainer["started"])
    helper = type(cloud)(account.start(home, deploy=False))
    assert helper.stepfunctions.describe_execution(executionArn=execution)["status"] == "RUNNING"
    job = helper.sagemaker.describe_training_job(TrainingJobName="job-1")
    assert job["TrainingJobStatus"] == "Failed"


def test_a_server_whose_starter_is_gone_before_it_is_found_ends(tmp_path):
    (tmp_path / "local").mkdir()
    server = subprocess.run(
        [sys.executable, "-m", "local_cloud.server", str(tmp_path)], stdin=subprocess.DEVNULL, timeout=60
    )
    assert server.returncode == 1
