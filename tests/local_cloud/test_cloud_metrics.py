"""What functions measure becomes a metric, and an alarm on it goes off and tells its topic."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from local_cloud.emulator import metrics

MEASURING = """
    import json, time

    def handler(event, context):
        print("an ordinary line with _aws in it")
        print('{"_aws": {"CloudWatchMetrics": "not a list of directives"}}')
        print(json.dumps({
            "_aws": {
                "Timestamp": int(time.time() * 1000),
                "CloudWatchMetrics": [{
                    "Namespace": event["namespace"],
                    "Dimensions": [["status"]],
                    "Metrics": [{"Name": "Ended", "Unit": "Count"}],
                }],
            },
            "status": event["status"],
            "Ended": event.get("ended", 1),
        }))
        if event.get("fail"):
            raise RuntimeError("wanted")
"""


@pytest.fixture
def namespace(cloud):
    return cloud.name("namespace")


@pytest.fixture
def measure(cloud, namespace):
    """Call a function that counts one end, of a status."""
    function = cloud.function(MEASURING)

    def call(status: str, **more: object) -> str:
        event = {"namespace": namespace, "status": status, **more}
        cloud.lambda_.invoke(FunctionName=function, Payload=json.dumps(event))
        return function.rpartition(":")[2]

    return call


@pytest.fixture
def alarm(cloud):
    """Make an alarm whose topic ends in a queue; return its name and the queue's messages."""

    def make(namespace: str, metric: str, **dimensions: str):
        topic = cloud.sns.create_topic(Name=cloud.name("topic"))["TopicArn"]
        queue = cloud.sqs.create_queue(QueueName=cloud.name("queue"))["QueueUrl"]
        queue_arn = cloud.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]
        policy = {
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "sns.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": queue_arn,
                }
            ]
        }
        cloud.sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy)})
        cloud.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn)
        name = cloud.name("alarm")
        cloud.cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace=namespace,
            MetricName=metric,
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            Statistic="Sum",
            Period=300,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            TreatMissingData="notBreaching",
            AlarmActions=[topic],
        )

        def messages() -> list[dict]:
            received = cloud.sqs.receive_message(QueueUrl=queue).get("Messages", [])
            return [json.loads(json.loads(message["Body"])["Message"]) for message in received]

        return name, messages

    return make


def state(cloud, name: str) -> str:
    (found,) = cloud.cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return found["StateValue"]


def test_an_alarm_goes_off_with_the_metric_of_its_own_dimensions(cloud, namespace, measure, alarm):
    failed, messages = alarm(namespace, "Ended", status="FAILED")

    measure("COMPLETED")
    assert state(cloud, failed) != "ALARM"

    measure("FAILED")
    cloud.wait_for(lambda: state(cloud, failed) == "ALARM", what="the alarm")
    (told,) = cloud.wait_for(messages, what="the message")
    assert (told["AlarmName"], told["NewStateValue"]) == (failed, "ALARM")


def test_metrics_can_be_read(cloud, namespace, measure):
    measure("COMPLETED")

    def found():
        return cloud.cloudwatch.list_metrics(Namespace=namespace)["Metrics"]

    (metric,) = cloud.wait_for(found, what="the metric")
    assert metric["MetricName"] == "Ended"
    assert metric["Dimensions"] == [{"Name": "status", "Value": "COMPLETED"}]


def test_a_metric_may_have_several_values(cloud, namespace, measure):
    measure("COMPLETED", ended=[2.0, 3.0])

    def summed():
        now = datetime.now(UTC)
        return cloud.cloudwatch.get_metric_statistics(
            Namespace=namespace, MetricName="Ended", Dimensions=[{"Name": "status", "Value": "COMPLETED"}],
            StartTime=now - timedelta(hours=1), EndTime=now + timedelta(hours=1), Period=7200, Statistics=["Sum"],
        )["Datapoints"]  # fmt: skip

    assert sum(point["Sum"] for point in cloud.wait_for(summed, what="the metric")) == 5


def test_the_errors_of_a_function_set_off_its_own_alarm(cloud, measure, alarm):
    name = measure("COMPLETED")
    its_own, messages = alarm("AWS/Lambda", "Errors", FunctionName=name)
    anothers, _ = alarm("AWS/Lambda", "Errors", FunctionName="another")

    measure("COMPLETED", fail=True)

    cloud.wait_for(lambda: state(cloud, its_own) == "ALARM", what="the alarm")
    assert state(cloud, anothers) != "ALARM"
    assert cloud.wait_for(messages, what="the message")


def test_equal_values_of_a_minute_are_one_point_with_their_number():
    kept: list[dict] = []
    points = metrics._Points(kept)
    for second, value in ((0, 1.0), (1, 2.0), (59, 1.0), (60, 1.0)):
        points.append({"Timestamp": 60_000.0 + second, "Value": value, "Unit": "Count"})
    points.append({"Timestamp": 60_061.0, "Value": 1.0, "Unit": "Count", "Count": 3.0})
    points.append({"Timestamp": 60_061.0, "Value": 1.0, "Unit": "Seconds"})
    points.append(
        {"Timestamp": 60_061.0, "Value": 1.0, "Unit": "Count", "_stat": {"SampleCount": 2, "Sum": 2}}
    )
    found = [(point["Timestamp"], point["Value"], point.get("Count", 1.0)) for point in kept]
    assert found == [
        (60_000.0, 1.0, 2.0),
        (60_001.0, 2.0, 1.0),
        (60_060.0, 1.0, 4.0),
        (60_061.0, 1.0, 1.0),
        (60_061.0, 1.0, 1.0),
    ]


def test_what_is_throttled_is_no_invocation(cloud):
    function = cloud.function("def handler(event, context): pass")
    name = function.rpartition(":")[2]
    cloud.lambda_.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    for _ in range(3):
        with pytest.raises(ClientError, match="TooManyRequests"):
            cloud.lambda_.invoke(FunctionName=name)

    def counted(metric: str) -> float:
        now = datetime.now(UTC)
        points = cloud.cloudwatch.get_metric_statistics(
            Namespace="AWS/Lambda", MetricName=metric, Dimensions=[{"Name": "FunctionName", "Value": name}],
            StartTime=now - timedelta(hours=1), EndTime=now + timedelta(hours=1), Period=7200, Statistics=["Sum"],
        )["Datapoints"]  # fmt: skip
        return sum(point["Sum"] for point in points)

    assert cloud.wait_for(lambda: counted("Throttles"), what="the metric") >= 3  # the AWS SDK tries again
    assert counted("Invocations") == 0
