"""What starts the state machine, what closes its runs, and where lost events and messages go."""

from __future__ import annotations

from typing import Any

from tests.infra.templates import only, resources, text
from wordvectors.lifecycle.keys import is_corpus_key


def rule(template: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [
        found for id, found in resources(template, "AWS::Events::Rule").items() if id.startswith(name)
    ]
    return found["Properties"]


def test_uploads_of_corpora_and_nothing_else_start_the_machine(pipeline: dict[str, Any]) -> None:
    pattern = rule(pipeline, "UploadTrigger")["EventPattern"]
    assert pattern["source"] == ["aws.s3"]
    assert pattern["detail-type"] == ["Object Created"]
    assert [text(name) for name in pattern["detail"]["bucket"]["name"]] == ["${Bucket}"]
    assert pattern["detail"]["object"] == {"key": [{"wildcard": "corpora/*.txt"}]}
    assert is_corpus_key("corpora/news.txt")


def test_upload_hands_over_bucket_key_etag_version_and_sequencer(pipeline: dict[str, Any]) -> None:
    (target,) = rule(pipeline, "UploadTrigger")["Targets"]
    assert text(target["Arn"]) == "${WorkflowStateMachine}"
    assert text(target["RoleArn"]) == "${UploadTriggerRole.Arn}"
    template = target["InputTransformer"]["InputTemplate"]
    for name, path in target["InputTransformer"]["InputPathsMap"].items():
        template = template.replace(f"<{name}>", path)
    assert template == (
        '{"bucket":$.detail.bucket.name,"key":$.detail.object.key,'
        '"etag":$.detail.object.etag,"version-id":$.detail.object.version-id,'
        '"sequencer":$.detail.object.sequencer}'
    )


def test_executions_that_end_badly_are_closed(pipeline: dict[str, Any]) -> None:
    found = rule(pipeline, "StopOnAbort")
    pattern = found["EventPattern"]
    assert pattern["source"] == ["aws.states"]
    assert pattern["detail-type"] == ["Step Functions Execution Status Change"]
    assert pattern["detail"]["status"] == ["FAILED", "TIMED_OUT", "ABORTED"]
    assert [text(arn) for arn in pattern["detail"]["stateMachineArn"]] == ["${WorkflowStateMachine}"]
    (target,) = found["Targets"]
    assert text(target["Arn"]) == "${CloseRunFunction.Arn}"
    permission = only(pipeline, "AWS::Lambda::Permission")
    assert permission["Principal"] == "events.amazonaws.com"
    assert text(permission["SourceArn"]) == "${StopOnAbortRule.Arn}"


def test_no_event_is_lost(pipeline: dict[str, Any]) -> None:
    for found in resources(pipeline, "AWS::Events::Rule").values():
        for target in found["Properties"]["Targets"]:
            assert text(target["DeadLetterConfig"]["Arn"]) == "${DeadLettersQueue.Arn}"
            assert target["RetryPolicy"]["MaximumRetryAttempts"] >= 10
            assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] >= 3600
    call = only(pipeline, "AWS::Lambda::EventInvokeConfig")
    assert text(call["FunctionName"]) == "${CloseRunFunction}"
    assert call["MaximumRetryAttempts"] == 2
    assert text(call["DestinationConfig"]["OnFailure"]["Destination"]) == "${DeadLettersQueue.Arn}"


def test_dead_letters_are_encrypted_kept_and_taken_over_tls_from_the_rules_only(
    pipeline: dict[str, Any],
) -> None:
    queue = only(pipeline, "AWS::SQS::Queue")
    assert queue["SqsManagedSseEnabled"] is True
    assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600
    denied, *allowed = only(pipeline, "AWS::SQS::QueuePolicy")["PolicyDocument"]["Statement"]
    assert denied["Effect"] == "Deny"
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    sources = set()
    for statement in allowed:
        assert statement["Principal"] == {"Service": "events.amazonaws.com"}
        sources.add(text(statement["Condition"]["ArnEquals"]["aws:SourceArn"]))
    assert sources == {"${UploadTriggerRule.Arn}", "${StopOnAbortRule.Arn}"}


def test_topics_take_messages_over_tls(pipeline: dict[str, Any]) -> None:
    policies = resources(pipeline, "AWS::SNS::TopicPolicy").values()
    assert len(policies) == len(resources(pipeline, "AWS::SNS::Topic")) == 2
    for policy in policies:
        denied = policy["Properties"]["PolicyDocument"]["Statement"][0]
        assert denied["Effect"] == "Deny"
        assert denied["Action"] == "sns:Publish"
        assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_what_is_told_of_runs_is_encrypted_and_alarms_can_publish(pipeline: dict[str, Any]) -> None:
    """CloudWatch may not use SNS's own key: an alarm on the encrypted topic would tell nobody."""
    keys = {
        text({"Ref": id}): text(topic["Properties"].get("KmsMasterKeyId", ""))
        for id, topic in resources(pipeline, "AWS::SNS::Topic").items()
    }
    assert keys["${NotificationsTopic}"] == "alias/aws/sns"  # an ARN of it would not create the key
    assert keys["${AlarmsTopic}"] == ""
    (policy,) = [
        found["Properties"]["PolicyDocument"]["Statement"]
        for found in resources(pipeline, "AWS::SNS::TopicPolicy").values()
        if [text(topic) for topic in found["Properties"]["Topics"]] == ["${AlarmsTopic}"]
    ]
    (allowed,) = [statement for statement in policy if statement["Effect"] == "Allow"]
    assert allowed["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert allowed["Action"] == "sns:Publish"
    assert allowed["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_nobody_is_subscribed_unless_asked(pipeline: dict[str, Any]) -> None:
    assert not resources(pipeline, "AWS::SNS::Subscription")
