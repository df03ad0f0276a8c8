"""The stock CDK CLI, by the Makefile's own commands, against the local cloud: one play in many acts, in this order.

A team has the release before, and upgrades it; somebody tries a deployment of their own beside it.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from local_cloud.connection import Connection
from tests.deployment import release
from tests.deployment.account_contents import contents
from tests.deployment.checkout import Checkout, together
from tests.deployment.stacks import CLEANING, PIPELINE, STORAGE, TUNING, statuses, template
from wordvectors.lifecycle.status import RunStatus

ASSETS = "cdk-hnb659fds-assets-000000000000-us-east-1"
LOCAL_ASSETS = "cdk-local-assets-000000000000-us-east-1"


@dataclass
class Play:
    """What later acts know of earlier ones."""

    bucket: str = ""
    rows: list[str] = field(default_factory=list)
    objects: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def play() -> Play:
    """What the acts remember."""
    return Play()


def test_an_account_is_prepared_beside_the_stacks_of_the_local_cloud(first: Checkout, connection: Connection):
    made = first.make("bootstrap")

    assert made.status == 0, made.text
    assert "bootstrapped" in made.text
    assert statuses(connection, "CDKToolkit", "Local-Pipeline") == ["CREATE_COMPLETE"] * 2


def test_a_run_of_the_release_before_is_training(
    first: Checkout, connection: Connection, corpus: Path, hold: Path, play: Play
):
    release.deploy(connection, ASSETS)
    hold.touch()
    outputs = first.deployment.outputs
    play.bucket, play.rows = (
        outputs["BucketName"],
        release.put_rows(connection, outputs["BucketName"], outputs["TableName"]),
    )

    connection.client("s3").upload_file(str(corpus), play.bucket, "corpora/before.txt")

    assert first.run_of("corpora/before.txt", RunStatus.TRAINING).status is RunStatus.TRAINING


def test_it_is_upgraded_while_another_is_deployed_beside_it(
    first: Checkout, second: Checkout, connection: Connection, hold: Path, play: Play
):
    for made in together((first, "deploy"), (second, "deploy")):
        assert made.status == 0, made.text
        assert made.asked
        assert "current credentials" not in made.text  # which it takes where it may not assume its own role
    hold.unlink()

    upgraded = [f"Wordvectors-{name}" for name in (PIPELINE, CLEANING)]
    assert statuses(connection, *upgraded) == ["UPDATE_COMPLETE"] * 2
    created = [f"Second-{name}" for name in (STORAGE, PIPELINE, TUNING)]
    assert statuses(connection, *created, "Wordvectors-Tuning") == ["CREATE_COMPLETE"] * 4
    assert statuses(connection, "Second-Cleaning") == [None]
    assert first.deployment.outputs["BucketName"] == play.bucket


def test_the_run_that_was_training_ends_and_what_was_recorded_can_be_read(first: Checkout, play: Play):
    run = first.run_of("corpora/before.txt")
    assert (run.status, run.reason) == (RunStatus.COMPLETED, None)

    listed = first.wordvectors("runs")

    assert {found["run_id"] for found in listed} == {run.run_id, *play.rows}
    assert {found["status"] for found in listed} == {"COMPLETED", "STOPPED", "REJECTED"}


def test_an_upload_is_trained_in_the_deployment_that_has_it(
    first: Checkout, second: Checkout, corpus: Path, play: Play
):
    for checkout in (first, second):
        run = checkout.wordvectors("train", str(corpus), "--name", "after")
        assert run["status"] == "COMPLETED"
    assert [found.run_id for found in second.deployment.runs.newest()] == [run["run_id"]]
    play.objects = objects_of(second)


@pytest.mark.parametrize("name", [STORAGE, PIPELINE, CLEANING])
def test_the_local_clouds_deployer_creates_what_the_cdk_creates_but_for_the_bootstrap(
    connection: Connection, name: str
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


def test_only_the_cdk_bundles_the_functions_packages(connection: Connection):
    layer = template(connection, "Wordvectors", PIPELINE)["Resources"]["DependenciesLayer4E74D299"]
    key = layer["Properties"]["Content"]["S3Key"]

    bundled, not_bundled = (archived(connection, bucket, key) for bucket in (ASSETS, LOCAL_ASSETS))

    assert any(name.startswith("python/pydantic_core/_pydantic_core.cpython-313-aarch64") for name in bundled)
    assert "requirements.txt" in not_bundled


def test_where_nothing_changed_nothing_is_deployed_and_what_is_to_be_kept_is_kept(
    first: Checkout, second: Checkout, play: Play
):
    second.set(environment="production")

    same, kept = together((first, "deploy"), (second, "deploy"))

    assert (same.status, same.asked) == (0, []), same.text
    assert same.text.count("(no changes)") == len((STORAGE, PIPELINE, TUNING, CLEANING))
    assert kept.status == 0, kept.text
    assert objects_of(second) == play.objects


def test_a_change_of_settings_leaves_a_run_that_trains_as_it_is_and_a_removal_the_data(
    first: Checkout, second: Checkout, connection: Connection, corpus: Path, hold: Path, play: Play
):
    hold.touch()
    first.wordvectors("train", str(corpus), "--name", "changed", "--no-follow")
    first.run_of("corpora/changed.txt", RunStatus.TRAINING)

    first.set(job_name_prefix="nlp")
    refused = first.make("deploy")
    assert refused.status != 0
    assert "job_name_prefix would change from 'wv' to 'nlp' while runs are open" in refused.text

    settings = {
        "default_plan": {"hyperparameters": {"epochs": 2}},
        "owner": "nlp",
        "tags": {"team": "search"},
    }
    first.set(job_name_prefix="wv", log_retention_days=30, max_queue_hours=1, **settings)
    changed, removed = together((first, "deploy"), (second, "destroy"))
    hold.unlink()

    assert changed.status == 0, changed.text
    run = first.run_of("corpora/changed.txt")
    assert (run.status, run.reason) == (RunStatus.COMPLETED, None)
    assert removed.status == 0, removed.text
    left = {name.partition("-")[0] for name in contents(connection, "Second")}
    assert left == {"s3 second", "dynamodb Second"}
    assert "Second-Storage" in removed.text


def test_what_was_kept_is_taken_back_and_what_is_switched_off_is_removed(
    first: Checkout, second: Checkout, connection: Connection, play: Play
):
    second.set(environment="development")
    first.set(cleaning={"enabled": False})

    without, again = together((first, "deploy"), (second, "deploy"))

    assert without.status == 0, without.text
    assert statuses(connection, "Wordvectors-Cleaning", "Wordvectors-Pipeline") == [None, "UPDATE_COMPLETE"]
    assert again.status == 0, again.text
    assert objects_of(second) == play.objects
    assert [found["status"] for found in second.wordvectors("runs")] == ["COMPLETED"]


def test_of_a_development_deployment_nothing_stays(second: Checkout, connection: Connection):
    made = second.make("destroy")

    assert made.status == 0, made.text
    assert contents(connection, "Second") == set()
    assert statuses(connection, "Wordvectors-Storage", "Wordvectors-Pipeline") == ["UPDATE_COMPLETE"] * 2


def objects_of(checkout: Checkout) -> list[str]:
    """Return the keys in a deployment's bucket."""
    bucket = checkout.deployment.bucket.name
    return [found["Key"] for found in checkout.deployment.s3.list_objects_v2(Bucket=bucket)["Contents"]]


def archived(connection: Connection, bucket: str, key: str) -> list[str]:
    """Return the names in an archive in a bucket."""
    body = connection.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    return zipfile.ZipFile(io.BytesIO(body)).namelist()
