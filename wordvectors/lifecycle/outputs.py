"""How a deployment's users find it: the outputs of its stacks."""

from __future__ import annotations

from enum import StrEnum


class Output(StrEnum):
    """An output that is asked for; stacks have others, for people to read."""

    BUCKET = "BucketName"
    TABLE = "TableName"
    STATE_MACHINE = "StateMachineArn"
    TOPIC = "TopicArn"
    ALARM_TOPIC = "AlarmTopicArn"
    DEAD_LETTERS = "DeadLetterQueueUrl"
    DEFAULT_PLAN = "DefaultPlan"
    LIMITS = "Limits"
    TRAINING_ROLE = "TrainingRoleArn"
    JOB_NAME_PREFIX = "JobNamePrefix"
    UPLOAD_RULE = "UploadRuleName"
    CLOSE_RUN = "CloseRunFunctionName"
    RECORD_EVALUATION = "RecordEvaluationFunctionName"
    RENDER_REPORT = "RenderReportFunctionName"

    CLOSE_TUNING = "CloseTuningFunctionName"
    """Of the stack of tunings, as the next."""
    TUNING_DEAD_LETTERS = "TuningDeadLetterQueueUrl"
    CLEANING_DEAD_LETTERS = "CleaningDeadLetterQueueUrl"
    """Of the stack of cleanings."""

    @property
    def step(self) -> str:
        """The step, such as `CloseRun`, whose function this names."""
        return self.removesuffix("FunctionName")
