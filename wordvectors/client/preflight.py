"""Is everything there that a run needs? One function per question, each with its answer in plain words.

Every check works in an account that has nothing of the pipeline yet, and a check that can't be made says so and
leaves the others alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from botocore.exceptions import ClientError

from wordvectors.aws.errors import (
    TransientServiceError,
    error_code,
    error_message,
    is_of_settings,
    settings_text,
)
from wordvectors.client import account_questions, deployment_questions
from wordvectors.client.deployment import DeploymentNotFound
from wordvectors.client.patient import UNKNOWN, Check, Patient, Question

QUESTIONS: dict[str, Question] = {
    "Credentials": account_questions.credentials,
    "Region": account_questions.region,
    "Bootstrap": account_questions.bootstrap,
    "Stacks": deployment_questions.stacks,
    "Training quota": account_questions.training_quota,
    "Spot quota": account_questions.spot_quota,
    "Account quotas": account_questions.account_quotas,
    "Training role": deployment_questions.training_role,
    "Upload rule": deployment_questions.upload_rule,
    "E-mail": deployment_questions.e_mail,
    "Dead letters": deployment_questions.dead_letters,
    "Money": deployment_questions.money,
    "Orphans": deployment_questions.orphans,
}
NOT_ASKED_LOCALLY = ("Bootstrap",)
"""The local cloud needs no preparation for the CDK."""


def examine(patient: Patient) -> Iterator[Check]:
    """Ask all questions, one by one."""
    for name, question in QUESTIONS.items():
        if patient.account.is_local and name in NOT_ASKED_LOCALLY:
            continue
        try:
            yield Check(name, *question(patient))
        except DeploymentNotFound:
            yield Check(name, UNKNOWN, "there is no deployment to look at")
        except ClientError as error:
            yield Check(name, UNKNOWN, _refusal(error))
        except (TransientServiceError, KeyError) as error:
            yield Check(name, UNKNOWN, f"could not be asked: {error}")
        except Exception as error:
            if not is_of_settings(error):
                raise
            yield Check(name, UNKNOWN, f"could not be asked: {settings_text(error)}")


def _refusal(error: ClientError) -> str:
    code = error_code(error)
    if "AccessDenied" in code or "NotAuthorized" in code or code == "AuthorizationError":
        return f"you may not ask: {error_message(error)}"
    return f"could not be asked: {f'{code}: ' * bool(code)}{error_message(error)}"
