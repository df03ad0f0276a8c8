"""What `make deploy` and `make destroy` announce is what they then ask the CDK CLI to do."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from infra import lifecycle
from infra.settings import DeploymentSettings
from wordvectors.client.deployment import Account
from wordvectors.lifecycle.run import Run
from wordvectors.lifecycle.status import RunStatus

KEEPS = DeploymentSettings()
NO_CLEANING = DeploymentSettings.model_validate({"cleaning": {"enabled": False}})
DEPLOY = ["deploy", "--all", "--require-approval", "any-change"]
WITH_CLEANING = ["-c", "wordvectors.cleaning.enabled=true"]
PASSES = DeploymentSettings(environment="development", stack_prefix="Trial")


@pytest.fixture
def reached(monkeypatch):
    """There is an account."""
    monkeypatch.setattr(lifecycle, "account_fault", lambda settings: "")


def test_deploy_says_what_is_kept_and_lets_the_cdk_ask():
    text, commands = lifecycle.announcement("deploy", KEEPS)

    assert "kept, with what they hold" in text
    assert commands == [DEPLOY]


def test_destroy_leaves_the_data_of_a_production_deployment_alone():
    text, commands = lifecycle.announcement("destroy", KEEPS)

    assert "Stays: Wordvectors-Storage" in text
    assert commands == [["destroy", "Wordvectors-Cleaning", "Wordvectors-Tuning", "Wordvectors-Pipeline"]]


def test_without_cleaning_nothing_of_it_is_deployed_or_destroyed():
    assert "Cleaning" not in lifecycle.announcement("deploy", NO_CLEANING)[0]
    text, commands = lifecycle.announcement("destroy", NO_CLEANING)
    assert commands == [["destroy", "Wordvectors-Tuning", "Wordvectors-Pipeline"]]
    assert text.startswith("Removes Wordvectors-Tuning and Wordvectors-Pipeline from ")


@pytest.mark.parametrize(
    ("verb", "commands"),
    [
        ("deploy", [["destroy", "Wordvectors-Cleaning", *WITH_CLEANING], DEPLOY]),
        (
            "destroy",
            [
                [
                    "destroy",
                    "Wordvectors-Cleaning",
                    "Wordvectors-Tuning",
                    "Wordvectors-Pipeline",
                    *WITH_CLEANING,
                ]
            ],
        ),
    ],
)
@pytest.mark.usefixtures("reached")
def test_cleaning_that_was_switched_off_is_removed(verb, commands, monkeypatch, capsys):
    carried_out = []
    monkeypatch.setattr(
        lifecycle, "cdk_json_context", lambda: {"wordvectors": {"cleaning": {"enabled": False}}}
    )
    monkeypatch.setattr(lifecycle, "_deployed", lambda settings: None)
    monkeypatch.setattr(lifecycle, "is_deployed", lambda stack: stack == "Wordvectors-Cleaning")
    monkeypatch.setattr(lifecycle.cdk, "run", lambda arguments: carried_out.append(arguments) or 0)

    assert lifecycle.main(verb) == 0

    assert carried_out == commands
    assert "Wordvectors-Cleaning" in capsys.readouterr().out


@pytest.mark.usefixtures("reached")
def test_what_was_refused_is_followed_by_nothing(monkeypatch):
    carried_out = []
    monkeypatch.setattr(
        lifecycle, "announcement", lambda verb, settings, left_over: ("", [["destroy"], DEPLOY])
    )
    monkeypatch.setattr(lifecycle, "_deployed", lambda settings: None)
    monkeypatch.setattr(lifecycle.cdk, "run", lambda arguments: carried_out.append(arguments) or 1)

    assert lifecycle.main("deploy") == 1
    assert carried_out == [["destroy"]]


def test_destroy_of_a_development_deployment_says_that_all_is_removed():
    text, commands = lifecycle.announcement("destroy", PASSES)

    assert "every corpus, model and run" in text
    assert "Trial-Storage" in text
    assert commands == [["destroy", "--all"]]


@pytest.mark.parametrize("verb", ["bootstrap", "deploy", "destroy"])
@pytest.mark.usefixtures("reached")
def test_the_announcement_comes_before_the_deed(verb, monkeypatch, capsys):
    said_before = []
    monkeypatch.setattr(lifecycle, "_deployed", lambda settings: None)
    monkeypatch.setattr(
        lifecycle.cdk, "run", lambda arguments: said_before.append(capsys.readouterr().out) or 0
    )

    assert lifecycle.main(verb) == 0
    assert "AWS credentials" in said_before[0]


@dataclass
class Deployed:
    """What is deployed, as far as it matters here."""

    job_name_prefix: str


@pytest.mark.parametrize(
    ("prefix", "runs", "refused"),
    [("old", ("old-a", "old-b"), True), ("old", (), False), ("wv", ("wv-a",), False)],
)
@pytest.mark.usefixtures("reached")
def test_another_prefix_is_not_deployed_while_runs_are_open(monkeypatch, capsys, prefix, runs, refused):
    carried_out = []
    rows = [Run(run_id=name, status=RunStatus.TRAINING) for name in runs]
    monkeypatch.setattr(lifecycle, "_deployed", lambda settings: Deployed(prefix))
    monkeypatch.setattr(lifecycle, "open_runs_of", lambda deployment: iter(rows))
    monkeypatch.setattr(lifecycle.cdk, "run", lambda arguments: carried_out.append(arguments) or 0)

    assert lifecycle.main("deploy") == int(refused)

    assert (carried_out == []) is refused
    said = "job_name_prefix would change from 'old' to 'wv' while runs are open: old-a, old-b."
    assert (said in capsys.readouterr().err) is refused


def test_wrong_settings_end_it_before_anything_is_done(monkeypatch, capsys):
    monkeypatch.setattr(lifecycle, "cdk_json_context", lambda: {"wordvectors": {"environment": "prod"}})
    monkeypatch.setattr(lifecycle.cdk, "run", lambda arguments: pytest.fail("the CDK was called"))

    assert lifecycle.main("deploy") == 1
    assert "environment" in capsys.readouterr().err


class Unknown:
    """STS, which knows nobody."""

    def get_caller_identity(self):
        raise ClientError(
            {"Error": {"Code": "ExpiredToken", "Message": "The token has expired"}}, "GetCallerIdentity"
        )


@pytest.mark.parametrize("verb", ["bootstrap", "deploy", "destroy"])
@pytest.mark.parametrize(
    ("region", "said"),
    [
        ("eu-west-1", "AWS does not know you: The token has expired. Run `aws sso login`"),
        ("us-gov-west-1", "us-gov-west-1 is not in AWS's commercial partition"),
        (None, "no region is named. Name one with --region, or set AWS_REGION."),
    ],
)
def test_without_an_account_it_ends_before_anything_is_done(monkeypatch, capsys, verb, region, said):
    account = Account(SimpleNamespace(region_name=region), None)
    monkeypatch.setattr(Account, "client", lambda self, service: Unknown())
    monkeypatch.setattr(lifecycle, "account_aws", lambda **_: account)
    monkeypatch.setattr(lifecycle.cdk, "run", lambda arguments: pytest.fail("the CDK was called"))

    assert lifecycle.main(verb) == 1
    assert capsys.readouterr().err.startswith(said)


def test_a_profile_that_is_not_there_is_named(monkeypatch, capsys):
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    monkeypatch.setattr(lifecycle.cdk, "run", lambda arguments: pytest.fail("the CDK was called"))

    assert lifecycle.main("deploy") == 1
    assert "The config profile (nobody) could not be found" in capsys.readouterr().err
