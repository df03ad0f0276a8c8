"""The stock CDK CLI, by the Makefile's own commands, against the local cloud: one play, from bootstrap to destroy."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from local_cloud.connection import Connection
from tests.deployment.checkout import Checkout, Made, together
from tests.deployment.stacks import CLEANING, PIPELINE, STORAGE, statuses, template

pytestmark = pytest.mark.timeout(900)
ASSETS = "cdk-hnb659fds-assets-000000000000-us-east-1"
LOCAL_ASSETS = "cdk-local-assets-000000000000-us-east-1"


@pytest.fixture(scope="module")
def bootstrapped(first: Checkout) -> Made:
    """Prepare the account, once."""
    return first.make("bootstrap")


@pytest.fixture(scope="module")
def deployed(bootstrapped: Made, first: Checkout, second: Checkout) -> list[Made]:
    """Deploy both."""
    return together((first, "deploy"), (second, "deploy"))


def test_an_account_is_prepared_beside_the_stacks_of_the_local_cloud(bootstrapped, connection: Connection):
    assert bootstrapped.status == 0, bootstrapped.text
    assert "bootstrapped" in bootstrapped.text
    assert statuses(connection, "CDKToolkit", "Local-Pipeline") == ["CREATE_COMPLETE"] * 2


def test_two_deployments_stand_beside_each_other(deployed, connection: Connection):
    for made in deployed:
        assert made.status == 0, made.text
        assert made.asked
        assert "current credentials" not in made.text  # which it takes where it may not assume its own role
    stacks = [f"Wordvectors-{name}" for name in (STORAGE, PIPELINE, CLEANING)]
    assert statuses(connection, *stacks) == ["CREATE_COMPLETE"] * 3
    assert statuses(connection, "Second-Storage", "Second-Pipeline", "Second-Cleaning") == [
        "CREATE_COMPLETE",
        "CREATE_COMPLETE",
        None,
    ]


def test_an_upload_is_trained_in_the_deployment_that_has_it(
    deployed, first: Checkout, second: Checkout, corpus: Path
):
    for checkout in (first, second):
        run = checkout.wordvectors("train", str(corpus))
        assert run["status"] == "COMPLETED"
        assert [found["run_id"] for found in checkout.wordvectors("runs")] == [run["run_id"]]


@pytest.mark.parametrize("name", [STORAGE, PIPELINE, CLEANING])
def test_the_local_clouds_deployer_creates_what_the_cdk_creates_but_for_the_bootstrap(
    deployed, connection: Connection, name: str
):
    of_the_cdk, of_the_deployer = (template(connection, prefix, name) for prefix in ("Wordvectors", "Local"))

    # The CDK has CloudFormation ask whether the account is prepared; the local cloud's own needs no preparation.
    asked = of_the_cdk["Parameters"].pop("BootstrapVersion")
    assert (asked["Type"], asked["Default"]) == (
        "AWS::SSM::Parameter::Value<String>",
        "/cdk-bootstrap/hnb659fds/version",
    )
    assert of_the_cdk["Rules"].pop("CheckBootstrapVersion")
    assert of_the_deployer["Parameters"].pop("BootstrapVersion") == {"Type": "String", "Default": "21"}

    # And it has assets in a bucket of their own.
    moved = json.dumps(of_the_deployer).replace("cdk-local-assets", "cdk-hnb659fds-assets")
    assert json.loads(moved) == of_the_cdk


def test_only_the_cdk_bundles_the_functions_packages(deployed, connection: Connection):
    layer = template(connection, "Wordvectors", PIPELINE)["Resources"]["DependenciesLayer4E74D299"]
    key = layer["Properties"]["Content"]["S3Key"]

    bundled, not_bundled = (contents(connection, bucket, key) for bucket in (ASSETS, LOCAL_ASSETS))

    assert any(name.startswith("python/pydantic_core/_pydantic_core.cpython-313-aarch64") for name in bundled)
    assert "requirements.txt" in not_bundled


def contents(connection: Connection, bucket: str, key: str) -> list[str]:
    """Return the names in an archive in a bucket."""
    body = connection.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    return zipfile.ZipFile(io.BytesIO(body)).namelist()
