"""Where an answer may differ from its model, and why: `EXCUSES` is all of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tests.contract.exchange import Exchange


@dataclass(frozen=True)
class Excuse:
    """A fault that is none.

    Attributes
    ----------
    fault : str
        A pattern of its whole sentence.
    reason : str
    unless : str
        A pattern; what it is found in is a faulty answer all the same.
    """

    fault: str
    reason: str
    unless: str = r"(?!)"

    def holds(self, fault: str, answer: str) -> bool:
        """Whether it excuses a fault of an answer."""
        return bool(re.fullmatch(self.fault, fault)) and not re.search(self.unless, answer)


EXCUSES = (
    Excuse(
        r"sagemaker:DescribeTrainingJob: answer\.ModelArtifacts is missing",
        "SageMaker has none before the model is uploaded, though its model requires it",
        unless=r'"TrainingJobStatus": "Completed"',
    ),
    Excuse(
        r"lambda:Invoke: the answer's status is 202, not 200",
        "an asynchronous invocation, whatever the model says",
    ),
    Excuse(
        r"cloudformation:DescribeStackEvents: .*ResourceStatus is none of the values .*: "
        "'(REVIEW_IN_PROGRESS|UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS)'",
        "CloudFormation has them for stacks (before a change set creates one, after an update went back), though its "
        "model does not",
    ),
    Excuse(
        r"cloudformation:DescribeChangeSet: answer\.ChangeSetType is not in the model",
        "ministack says it as well; nothing reads it",
    ),
    Excuse(
        r":\?: no operation is PUT /cloudformation-custom-resource-response/\S+",
        "at this address, presigned, a function tells CloudFormation of its end; in AWS it is one of S3",
    ),
    Excuse(
        r"(lambda:ListLayers|events:ListRules|cloudwatch:ListDashboards|glue:GetJobs): answer\..*",
        "ministack has members that AWS has not; the deployment's inventory alone reads the answers",
    ),
    Excuse(
        r"dynamodbstreams:GetRecords: answer: Value '0' at '\S+\.sizeBytes' .*",
        "ministack does not measure records, which tests alone read",
    ),
    Excuse(
        r"s3:GetObject: the error NoSuchVersion is not in the model",
        "S3's reference lists it among its error codes, of no operation in particular",
    ),
    Excuse(
        r"dynamodb:CreateTable: answer: Value '0' at '\S+\.numberOfDecreasesToday' .*",
        "moto, in unit tests; nothing reads it",
    ),
)


def without_excuse(faults: Iterable[str], exchange: Exchange) -> list[str]:
    """Return the faults of an exchange that nothing excuses."""
    answer = exchange.answer_body.decode("latin-1")
    return [fault for fault in faults if not any(excuse.holds(fault, answer) for excuse in EXCUSES)]
