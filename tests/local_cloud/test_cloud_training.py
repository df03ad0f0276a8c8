"""SageMaker training jobs in the local cloud, over HTTP, with a trainer that does as it is told."""

from __future__ import annotations

import copy
import io
import json
import struct
import tarfile
from datetime import timedelta
from pathlib import Path

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from wordvectors.aws.training_log import TrainingLogs
from wordvectors.blazingtext.log import MEAN_RHO_METRIC, MEAN_RHO_REGEX
from wordvectors.evaluation.wordsim353 import load_wordsim353

IMAGE = "811284229777.dkr.ecr.us-east-1.amazonaws.com/blazingtext:1"
LOG_GROUP = "/aws/sagemaker/TrainingJobs"


@pytest.fixture(scope="module")
def bucket(cloud):
    """A bucket with a corpus and one whose name only begins alike."""
    name = cloud.name("bucket")
    cloud.s3.create_bucket(Bucket=name)
    cloud.s3.put_object(Bucket=name, Key="corpora/small.txt", Body=b"one two three\n")
    return name


@pytest.fixture(scope="module")
def role(cloud, bucket):
    """The training role, with what SageMaker's documentation asks for."""
    policy = cloud.allow(
        ("s3:GetObject", [f"arn:aws:s3:::{bucket}/corpora/*", f"arn:aws:s3:::{bucket}/checkpoints/*"]),
        ("s3:PutObject", [f"arn:aws:s3:::{bucket}/models/*", f"arn:aws:s3:::{bucket}/checkpoints/*"]),
        ("s3:ListBucket", f"arn:aws:s3:::{bucket}"),
        (["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], "*"),
    )
    return cloud.role(["sagemaker.amazonaws.com"], policy)


@pytest.fixture
def request_for(cloud, bucket, role):
    """A function that makes a CreateTrainingJob request: behaviour and changed fields."""

    def make(behaviour: str = "succeed", **changes) -> dict:
        source = {
            "S3DataType": "S3Prefix",
            "S3Uri": f"s3://{bucket}/corpora/small.txt",
            "S3DataDistributionType": "FullyReplicated",
        }
        return {
            "TrainingJobName": cloud.name("wv-small"),
            "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
            "RoleArn": role,
            "HyperParameters": {"behaviour": behaviour, "vector_dim": "2"},
            "InputDataConfig": [
                {
                    "ChannelName": "train",
                    "DataSource": {"S3DataSource": source},
                    "ContentType": "text/plain",
                    "InputMode": "File",
                }
            ],
            "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/models/"},
            "ResourceConfig": {"InstanceType": "ml.c5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 10},
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
            "EnableNetworkIsolation": True,
            "Tags": [{"Key": "owner", "Value": "nlp"}],
        } | changes

    return make


@pytest.fixture
def run(cloud, request_for):
    """A function that runs a job to its end and returns its description."""

    def to_the_end(behaviour: str = "succeed", **changes) -> dict:
        request = request_for(behaviour, **changes)
        cloud.sagemaker.create_training_job(**request)
        return ended(cloud, request["TrainingJobName"])

    return to_the_end


def ended(cloud, name: str) -> dict:
    """The job's description once it has ended."""

    def described():
        job = cloud.sagemaker.describe_training_job(TrainingJobName=name)
        return job if job["TrainingJobStatus"] not in ("InProgress", "Stopping") else None

    return cloud.wait_for(described, what=f"the end of {name}")


def log_lines(cloud, name: str) -> list[str]:
    """The lines of a job's log stream."""
    streams = cloud.logs.describe_log_streams(logGroupName=LOG_GROUP, logStreamNamePrefix=f"{name}/algo-1-")
    (stream,) = streams["logStreams"]
    events = cloud.logs.get_log_events(
        logGroupName=LOG_GROUP, logStreamName=stream["logStreamName"], startFromHead=True
    )
    return [event["message"] for event in events["events"]]


def waiting(cloud, name: str) -> bool:
    """Whether the job's trainer has said that it waits."""
    try:
        return "waiting" in log_lines(cloud, name)
    except (ValueError, ClientError):
        return False


def secondary(job: dict) -> list[str]:
    """The secondary statuses a job went through."""
    return [transition["Status"] for transition in job["SecondaryStatusTransitions"]]


def test_a_job_from_start_to_model(cloud, bucket, request_for):
    request = request_for()
    arn = cloud.sagemaker.create_training_job(**request)["TrainingJobArn"]
    assert arn == f"arn:aws:sagemaker:us-east-1:000000000000:training-job/{request['TrainingJobName']}"
    job = ended(cloud, request["TrainingJobName"])
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Completed", "Completed")
    assert secondary(job) == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert all("EndTime" in transition for transition in job["SecondaryStatusTransitions"])
    assert job["TrainingJobArn"] == arn
    assert job["AlgorithmSpecification"].items() >= request["AlgorithmSpecification"].items()
    for name in request.keys() - {"AlgorithmSpecification", "Tags"}:
        assert job[name] == request[name]
    assert job["CreationTime"] <= job["TrainingStartTime"] <= job["TrainingEndTime"]
    assert job["BillableTimeInSeconds"] == job["TrainingTimeInSeconds"] >= 1
    model = f"s3://{bucket}/models/{request['TrainingJobName']}/output/model.tar.gz"
    assert job["ModelArtifacts"] == {"S3ModelArtifacts": model}
    (metric,) = job["FinalMetricDataList"]
    assert metric["MetricName"] == "train:mean_rho"
    assert metric["Value"] == struct.unpack("f", struct.pack("f", 0.7164745137513052))[0]
    defined = [definition["Name"] for definition in job["AlgorithmSpecification"]["MetricDefinitions"]]
    assert defined == ["train:mean_rho", "train:accuracy", "validation:accuracy"]


def test_the_metric_is_in_cloudwatch_if_the_role_may_put_it(cloud, bucket, run):
    policies = [
        cloud.allow((["s3:*", "logs:*"], "*")),
        json.dumps({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow", "Action": "cloudwatch:PutMetricData", "Resource": "*",
                "Condition": {"StringEquals": {"cloudwatch:namespace": LOG_GROUP}},
            }],
        }),
    ]  # fmt: skip
    jobs = [run(RoleArn=cloud.role(["sagemaker.amazonaws.com"], *held)) for held in (policies, policies[:1])]
    found = [
        cloud.cloudwatch.get_metric_statistics(
            Namespace=LOG_GROUP, MetricName="train:mean_rho", Period=60, Statistics=["Average"],
            Dimensions=[{"Name": "TrainingJobName", "Value": job["TrainingJobName"]}],
            StartTime=job["TrainingStartTime"], EndTime=job["TrainingEndTime"] + timedelta(minutes=1),
        )["Datapoints"]
        for job in jobs
    ]  # fmt: skip
    assert [len(points) for points in found] == [1, 0]
    assert found[0][0]["Average"] == pytest.approx(0.71647, abs=1e-5)


def test_the_container_sees_what_sagemaker_shows(cloud, bucket, run):
    job = run()
    body = cloud.s3.get_object(Bucket=bucket, Key=f"models/{job['TrainingJobName']}/output/model.tar.gz")[
        "Body"
    ]
    with tarfile.open(fileobj=io.BytesIO(body.read())) as archive:
        assert archive.getnames() == ["seen.json", "vectors.txt"]
        seen = json.load(archive.extractfile("seen.json"))
    assert seen["hyperparameters"] == {"behaviour": "succeed", "vector_dim": "2"}
    assert seen["channels"]["train"] == {
        "ContentType": "text/plain",
        "TrainingInputMode": "File",
        "S3DistributionType": "FullyReplicated",
        "RecordWrapperType": "None",
    }
    assert seen["resources"]["current_host"] == "algo-1"
    assert seen["environment"]["TRAINING_JOB_NAME"] == job["TrainingJobName"]
    lines = log_lines(cloud, job["TrainingJobName"])
    assert lines[0] == "Arguments: train"
    assert "corpus ['small.txt'] of 14 bytes" in lines
    assert "leaked []" in lines


TOLD = "import pathlib, sys; print([(part, pathlib.Path(part).read_text()) for part in sys.argv[1:]], 'loss=0.5')"


@pytest.fixture
def brought(cloud):
    """A function that makes the AlgorithmSpecification of a job that brings its program along."""

    def make(*arguments: str, **changes) -> dict:
        return {
            "TrainingImage": IMAGE.replace("blazingtext:1", "sagemaker-scikit-learn:1.9-0-cpu-py3"),
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["python3.12", "-c", TOLD],
            "ContainerArguments": list(arguments),
            "MetricDefinitions": [{"Name": "train:loss", "Regex": r"loss=([0-9.]+)"}],
        } | changes

    return make


def test_a_job_runs_the_program_that_it_brings_along(cloud, run, brought):
    corpus = "/opt/ml/input/data/train/small.txt"
    job = run(AlgorithmSpecification=brought(corpus, "/opt/ml/input/data/packages/of-the-image.zip"))

    assert job["TrainingJobStatus"] == "Completed", job
    assert job["AlgorithmSpecification"]["ContainerArguments"][0] == corpus
    assert job["ModelArtifacts"]["S3ModelArtifacts"].endswith(
        "/output/model.tar.gz"
    )  # though it has saved none
    lines = log_lines(cloud, job["TrainingJobName"])
    assert "/input/data/train/small.txt', 'one two three" in lines[0]
    assert [(metric["MetricName"], metric["Value"]) for metric in job["FinalMetricDataList"]] == [
        ("train:loss", 0.5)
    ]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"ContainerArguments": ["x" * 257]}, "length less than or equal to 256"),
        ({"ContainerArguments": ["x"] * 101}, "length less than or equal to 100"),
        ({"ContainerEntrypoint": ["x" * 257]}, "length less than or equal to 256"),
    ],
)
def test_what_sagemaker_refuses_of_a_program_is_refused(cloud, request_for, brought, changes, refusal):
    with pytest.raises(ClientError, match=refusal):
        cloud.sagemaker.create_training_job(**request_for(AlgorithmSpecification=brought("x", **changes)))


def test_an_image_without_an_algorithm_needs_a_program(cloud, request_for, brought):
    asked = brought("x")
    del asked["ContainerEntrypoint"], asked["ContainerArguments"]
    with pytest.raises(ClientError, match="has no algorithm of its own"):
        cloud.sagemaker.create_training_job(**request_for(AlgorithmSpecification=asked))


def test_output_data_is_kept_and_the_jobs_folder_is_emptied(cloud, bucket, run):
    job = run("output")
    key = f"models/{job['TrainingJobName']}/output/output.tar.gz"
    with tarfile.open(
        fileobj=io.BytesIO(cloud.s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    ) as archive:
        assert archive.extractfile("notes.txt").read() == b"kept"
    folder = Path(cloud.connection.home) / "local" / "jobs" / job["TrainingJobName"]
    cloud.wait_for(lambda: [path.name for path in folder.iterdir()] == ["job.json"], what="an empty folder")


def test_a_failure_says_what_the_algorithm_wrote(run):
    job = run("fail")
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Failed", "Failed")
    assert job["FailureReason"] == "AlgorithmError: window_size must be positive, exit code: 3"
    assert "ModelArtifacts" not in job


def test_a_process_killed_for_its_memory(run):
    assert run("kill")["FailureReason"].startswith(
        "ClientError: Please use an instance type with more memory"
    )


def test_stop_gives_the_algorithm_time_to_save(cloud, bucket, request_for):
    request = request_for("wait")
    name = request["TrainingJobName"]
    cloud.sagemaker.create_training_job(**request)
    cloud.wait_for(lambda: waiting(cloud, name), what="the trainer's line")
    cloud.sagemaker.stop_training_job(TrainingJobName=name)
    job = ended(cloud, name)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert secondary(job)[-2:] == ["Stopping", "Stopped"]
    assert "FailureReason" not in job
    cloud.s3.head_object(Bucket=bucket, Key=f"models/{name}/output/model.tar.gz")
    with pytest.raises(ClientError, match="rejected because the training job is in status Stopped"):
        cloud.sagemaker.stop_training_job(TrainingJobName=name)


def test_an_algorithm_that_will_not_stop_is_killed(cloud, request_for):
    request = request_for("stubborn")
    name = request["TrainingJobName"]
    cloud.sagemaker.create_training_job(**request)
    cloud.wait_for(lambda: waiting(cloud, name), what="the trainer's line")
    cloud.sagemaker.stop_training_job(TrainingJobName=name)
    assert ended(cloud, name)["TrainingJobStatus"] == "Stopped"


def test_a_job_that_runs_too_long_is_stopped(run):
    job = run("wait", StoppingCondition={"MaxRuntimeInSeconds": 1})
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")
    assert job["ModelArtifacts"]


@pytest.fixture
def checkpointing(bucket):
    """A function that makes the fields of a request for checkpoints in a folder of their own in S3."""

    def make(name: str, **more) -> dict:
        return {"CheckpointConfig": {"S3Uri": f"s3://{bucket}/checkpoints/{name}/", **more}}

    return make


ON_SPOT = {
    "EnableManagedSpotTraining": True,
    "StoppingCondition": {"MaxRuntimeInSeconds": 7200, "MaxWaitTimeInSeconds": 90_000},
}


def kept(cloud, bucket: str, name: str) -> dict[str, bytes]:
    """What S3 holds of a folder of checkpoints."""
    prefix = f"checkpoints/{name}/"
    found = cloud.s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    return {
        item["Key"].removeprefix(prefix): cloud.s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()
        for item in found
    }


def test_a_job_on_spot_capacity_is_interrupted_and_goes_on_with_its_checkpoints(
    cloud, bucket, request_for, checkpointing
):
    request = request_for("checkpoint", **ON_SPOT, **checkpointing("spot"))
    name = request["TrainingJobName"]
    cloud.sagemaker.create_training_job(**request)

    job = ended(cloud, name)

    assert job["TrainingJobStatus"] == "Completed", job
    assert secondary(job) == [
        "Starting", "Downloading", "Training", "Interrupted", "Starting", "Downloading", "Training", "Uploading",
        "Completed",
    ]  # fmt: skip
    assert job["CheckpointConfig"] == request["CheckpointConfig"]
    assert job["TrainingTimeInSeconds"] >= 2
    assert kept(cloud, bucket, "spot") == {"deeper/place.txt": b"half way", "last.txt": b"told to end"}
    streams = cloud.logs.describe_log_streams(logGroupName=LOG_GROUP, logStreamNamePrefix=f"{name}/algo-1-")
    assert len(streams["logStreams"]) == 2
    logs = TrainingLogs(cloud.logs)
    assert [line for _, line in logs.timed(name) if line.startswith("found ")] == [
        "found []", "found [('deeper/place.txt', 'half way'), ('last.txt', 'told to end')]",
    ]  # fmt: skip
    assert "found []" not in logs.head(name) + logs.tail(name)


def test_without_checkpoints_a_job_on_spot_capacity_starts_anew(cloud, request_for):
    short = {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 3600}
    request = request_for("wait", **{**ON_SPOT, "StoppingCondition": short})
    cloud.sagemaker.create_training_job(**request)
    name = request["TrainingJobName"]

    def again() -> bool:
        job = cloud.sagemaker.describe_training_job(TrainingJobName=name)
        return secondary(job)[3:] == ["Interrupted", "Starting", "Downloading", "Training"]

    cloud.wait_for(again, what="the second training")
    cloud.sagemaker.stop_training_job(TrainingJobName=name)
    assert ended(cloud, name)["TrainingJobStatus"] == "Stopped"


HELD = """
import os, pathlib, sys, time
from wordvectors.engine.checkpoints import Checkpoints
from wordvectors.trainer import container

def hold(self, *given, **more):
    saved = save(self, *given, **more)
    print("waiting", flush=True)
    time.sleep(600)

save, folder = Checkpoints.save, pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"], "checkpoints")
if folder.is_dir() and not list(folder.iterdir()):
    Checkpoints.save, Checkpoints.due = hold, lambda self: True
sys.exit(container.main(["train"]))
"""
"""The trainer, which waits after the first of its checkpoints unless it goes on from one."""


def test_a_training_that_was_stopped_goes_on_in_another_job_to_the_same_scores(
    cloud, bucket, request_for, checkpointing, brought
):
    cloud.s3.put_object(Bucket=bucket, Key="corpora/held.py", Body=HELD.encode())
    pairs = load_wordsim353()["WS-353"].pairs
    corpus = "".join(f"{a} {b} {a}\n" for a, b, _ in pairs).encode() * 10
    cloud.s3.put_object(Bucket=bucket, Key="corpora/pairs.txt", Body=corpus)

    def start(**checkpoints) -> str:
        request = request_for(
            AlgorithmSpecification=brought(
                ContainerEntrypoint=["python3.12", "/opt/ml/input/data/code/held.py"],
                ContainerArguments=["x"],
                MetricDefinitions=[{"Name": MEAN_RHO_METRIC, "Regex": MEAN_RHO_REGEX}],
            ),
            HyperParameters={"mode": "batch_skipgram", "epochs": "300", "seed": "3", "threads": "1"},
            **checkpoints,
        )
        (source,) = request["InputDataConfig"]
        request["InputDataConfig"] = []
        for channel, key in (("train", "pairs.txt"), ("code", "held.py")):
            copied = copy.deepcopy(source) | {"ChannelName": channel}
            copied["DataSource"]["S3DataSource"]["S3Uri"] = f"s3://{bucket}/corpora/{key}"
            request["InputDataConfig"].append(copied)
        cloud.sagemaker.create_training_job(**request)
        return request["TrainingJobName"]

    def scores(name: str) -> list[dict]:
        job = ended(cloud, name)
        assert job["TrainingJobStatus"] == "Completed", job
        return [metric["Value"] for metric in job["FinalMetricDataList"]]

    stopped = start(**checkpointing("held"))
    cloud.wait_for(lambda: waiting(cloud, stopped), what="a checkpoint")
    cloud.wait_for(lambda: kept(cloud, bucket, "held"), what="the checkpoint in S3")
    cloud.sagemaker.stop_training_job(TrainingJobName=stopped)
    assert ended(cloud, stopped)["TrainingJobStatus"] == "Stopped"

    went_on = start(**checkpointing("held"))

    assert scores(went_on) == scores(start())
    assert any("Training goes on from the checkpoint" in line for line in log_lines(cloud, went_on))
    assert kept(cloud, bucket, "held") == {"checkpoint.zip": b""}  # nothing is left to be paid for


def test_a_role_that_may_not_write_checkpoints_is_told_of(cloud, request_for, checkpointing, bucket):
    policy = cloud.allow(
        ("s3:ListBucket", f"arn:aws:s3:::{bucket}"), ("s3:GetObject", f"arn:aws:s3:::{bucket}/*")
    )
    reader = cloud.role(["sagemaker.amazonaws.com"], policy)
    request = request_for("checkpoint", RoleArn=reader, **ON_SPOT, **checkpointing("forbidden"))
    cloud.sagemaker.create_training_job(**request)
    reason = ended(cloud, request["TrainingJobName"])["FailureReason"]
    assert f"could not write s3://{bucket}/checkpoints/forbidden/" in reason


def test_a_name_is_used_once(cloud, run, request_for):
    job = run()
    with pytest.raises(
        cloud.sagemaker.exceptions.ResourceInUse, match="must be unique within an AWS account"
    ):
        cloud.sagemaker.create_training_job(**request_for(TrainingJobName=job["TrainingJobName"]))


def test_more_jobs_than_the_quota_are_refused(cloud, request_for):
    requests = [request_for("wait") for _ in range(2)]
    for request in requests:
        cloud.sagemaker.create_training_job(**request)
    limit = cloud.sagemaker.exceptions.ResourceLimitExceeded
    with pytest.raises(
        limit, match="The local cloud trains 2 jobs at a time on this machine, and 2 are training"
    ):
        cloud.sagemaker.create_training_job(**request_for())
    for request in requests:
        cloud.sagemaker.stop_training_job(TrainingJobName=request["TrainingJobName"])
    for request in requests:
        assert ended(cloud, request["TrainingJobName"])["TrainingJobStatus"] == "Stopped"


@pytest.mark.parametrize(
    ("resources", "stopping", "sentence"),
    [
        (
            {"VolumeSizeInGB": 1_025},
            60,
            "request delta of 1025 Gigabytes for 'Size of EBS volume .*' .* service-limit of 1024 ",
        ),
        ({"InstanceCount": 5}, 60, "'Number of instances .*' is 4 Instances.* a request delta of 5 "),
        (
            {},
            432_001,
            "request delta of 432001 Seconds for 'Longest run time .*' .* service-limit of 432000 ",
        ),
    ],
)
def test_what_an_account_with_the_default_quotas_is_refused(
    cloud, request_for, resources, stopping, sentence
):
    request = request_for()
    request["ResourceConfig"] |= resources
    request["StoppingCondition"]["MaxRuntimeInSeconds"] = stopping
    with pytest.raises(cloud.sagemaker.exceptions.ResourceLimitExceeded, match=sentence):
        cloud.sagemaker.create_training_job(**request)


SOURCE = {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/corpora/x.txt"}}}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"TrainingJobName": "no_underscore"},
            "'trainingJobName' failed to satisfy constraint: Member must sat",
        ),
        ({"TrainingJobName": "a" * 64}, "length less than or equal to 63"),
        (
            {"ResourceConfig": {"InstanceType": "ml.c9.huge", "InstanceCount": 1, "VolumeSizeInGB": 10}},
            "'resourceConfig.instanceType' failed to satisfy constraint: Member must satisfy enum value set",
        ),
        ({"InputDataConfig": [{"ChannelName": "..", **SOURCE}]}, r"may not be called \. or \.\."),
        ({"EnableManagedSpotTraining": True}, "Invalid MaxWaitTimeInSeconds"),
        (ON_SPOT, "MaxWaitTimeInSeconds above 3600 is not supported"),
        (
            {"CheckpointConfig": {"S3Uri": "s3://bucket/x", "LocalPath": "/opt/ml/../tmp"}},
            "under /opt/ml only",
        ),
        ({"RoleArn": "arn:aws:iam::000000000000:role/nobody"}, "Could not assume role"),
        (
            {"AlgorithmSpecification": {"TrainingImage": "x/xgboost:1", "TrainingInputMode": "File"}},
            "xgboost",
        ),
        (
            {
                "AlgorithmSpecification": {
                    "TrainingImage": IMAGE,
                    "TrainingInputMode": "File",
                    "MetricDefinitions": [{"Name": "rho", "Regex": "rho: (.*)"}],
                }
            },
            "You can't override the metric definitions for Amazon SageMaker algorithms",
        ),
        ({"Tags": [{"Key": "a*b", "Value": "x"}]}, r"'tags.1.member.key' failed"),
        ({"Tags": [{"Key": "team", "Value": "a\tb"}]}, r"'tags.1.member.value' failed"),
    ],
)
def test_what_the_service_refuses(cloud, request_for, change, sentence):
    request = request_for(**change)
    with pytest.raises(ClientError, match=sentence) as refused:
        cloud.sagemaker.create_training_job(**request)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    with pytest.raises(ClientError, match="Requested resource not found"):
        cloud.sagemaker.describe_training_job(
            TrainingJobName=request["TrainingJobName"][:60].replace("_", "-")
        )


def test_what_stands_in_the_place_of_sagemakers_tuning_is_named(cloud):
    with pytest.raises(
        ClientError, match=r"has no CreateHyperParameterTuningJob\. .* `wordvectors tune FILE`"
    ):
        cloud.sagemaker.create_hyper_parameter_tuning_job(
            HyperParameterTuningJobName="tune",
            HyperParameterTuningJobConfig={
                "Strategy": "Bayesian", "ResourceLimits": {"MaxParallelTrainingJobs": 1}
            },
        )  # fmt: skip


def test_a_request_without_a_required_field(cloud):
    client = cloud.connection.client("sagemaker", config=Config(parameter_validation=False))
    with pytest.raises(ClientError, match=r"Value null at 'roleArn'.*; Value null at 'outputDataConfig'"):
        client.create_training_job(TrainingJobName="a")


def test_a_role_that_may_not_read_the_corpus(cloud, bucket, run):
    reader = cloud.role(["sagemaker.amazonaws.com"], cloud.allow(("s3:ListBucket", f"arn:aws:s3:::{bucket}")))
    job = run(RoleArn=reader)
    assert job["FailureReason"].startswith("ClientError: Data download failed")
    assert "TrainingStartTime" not in job
    nothing = run(RoleArn=cloud.role(["sagemaker.amazonaws.com"]))
    assert f'has "s3:ListBucket" permissions on bucket "{bucket}"' in nothing["FailureReason"]


def test_a_role_that_may_not_write_the_model(cloud, bucket, run):
    policy = cloud.allow(
        ("s3:ListBucket", f"arn:aws:s3:::{bucket}"), ("s3:GetObject", f"arn:aws:s3:::{bucket}/*")
    )
    job = run(RoleArn=cloud.role(["sagemaker.amazonaws.com"], policy))
    assert job["FailureReason"].startswith("ClientError: Artifact upload failed")
    assert "AccessDenied" in job["FailureReason"]


def test_a_prefix_brings_every_object_that_begins_with_it(cloud, bucket, role, request_for, run):
    cloud.s3.put_object(Bucket=bucket, Key="corpora/part/a.txt", Body=b"a")
    cloud.s3.put_object(Bucket=bucket, Key="corpora/part/b.txt", Body=b"b")
    request = request_for()
    channels = request["InputDataConfig"]
    channels[0]["DataSource"]["S3DataSource"]["S3Uri"] = f"s3://{bucket}/corpora/part/"
    job = run(InputDataConfig=channels)
    assert "corpus ['a.txt', 'b.txt'] of 2 bytes" in log_lines(cloud, job["TrainingJobName"])


def test_tags(cloud, run):
    arn = run()["TrainingJobArn"]
    cloud.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "stage", "Value": "x"}])
    tags = cloud.sagemaker.list_tags(ResourceArn=arn)["Tags"]
    assert tags == [{"Key": "owner", "Value": "nlp"}, {"Key": "stage", "Value": "x"}]


def test_list_pages_newest_first(cloud, run):
    names = [run()["TrainingJobName"] for _ in range(2)]
    pages = cloud.sagemaker.get_paginator("list_training_jobs").paginate(
        StatusEquals="Completed", PaginationConfig={"PageSize": 1, "MaxItems": 2}
    )
    listed = [job["TrainingJobName"] for page in pages for job in page["TrainingJobSummaries"]]
    assert listed == names[::-1]


def test_permissions_by_the_tags_of_a_job(cloud, run):
    ours, theirs = run(), run(Tags=[{"Key": "owner", "Value": "them"}])
    statement = {
        "Effect": "Allow",
        "Action": "sagemaker:DescribeTrainingJob",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceTag/owner": "nlp"}},
    }
    client = cloud.user_client("sagemaker", json.dumps({"Version": "2012-10-17", "Statement": [statement]}))

    assert client.describe_training_job(TrainingJobName=ours["TrainingJobName"])
    for name in (theirs["TrainingJobName"], "there-is-none"):
        with pytest.raises(ClientError, match="AccessDenied"):
            client.describe_training_job(TrainingJobName=name)


def test_permissions_of_the_caller(cloud, request_for, role):
    """Creating a job also takes iam:PassRole on its role and, with tags, sagemaker:AddTags on the job."""
    create = ("sagemaker:CreateTrainingJob", "arn:aws:sagemaker:*:*:training-job/wv-*")
    passing, tagging = ("iam:PassRole", role), ("sagemaker:AddTags", create[1])

    def client(*statements):
        return cloud.user_client("sagemaker", cloud.allow(*statements))

    refused = {
        "sagemaker:AddTags": client(create, passing),
        "iam:PassRole": client(create, tagging),
        "sagemaker:CreateTrainingJob": client(passing, tagging),
    }
    for action, lacking in refused.items():
        with pytest.raises(ClientError, match=f"not authorized to perform: {action}"):
            lacking.create_training_job(**request_for())
    allowed = client(create, passing, tagging)
    with pytest.raises(ClientError, match="not authorized"):
        allowed.create_training_job(**request_for(TrainingJobName="other-job"))
    request = request_for()
    allowed.create_training_job(**request)
    assert ended(cloud, request["TrainingJobName"])["TrainingJobStatus"] == "Completed"
