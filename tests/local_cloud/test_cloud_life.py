"""A name that two people give at once, and the event that others listen to; a run that goes for good."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

from wordvectors.aws.run_table import RunTable
from wordvectors.client import promoting, removal
from wordvectors.client.deployment import Deployment
from wordvectors.lifecycle.promotions import PromotedMeanwhile
from wordvectors.lifecycle.run import Run
from wordvectors.lifecycle.status import RunStatus

NAMES = ["run_id", "kind", "created_at"]


def deployment_of(cloud) -> Deployment:
    """A deployment that has a table, and nothing else."""
    table = cloud.name("promoted")
    cloud.dynamodb.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in NAMES],
        KeySchema=[{"AttributeName": "run_id", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[{
            "IndexName": "newest",
            "KeySchema": [
                {"AttributeName": "kind", "KeyType": "HASH"}, {"AttributeName": "created_at", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        }],
    )  # fmt: skip
    outputs = {"TableName": table, "BucketName": cloud.name("a-bucket")}
    return Deployment(cloud.connection.session, cloud.connection.endpoint_url, outputs)


def queue_of(cloud, pattern: dict) -> str:
    """A queue that gets the events of a pattern, by a rule on the default bus."""
    rule, queue = cloud.name("rule"), cloud.sqs.create_queue(QueueName=cloud.name("told"))["QueueUrl"]
    arn = cloud.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    allowed = {
        "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage",
        "Resource": arn,
    }  # fmt: skip
    cloud.sqs.set_queue_attributes(
        QueueUrl=queue, Attributes={"Policy": json.dumps({"Statement": [allowed]})}
    )
    cloud.events.put_rule(Name=rule, EventPattern=json.dumps(pattern))
    cloud.events.put_targets(Rule=rule, Targets=[{"Id": "queue", "Arn": arn}])
    return queue


def test_one_of_a_crowd_promotes_and_a_rule_hears_of_it(cloud):
    place = deployment_of(cloud)
    for number in range(8):
        run = Run(run_id=f"wv-{number}", status=RunStatus.COMPLETED, corpus_key="corpora/news.txt")
        place.runs.claim(run)
    runs = [place.runs.require(f"wv-{number}") for number in range(8)]
    pattern = {
        "source": ["wordvectors"], "detail-type": ["Model Promoted"], "detail": {"table": [place.outputs["TableName"]]},
    }  # fmt: skip
    queue = queue_of(cloud, pattern)
    wanted = [promoting.planned(place, "news", run, "mean_rho") for run in runs]

    def won(number: int) -> bool:
        try:
            promoting.carry_out(place, wanted[number])
        except PromotedMeanwhile:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        winners = [number for number, it_won in enumerate(pool.map(won, range(8))) if it_won]

    assert len(winners) == 1
    (winner,) = winners
    assert [each.run for each in place.promotions.history()] == [f"wv-{winner}"]
    named = RunTable(cloud.dynamodb, place.outputs["TableName"]).newest()
    assert {run.run_id for run in named if run.promoted_as} == {f"wv-{winner}"}
    assert [run.run_id for run in place.runs.matching("@news")] == [f"wv-{winner}"]

    def told() -> list[dict]:
        answer = cloud.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]

    (event,) = cloud.wait_for(told, what="the event")
    assert (event["detail"]["name"], event["detail"]["run"]) == ("news", f"wv-{winner}")
    assert event["detail"]["model"] == f"s3://{place.bucket.name}/models/wv-{winner}/output/model.tar.gz"


def test_a_run_goes_with_all_versions_of_its_objects(cloud):
    place = deployment_of(cloud)
    bucket = place.bucket.name
    cloud.s3.create_bucket(Bucket=bucket)
    cloud.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    place.runs.claim(Run(run_id="wv-a", status=RunStatus.COMPLETED))
    for body in (b"first", b"second"):
        cloud.s3.put_object(Bucket=bucket, Key="runs/wv-a/report.html", Body=body)
    cloud.s3.delete_object(Bucket=bucket, Key="runs/wv-a/report.html")
    cloud.s3.put_object(Bucket=bucket, Key="runs/wv-a-2/report.html", Body=b"another's")
    planned = removal.look_at(place, place.runs.require("wv-a"))
    assert (len(planned.versions), planned.bytes) == (3, 11)

    removal.remove(place, planned)

    left = cloud.s3.list_object_versions(Bucket=bucket)
    assert [entry["Key"] for entry in left["Versions"]] == ["runs/wv-a-2/report.html"]
    assert "DeleteMarkers" not in left
    assert place.runs.get("wv-a") is None
    assert place.runs.was_removed("wv-a")
    assert list(place.runs.newest()) == []
