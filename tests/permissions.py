"""The permissions that the deployed roles hold, one action on one resource at a time."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

PIPELINE, TUNING, CLEANING = "Wordvectors-Pipeline", "Wordvectors-Tuning", "Wordvectors-Cleaning"
_ANYWHERE = {
    ("*", "xray:*", "*"): "X-Ray takes segments from the real Lambda and Step Functions only",
    ("*", "logs:CreateLogStream", "*log-group:*Wordvectors-*"): "Lambda itself writes a function's log",
    ("*", "logs:PutLogEvents", "*log-group:*Wordvectors-*"): "Lambda itself writes a function's log",
    ("*StateMachineRole*", "logs:*", "*"): "Step Functions itself delivers its log, and asks for it once",
    ("*StateMachineRole*", "lambda:InvokeFunction", "*:[*]"): "CDK grants a function's versions with it",
    ("*UploadTriggerRole*", "states:StartExecution", "*"): "EventBridge assumes it; the emulator's asks no one",
    ("*Close*Role*", "sqs:SendMessage", "*"): "Lambda itself sends what failed; the emulator's asks no one",
}  # fmt: skip
UNUSED = {
    PIPELINE: {
        **_ANYWHERE,
        ("*PlanRunRole*", "s3:GetObject", "*/corpora/[*]"): "a run that is asked for without an upload, as by --again",
        ("*TrainingRole*", "ecr:*", "*"): "SageMaker pulls the image; here a process stands in for it",
        ("*TrainingRole*", "logs:DescribeLogStreams", "*"): "SageMaker's own agent on the instance",
        ("*TrainingRole*", "logs:CreateLogGroup", "*:[*]"): "CloudWatch Logs asks with and without a tail",
        ("*TrainingRole*", "s3:AbortMultipartUpload", "*"): "after an upload of many parts that failed",
        ("*TrainingRole*", "s3:*", "*/checkpoints/[*]"): "that engine's checkpoints: the same plays them",
        ("*TrainingRole*", "s3:GetObject", "*/evaluation/[*]"): "that engine's sets: the same plays them",
        ("*TrainingRole*", "s3:*", "*-assets-*"): "the project's own engine's code: tests/workflow plays such a plan",
    },
    TUNING: {
        **_ANYWHERE,
        ("*AdvanceTuningRole*", "states:StopExecution", "*"): "a tuning that is stopped while its trials start",
        ("*JudgeTuningRole*", "s3:GetObject", "*/evaluation/*"): "an objective that is a set of the user's own",
    },
    CLEANING: {
        **_ANYWHERE,
        ("*-CleaningRole*", "logs:CreateLogGroup", "*"): "Glue itself, though the groups are there",
        ("*-CleaningRole*", "s3:AbortMultipartUpload", "*"): "after an upload of many parts that failed",
        ("*StateMachineRole*", "glue:GetJobRuns", "*"): "Step Functions itself, when it waits for a run",
    },
}  # fmt: skip
"""By stack the (role, action, resource) of what no path here uses, as patterns, and why it is held."""


@dataclass(frozen=True)
class Statement:
    """One action on one resource that a role may do, each a pattern as in the policy."""

    role: str
    action: str
    resource: str

    def is_used(self, used: list[dict[str, Any]]) -> bool:
        """Whether one of the granted questions to IAM was about this."""
        return any(
            asked["principal"] == self.role
            and _matches(asked["action"], self.action)
            and _matches(asked["resource"], self.resource)
            for asked in used
        )

    def excuse(self) -> tuple[str, str, str] | None:
        """Return the entry of UNUSED that this falls under."""
        stack = next(stack for stack in UNUSED if self.role.startswith(f"{stack}-"))
        for entry in UNUSED[stack]:
            role, action, resource = entry
            if (
                fnmatch.fnmatchcase(self.role, role)
                and fnmatch.fnmatchcase(self.action, action)
                and fnmatch.fnmatchcase(self.resource, resource)
            ):
                return entry
        return None

    def is_excused(self) -> bool:
        """Whether there is a reason to hold this all the same."""
        return self.excuse() is not None


def statements(iam: Any, stack: str) -> Iterator[Statement]:
    """Yield what the roles of a stack are allowed, by a boto3 IAM client."""
    for role in iam.list_roles()["Roles"]:
        name = role["RoleName"]
        if not name.startswith(f"{stack}-"):
            continue
        assert iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"] == []
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            document = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
            for statement in document["Statement"]:
                assert statement["Effect"] == "Allow"
                for action in _listed(statement["Action"]):
                    for resource in _listed(statement["Resource"]):
                        yield Statement(name, action, resource)


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _matches(value: str, pattern: str) -> bool:
    """Match as IAM does: `*` and `?` alone are special."""
    return fnmatch.fnmatchcase(value, pattern.replace("[", "[[]"))
