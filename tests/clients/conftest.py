"""A local cloud with a corpus, and clients that know of it what its exports say."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local_cloud import account
from local_cloud.connection import Connection
from wordvectors.project import root

IMAGE = "811284229777.dkr.ecr.us-east-1.amazonaws.com/blazingtext:1"
BUCKET = "my-words"
CORPUS = "the cat sat on the mat\nthe dog sat on the log\n" * 400
_NO_TELEMETRY = {"SchemaVersion": "1.0", "SageMaker": {"PythonSDK": {"Modules": {"TelemetryOptOut": True}}}}


@dataclass
class Machine:
    """A local cloud, and what a shell there has in which its exports are set."""

    connection: Connection
    folder: Path
    role: str

    def environment(self) -> dict[str, str]:
        """Return the variables of that shell; the SDK is told to report its use to nobody."""
        config = self.folder / "sagemaker.yaml"  # JSON is YAML
        config.write_text(json.dumps(_NO_TELEMETRY))
        kept = {name: os.environ[name] for name in ("HOME", "LANG", "PATH") if name in os.environ}
        told = {"SAGEMAKER_USER_CONFIG_OVERRIDE": str(config), "SAGEMAKER_SUPPRESS_V2_WARNING": "1"}
        return kept | self.connection.environment() | told

    def run(self, *command: str | Path) -> str:
        """Run a command that succeeds, and return what it has printed."""
        ended = subprocess.run(
            command, cwd=self.folder, env=self.environment(), capture_output=True, text=True, timeout=240
        )
        assert ended.returncode == 0, f"{ended.stdout[-3000:]}{ended.stderr[-3000:]}"
        return ended.stdout

    def train(self, name: str) -> None:
        """Have a job trained, and wait for its end by boto3's waiter."""
        sagemaker = self.connection.client("sagemaker")
        sagemaker.create_training_job(**job_request(name, self.role))
        waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
        waiter.wait(TrainingJobName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 120})


def job_request(name: str, role: str) -> dict[str, Any]:
    """Return a request of CreateTrainingJob."""
    source = {
        "S3DataType": "S3Prefix",
        "S3Uri": f"s3://{BUCKET}/corpora/small.txt",
        "S3DataDistributionType": "FullyReplicated",
    }
    return {
        "TrainingJobName": name,
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "RoleArn": role,
        "HyperParameters": {"mode": "batch_skipgram", "min_count": "1", "vector_dim": "10"},
        "InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource": source}}],
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/models"},
        "ResourceConfig": {"InstanceType": "ml.c5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    }


def python_of(environment: str) -> Path:
    """Return the Python of an environment beside the project's own."""
    found = root() / ".venv" / environment / "bin" / "python"
    assert found.exists(), f"{found} is not there: run these tests with `make clients`"
    return found


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory):
    """A machine with a local cloud, a bucket with a corpus, and a role that may train."""
    home, folder = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("people")
    connection = account.start(home, deploy=False)
    s3, iam = connection.client("s3"), connection.client("iam")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="corpora/small.txt", Body=CORPUS.encode())
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "sagemaker.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    allow = {"Effect": "Allow", "Action": ["s3:*", "logs:*", "cloudwatch:PutMetricData"], "Resource": "*"}
    role = iam.create_role(RoleName="people", AssumeRolePolicyDocument=_policy(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="people", PolicyName="train", PolicyDocument=_policy(allow))
    yield Machine(connection, folder, role)
    account.stop(home)


def _policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
