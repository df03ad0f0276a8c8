"""Questions about what is deployed: its parts, its messages, its money, and what nobody looks after."""

from __future__ import annotations

from datetime import UTC, datetime

from botocore.exceptions import ClientError

from wordvectors.aws.errors import error_code
from wordvectors.client.deployment import CLEANING_STACK, PIPELINE_STACK, STORAGE_STACK, TUNING_STACK
from wordvectors.client.patient import FAIL, OK, WARN, Answer, Patient
from wordvectors.lifecycle.outputs import Output


def stacks(patient: Patient) -> Answer:
    """Whether the stacks are deployed, and whether the last deployment went through."""
    deploy = "wordvectors local start" if patient.account.is_local else "make deploy"
    states, missing = {}, list[str]()
    for stack in (STORAGE_STACK, PIPELINE_STACK, TUNING_STACK, CLEANING_STACK):
        name, found = f"{patient.stack}-{stack}", patient.described(stack)
        if found is not None:
            states[name] = found["StackStatus"]
        elif stack != CLEANING_STACK:  # that one can be switched off
            missing.append(name)
    if missing and set(states.values()) <= _HEALTHY:  # else the others tell why
        return FAIL, f"the stack {missing[0]} is not deployed", deploy
    shown = ", ".join(f"{name} is {state}" for name, state in states.items())
    if set(states.values()) <= _HEALTHY:
        return OK, shown, ""
    why = "; ".join(
        reason
        for name, state in states.items()
        if state not in _HEALTHY and (reason := _first_failure(patient, name))
    )
    shown += f": {why}" * bool(why)
    if set(states.values()) <= _HEALTHY | _WORKING:
        return WARN, f"{shown}: the last deployment has not ended, or did not go through", deploy
    return FAIL, shown, deploy


_HEALTHY = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"}
_WORKING = {"UPDATE_ROLLBACK_COMPLETE", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"}


def _first_failure(patient: Patient, stack: str) -> str:
    """Say which resource failed first in the stack's last deployment, and why; what failed after it was cancelled."""
    pages = (
        patient.account.client("cloudformation")
        .get_paginator("describe_stack_events")
        .paginate(StackName=stack)
    )
    failure = ""
    for event in (event for page in pages for event in page["StackEvents"]):  # the newest first
        status, resource = event["ResourceStatus"], event.get("LogicalResourceId", "")
        if event.get("PhysicalResourceId") == event["StackId"] and status in _BEGUN:
            break
        if status.endswith("_FAILED") and "cancelled" not in event.get("ResourceStatusReason", ""):
            failure = f"{resource} {status}: {event.get('ResourceStatusReason', 'no reason was given')}"
    return failure


_BEGUN = {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS", "REVIEW_IN_PROGRESS"}


def training_role(patient: Patient) -> Answer:
    """Whether the role that training jobs take is there."""
    name = patient.deployment.outputs[Output.TRAINING_ROLE].rpartition("/")[2]
    try:
        patient.account.client("iam").get_role(RoleName=name)
    except ClientError as error:
        if error_code(error) != "NoSuchEntity":
            raise
        return (
            FAIL,
            f"the training jobs' role {name} was deleted",
            "make destroy, then make deploy: data stay",
        )
    return OK, f"training jobs take the role {name}", ""


def upload_rule(patient: Patient) -> Answer:
    """Whether an upload starts a run."""
    name = patient.deployment.outputs[Output.UPLOAD_RULE]
    state = patient.account.client("events").describe_rule(Name=name)["State"]
    if state != "ENABLED":
        return FAIL, "uploads start no runs: their rule is disabled", f"aws events enable-rule --name {name}"
    return OK, "an upload starts a run", ""


_TOPICS = (Output.TOPIC, Output.ALARM_TOPIC)
"""The outputs that name them."""


def e_mail(patient: Patient) -> Answer:
    """Whether whoever is to hear of runs and alarms has confirmed that they want to: until then nothing is sent."""
    sns = patient.account.client("sns")
    waiting, told = set[str](), set[str]()
    for topic in _TOPICS:
        pages = sns.get_paginator("list_subscriptions_by_topic").paginate(
            TopicArn=patient.deployment.outputs[topic]
        )
        for subscription in (one for page in pages for one in page["Subscriptions"]):
            group = waiting if subscription["SubscriptionArn"] == "PendingConfirmation" else told
            group.add(subscription["Endpoint"])
    if waiting:
        return (
            WARN,
            f"{', '.join(sorted(waiting))} is told nothing: the subscription is not confirmed",
            "Follow the link in the mails from AWS Notifications; if there are none, look in the spam folder",
        )
    if not told and not _has_subscriptions(patient):
        return OK, "nobody is told how runs end: no notification_email is set", ""
    if not told:
        topics = (patient.deployment.outputs[topic] for topic in _TOPICS)
        ask = "aws sns subscribe --topic-arn {} --protocol email --notification-endpoint ADDRESS"
        return (
            WARN,
            "nobody is told how runs end: notification_email was not confirmed within 48 hours, after which AWS "
            "forgets it, or was unsubscribed",
            f"{'; '.join(map(ask.format, topics))}; then follow the links in the mails",
        )
    return OK, f"{', '.join(sorted(told))} is told how runs end", ""


def _has_subscriptions(patient: Patient) -> bool:
    """Whether the pipeline was deployed with somebody to tell."""
    pages = (
        patient.account.client("cloudformation")
        .get_paginator("list_stack_resources")
        .paginate(StackName=f"{patient.stack}-{PIPELINE_STACK}")
    )
    found = (resource for page in pages for resource in page["StackResourceSummaries"])
    return any(resource["ResourceType"] == "AWS::SNS::Subscription" for resource in found)


def dead_letters(patient: Patient) -> Answer:
    """Whether events of trainings, tunings or cleanings were lost, and when the last one was."""
    urls = {"event": patient.deployment.outputs[Output.DEAD_LETTERS]}
    for stack, output, what in (
        (TUNING_STACK, Output.TUNING_DEAD_LETTERS, "tuning's event"),
        (CLEANING_STACK, Output.CLEANING_DEAD_LETTERS, "cleaning's event"),
    ):
        if url := patient.outputs(stack).get(output):
            urls[what] = url
    lost = {url: text for what, url in urls.items() if (text := _lost(patient, what, url))}
    if not lost:
        return OK, "no event was lost", ""
    purge = "; ".join(f"aws sqs purge-queue --queue-url {url}" for url in lost)
    return WARN, "; ".join(lost.values()), f"Start what they name again, then: {purge}"


def _lost(patient: Patient, what: str, url: str) -> str:
    """Say what lies in a queue of dead letters; nothing if it is empty."""
    sqs = patient.account.client("sqs")
    attribute = "ApproximateNumberOfMessages"
    count = int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[attribute])["Attributes"][attribute])
    if not count:
        return ""
    # Seen, not taken: they stay visible to whoever looks next.
    seen = sqs.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=10,
        VisibilityTimeout=0,
        MessageSystemAttributeNames=["SentTimestamp"],
    ).get("Messages", [])
    last = max(seen, key=lambda message: int(message["Attributes"]["SentTimestamp"]), default=None)
    text = f"{count} {what}{'s' * (count > 1)} could not be delivered"
    if last is not None:
        sent = datetime.fromtimestamp(int(last["Attributes"]["SentTimestamp"]) / 1000, UTC)
        text += f"; of those seen the last is of {sent:%Y-%m-%d %H:%M} UTC: {last['Body'][:300]}"
    return text


def money(patient: Patient) -> Answer:
    """What may be spent, and whether more may start today."""
    limits, started = patient.deployment.limits, patient.deployment.starts.count()
    text = f"{limits.money_text}; {started:,} have started today"
    if started >= limits.max_runs_per_day:
        return FAIL, text, "Wait until midnight UTC, or raise max_runs_per_day in cdk.json and deploy"
    if limits.max_run_cost is None:
        return WARN, text, "Set a max_run_cost in cdk.json and deploy"
    return OK, text, ""


def orphans(patient: Patient) -> Answer:
    """Whether jobs run, or runs or tunings are open, that nobody looks after."""
    found = patient.orphans
    if not found:
        return OK, "every job has its run, and every open run and tuning its execution", ""
    shown = "; ".join(f"{orphan.name}: {orphan.what}" for orphan in found)
    return FAIL, shown, "wordvectors doctor --fix stops the jobs and closes the rows"
