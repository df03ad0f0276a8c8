"""Questions about the account, before anything of the pipeline is there."""

from __future__ import annotations

from botocore.exceptions import ClientError

from wordvectors.aws.errors import error_code, error_message, is_of_settings, settings_text
from wordvectors.aws.quotas import ON_DEMAND, SPOT
from wordvectors.blazingtext.regions import UnsupportedRegion, check_region, registry_accounts
from wordvectors.client.patient import FAIL, OK, UNKNOWN, WARN, Answer, Patient

BOOTSTRAP_PARAMETER = "/cdk-bootstrap/hnb659fds/version"
LEAST_BOOTSTRAP = 6
"""The version that the synthesized templates ask for."""

NO_QUOTAS = "the local cloud has no Service Quotas; it trains a few jobs at a time"


def credentials(patient: Patient) -> Answer:
    """Whose credentials these are."""
    if not patient.account.region:
        return UNKNOWN, "AWS can't be asked: no region is named", ""
    try:
        return OK, f"you are {patient.account.caller()}", ""
    except ClientError as error:
        reason = error_message(error)
    except Exception as error:
        if not is_of_settings(error):
            raise
        reason = settings_text(error)
    return (
        FAIL,
        f"AWS does not know you: {reason}",
        "Run `aws sso login` or `aws configure`, or name another profile with --profile or in AWS_PROFILE",
    )


def region(patient: Patient) -> Answer:
    """Whether SageMaker has BlazingText in the region."""
    name = patient.account.region
    if not name:
        return FAIL, "no region is named", "Name one with --region, or set AWS_REGION"
    try:
        check_region(name, registry_accounts())
    except UnsupportedRegion as unsupported:
        return FAIL, str(unsupported), "Deploy to one of these regions"
    return OK, f"SageMaker has BlazingText in {name}", ""


def bootstrap(patient: Patient) -> Answer:
    """Whether account and region are prepared for the CDK."""
    try:
        answer = patient.account.client("ssm").get_parameter(Name=BOOTSTRAP_PARAMETER)
    except ClientError as error:
        if error_code(error) != "ParameterNotFound":
            raise
        return FAIL, "account and region are not prepared for the CDK", "make bootstrap"
    version = int(answer["Parameter"]["Value"])
    if version < LEAST_BOOTSTRAP:
        return (
            FAIL,
            f"the CDK's bootstrap stack is version {version}; {LEAST_BOOTSTRAP} is needed",
            "make bootstrap",
        )
    return OK, f"prepared for the CDK (bootstrap version {version})", ""


def training_quota(patient: Patient) -> Answer:
    """Whether the account may train on as many instances as the default plan asks for."""
    resources = patient.resources
    needed = 1 if patient.instance_type_asked else resources.instance_count
    return _quota(patient, ON_DEMAND, needed, FAIL)


def spot_quota(patient: Patient) -> Answer:
    """Whether the account may train on spot capacity: a quota of its own, needed by plans that ask for it."""
    resources = patient.resources
    return _quota(patient, SPOT, resources.instance_count, FAIL if resources.spot else WARN)


def account_quotas(patient: Patient) -> Answer:
    """Whether the account's quotas for all instance types together let the default plan through."""
    if patient.account.is_local:
        return UNKNOWN, NO_QUOTAS, ""
    region, resources = patient.account.region, patient.resources
    shown, short, fixes = [], False, []
    for quota in patient.account_quotas:
        found, needed = patient.quotas.get(quota.name), getattr(resources, quota.field)
        value = found.value if found else quota.default
        shown.append(
            f"{quota.name!r} is {value:,}"
            + ("" if found else " unless it was raised: Service Quotas lists none")
        )
        if value < needed:
            short = True
            shown[-1] += f", and a run needs {needed:,}"
            fixes += [found.request(needed, region)] if found else []
    return FAIL if short else OK, "; ".join(shown), "; ".join(fixes)


def _quota(patient: Patient, name: str, needed: int, when_short: str) -> Answer:
    name = name.format(patient.instance_type)
    if patient.account.is_local:
        return UNKNOWN, NO_QUOTAS, ""
    quota = patient.quotas.get(name)
    if quota is None:
        return UNKNOWN, f"Service Quotas lists no quota {name!r} in {patient.account.region}", ""
    if quota.value >= needed:
        return OK, f"{name!r} is {quota.value}", ""
    ask = quota.request(needed, patient.account.region)
    return when_short, f"{name!r} is {quota.value}, and a run needs {needed}", ask
