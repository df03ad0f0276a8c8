"""`make bootstrap`, `make deploy`, `make destroy`: say what is about to happen, then let the CDK CLI do it."""

from __future__ import annotations

import sys

from infra import cdk
from infra.application import cdk_json_context
from infra.settings import DeploymentSettings, InvalidSettings
from wordvectors.client import account_questions
from wordvectors.client.deployment import (
    Deployment,
    DeploymentNotFound,
    account_aws,
    connect_aws,
    is_deployed,
)
from wordvectors.client.orphans import open_runs_of
from wordvectors.client.patient import FAIL, Patient

ACCOUNT = "the account and region of your AWS credentials (AWS_PROFILE, AWS_REGION)"
_CLEANING_ON = ("-c", "wordvectors.cleaning.enabled=true")
"""Without it, the app has no cleaning stack that the CDK could remove."""


def announcement(
    verb: str, settings: DeploymentSettings, *, left_over: bool = False
) -> tuple[str, list[list[str]]]:
    """Return what to tell a person before a command, and the CDK CLI's arguments, each time that it is called.

    Parameters
    ----------
    verb
        `bootstrap`, `deploy` or `destroy`.
    left_over
        Whether the cleaning stack is deployed, though cleaning is switched off now. It uses what the pipeline's stack
        exports for it: until it is removed, CloudFormation neither removes that stack nor takes a template without
        these exports.
    """
    storage, pipeline, tuning = settings.storage_stack, settings.pipeline_stack, settings.tuning_stack
    if verb == "bootstrap":
        text = (
            f"Prepares {ACCOUNT} for the CDK: a bucket for assets and roles for deployments. Once per region."
        )
        return text, [["bootstrap"]]
    if verb == "deploy":
        cleaning = ""
        if settings.cleaning.enabled:
            cleaning = (
                f"  {settings.cleaning_stack}  a Glue job that cleans documents, what starts it, its role\n"
            )
        elif left_over:
            cleaning = f"  {settings.cleaning_stack}  is removed first: cleaning is switched off\n"
        fate = (
            "kept, with what they hold, whatever is destroyed"
            if settings.keeps_data
            else "removed by destroy"
        )
        text = (
            f"Deploys to {ACCOUNT}, with the settings in cdk.json:\n"
            f"  {storage}   bucket and runs table: {fate} (environment: {settings.environment})\n"
            f"  {pipeline}  functions, state machine, rules, roles, topics, queue, alarms, dashboard\n"
            f"  {tuning}    a state machine that searches hyperparameters, its functions and roles\n"
            f"{cleaning}"
            f"{settings.limits.money_text}.\n"
            "At rest this costs storage, and the alarms and the dashboard as far as CloudWatch's free tier does not\n"
            "cover them; training and cleaning are billed per second.\n"
            "The CDK shows what changes in permissions, and asks."
        )
        commands = [["destroy", settings.cleaning_stack, *_CLEANING_ON]] if left_over else []
        return text, [*commands, ["deploy", "--all", "--require-approval", "any-change"]]
    with_cleaning = _CLEANING_ON if left_over else ()
    if settings.keeps_data:
        removed = [settings.cleaning_stack] if settings.cleaning.enabled or left_over else []
        removed += [tuning, pipeline]
        text = (
            f"Removes {', '.join(removed[:-1])} and {removed[-1]} from {ACCOUNT}.\n"
            f"Stays: {storage}, with its bucket and runs table and all they hold; the next deploy finds them.\n"
            "Stays: SageMaker's own log group, /aws/sagemaker/TrainingJobs. Jobs that train now go on: stop them first."
        )
        return text, [["destroy", *removed, *with_cleaning]]
    text = (
        f"Removes {pipeline}, its tuning, its cleaning and {storage} from {ACCOUNT}: every corpus, model and run\n"
        "with them.\n"
        "Stays: SageMaker's own log group, /aws/sagemaker/TrainingJobs. Jobs that train now go on: stop them first."
    )
    return text, [["destroy", "--all", *with_cleaning]]


def account_fault(settings: DeploymentSettings) -> str:
    """Say why there is no account to work on, and what to do; nothing if there is one.

    The CDK finds out a minute later, and says neither that the credentials have expired nor which region has no
    BlazingText.
    """
    try:
        patient = Patient(account_aws(profile=None, region=None), settings.stack_prefix)
    except DeploymentNotFound as unknown:
        return str(unknown)
    for question in (account_questions.region, account_questions.credentials):
        status, text, fix = question(patient)
        if status == FAIL:
            return f"{text}. {fix}."
    return ""


def prefix_fault(settings: DeploymentSettings, deployed: Deployment | None) -> str:
    """Say why these settings may not be deployed now, over what is deployed; nothing if they may.

    What a run is called, and so its job, was settled when it was planned: under another `job_name_prefix` a run that
    waits for an instance may not start its job any more.
    """
    if deployed is None or deployed.job_name_prefix == settings.job_name_prefix:
        return ""
    runs = [run.run_id for run in open_runs_of(deployed)]
    if not runs:
        return ""
    return (
        f"job_name_prefix would change from {deployed.job_name_prefix!r} to {settings.job_name_prefix!r} while runs "
        f"are open: {', '.join(runs[:5])}{' …' if len(runs) > 5 else ''}. Wait for their ends, or stop them with "
        "`wordvectors stop`, and deploy again; or leave job_name_prefix as it is."
    )


def _deployed(settings: DeploymentSettings) -> Deployment | None:
    try:
        return connect_aws(profile=None, region=None, stack=settings.stack_prefix)
    except DeploymentNotFound:  # or not reached: of that the CDK speaks
        return None


def main(verb: str) -> int:
    """Announce a command and carry it out; return its exit status."""
    try:
        settings = DeploymentSettings.from_context(cdk_json_context())
    except InvalidSettings as invalid:
        print("\n".join(invalid.faults), file=sys.stderr)
        return 1
    if fault := account_fault(settings):
        print(fault, file=sys.stderr)
        return 1
    if verb == "deploy" and (fault := prefix_fault(settings, _deployed(settings))):
        print(fault, file=sys.stderr)
        return 1
    left_over = not settings.cleaning.enabled and is_deployed(settings.cleaning_stack)
    text, commands = announcement(verb, settings, left_over=left_over)
    print(text + "\n", flush=True)
    for arguments in commands:
        if status := cdk.run(arguments):
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
