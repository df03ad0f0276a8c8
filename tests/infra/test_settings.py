"""The deployment's settings: read from the CDK context, and every fault told at once."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest

from infra.application import cdk_json_context
from infra.settings import DeploymentSettings, InvalidSettings
from wordvectors.lifecycle.limits import Limits

KEY = "arn:aws:kms:eu-west-1:123456789012:key/"


def settings(**given: Any) -> DeploymentSettings:
    return DeploymentSettings.from_context({"wordvectors": given})


def faults(context: dict[str, Any]) -> tuple[str, ...]:
    with pytest.raises(InvalidSettings) as raised:
        DeploymentSettings.from_context(context)
    return raised.value.faults


def test_cdk_json_shows_every_setting_at_its_default() -> None:
    shown = cdk_json_context()["wordvectors"]
    assert shown == DeploymentSettings().model_dump(mode="json")


def test_nothing_given_is_production() -> None:
    found = DeploymentSettings.from_context({})
    assert found == DeploymentSettings()
    assert found.keeps_data


def test_single_settings_override_the_object() -> None:
    found = DeploymentSettings.from_context(
        {
            "wordvectors": {"owner": "nlp", "poll_seconds_min": 20, "tags": {"a": "1"}},
            "wordvectors.poll_seconds_min": "5",
            "wordvectors.tags.team": "search",
            "wordvectors.default_plan.hyperparameters.vector_dim": "64",
            "wordvectors.default_plan.hyperparameters.mode": "cbow",
            "wordvectors.default_plan.resources.spot": "false",
            "@aws-cdk/core:other": True,
        }
    )
    assert (found.owner, found.poll_seconds_min) == ("nlp", 5)
    assert found.tags == {"a": "1", "team": "search"}
    plan = found.resolved_default_plan
    assert plan.hyperparameters.vector_dim == 64
    assert plan.hyperparameters.mode == "cbow"
    assert plan.resources.spot is False


def test_keys_are_given_on_the_command_line_separated_by_commas() -> None:
    found = DeploymentSettings.from_context({"wordvectors.kms_key_arns": f"{KEY}1, {KEY}2"})
    assert found.kms_key_arns == (f"{KEY}1", f"{KEY}2")


def test_limits_are_given_on_the_command_line_as_text() -> None:
    found = DeploymentSettings.from_context(
        {
            "wordvectors.allowed_instance_types": "ml.c5.xlarge, ml.c5.2xlarge",
            "wordvectors.max_instance_count": "2",
            "wordvectors.max_volume_gb": "50",
            "wordvectors.max_run_cost": "2.5",
        }
    )
    assert found.limits == Limits(
        allowed_instance_types=("ml.c5.xlarge", "ml.c5.2xlarge"),
        max_instance_count=2,
        max_volume_gb=50,
        max_run_cost=2.5,
    )


def test_what_is_allowed_unless_said_otherwise_is_what_sagemaker_trains_on() -> None:
    offered = botocore.session.get_session().get_service_model("sagemaker").shape_for("TrainingInstanceType")
    assert set(DeploymentSettings().allowed_instance_types) <= set(offered.enum)


def test_overrides_leave_the_context_as_it_was() -> None:
    context = {"wordvectors": {"tags": {"a": "1"}}, "wordvectors.tags.b": "2"}
    DeploymentSettings.from_context(context)
    assert context["wordvectors"] == {"tags": {"a": "1"}}


def test_tags_of_resources_and_jobs() -> None:
    found = settings(owner="nlp", application="word vectors", tags={"cost-centre": "4711"})
    assert found.all_tags == {"application": "word vectors", "owner": "nlp", "cost-centre": "4711"}


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (
            {"environment": "prod"},
            "wordvectors.environment is 'prod'; it should be 'production' or 'development'",
        ),
        ({"job_name_prefix": "WV"}, "wordvectors.job_name_prefix is 'WV'; it should match pattern"),
        ({"job_name_prefix": "a-"}, "wordvectors.job_name_prefix is 'a-'; it should match pattern"),
        (
            {"job_name_prefix": "abcdefghijklm"},
            "wordvectors.job_name_prefix is 'abcdefghijklm'; it should have at",
        ),
        ({"job_name_prefix": "wv\n"}, "wordvectors.job_name_prefix is 'wv\\n'; it should match pattern"),
        ({"stack_prefix": "1st"}, "wordvectors.stack_prefix is '1st'; it should match pattern"),
        ({"owner": ""}, "wordvectors.owner is ''; it should have at least 1 character"),
        ({"owner": "a<b"}, "wordvectors.owner is 'a<b'; it must be at most 256 letters, digits"),
        ({"owner": "a\nb"}, r"wordvectors.owner is 'a\nb'; it must be at most 256 letters, digits, spaces"),
        ({"tags": {"owner": "x"}}, "wordvectors.tags has 'owner', which is a setting of its own"),
        ({"tags": {"aws:x": "1"}}, "wordvectors.tags key 'aws:x' begins with a reserved prefix"),
        ({"owner": "AWS:me"}, "wordvectors.owner is 'AWS:me'; it must not begin with aws:"),
        ({"tags": {"a": "x" * 257}}, "wordvectors.tags value of 'a' is 'xxx"),
        ({"tags": {"a": "aws:x"}}, "wordvectors.tags value of 'a' is 'aws:x'; it must not begin with aws:"),
        ({"tags": {"": "x"}}, "wordvectors.tags key '' must be 1 to 128 letters"),
        ({"tags": {"a": 1}}, "wordvectors.tags.a is 1; it should be a valid string"),
        ({"tags": {str(n): "x" for n in range(16)}}, "wordvectors.tags is"),
        (
            {"poll_seconds_min": 0},
            "wordvectors.poll_seconds_min is 0; it should be greater than or equal to 1",
        ),
        (
            {"poll_seconds_min": "soon"},
            "wordvectors.poll_seconds_min is 'soon'; it should be a valid integer",
        ),
        (
            {"poll_seconds_max": 7200},
            "wordvectors.poll_seconds_max is 7200; it should be less than or equal to",
        ),
        (
            {"kms_key_arns": ["arn:aws:kms:eu-west-1:123456789012:alias/mine"]},
            "wordvectors.kms_key_arns names 'arn:aws:kms:eu-west-1:123456789012:alias/mine'; a key is named by its own",
        ),
        (
            {"poll_seconds_min": 60, "poll_seconds_max": 30},
            "wordvectors.poll_seconds_min is 60, more than poll_seconds_max 30",
        ),
        ({"max_queue_hours": 0}, "wordvectors.max_queue_hours is 0; it should be greater than or equal to 1"),
        ({"log_retention_days": 4}, "wordvectors.log_retention_days is 4; CloudWatch Logs offers 1, 3, 5"),
        (
            {"allowed_instance_types": ["ml.c6g.xlarge", "ml.c5.xlarge"]},
            "wordvectors.allowed_instance_types names a type that is 'ml.c6g.xlarge', and BlazingText is not",
        ),
        ({"allowed_instance_types": []}, "wordvectors.allowed_instance_types is []; it should"),
        (
            {"allowed_instance_types": ["ml.m5.large"]},
            "wordvectors.default_plan resources.instance_type is 'ml.c5.xlarge'; this deployment allows ml.m5.large",
        ),
        (
            {"default_plan": {"resources": {"instance_count": 5}}},
            "wordvectors.default_plan resources.instance_count is 5; this deployment allows at most 4",
        ),
        (
            {"max_instance_count": 0},
            "wordvectors.max_instance_count is 0; it should be greater than or equal",
        ),
        (
            {"max_volume_gb": 20},
            "wordvectors.default_plan resources.volume_gb is 30; this deployment allows at most 20",
        ),
        ({"max_volume_gb": 20_000}, "wordvectors.max_volume_gb is 20000; it should be less than or equal"),
        ({"max_run_cost": 0}, "wordvectors.max_run_cost is 0; it should be greater than 0"),
        ({"notification_email": "me"}, "wordvectors.notification_email is 'me'; it should match pattern"),
        (
            {"colour": "red"},
            "wordvectors.colour is not a setting; known are allowed_instance_types, max_",
        ),
        (
            {"default_plan": {"hyperparameters": {"epochs": 0}}},
            "wordvectors.default_plan hyperparameters.epochs is 0; allowed is a whole number from 1 to 1,000,000",
        ),
        ({"default_plan": {"sets": []}}, "wordvectors.default_plan sets is not a key of a plan"),
        ({"default_plan": "cbow"}, "wordvectors.default_plan is 'cbow'; it should be a valid dictionary"),
    ],
)
def test_wrong_setting(given: dict[str, Any], fault: str) -> None:
    (found,) = faults({"wordvectors": given})
    assert found.startswith(fault)


def test_settings_that_are_no_object() -> None:
    (found,) = faults({"wordvectors": "production"})
    assert found == "wordvectors is 'production'; in cdk.json's context it must be an object"


def test_all_faults_are_told_at_once() -> None:
    found = faults(
        {
            "wordvectors": {
                "environment": "prod",
                "default_plan": {
                    "hyperparameters": {"epochs": 0, "mode": "foo"},
                    "resources": {"volume_gb": 1},
                },
            },
            "wordvectors.enviroment": "production",
        }
    )
    assert len(found) == 5
    assert all(fault.startswith("wordvectors.") and "\n" not in fault for fault in found)
