"""What is going on when the local cloud is killed. Each scene takes a world and a name that nothing else has."""

from __future__ import annotations

import json
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from local_cloud import account
from local_cloud.errors import LocalCloudError
from tests.kills.world import Died, World

Scene = Callable[[World, str], None]
_TEXT = " cat sat on the mat\n" * 100


def train(world: World, name: str) -> None:
    """A corpus with a plan is uploaded, and trained."""
    world.put(
        f"plans/{name}.json", json.dumps({"hyperparameters": {"min_count": 1, "epochs": 1, "vector_dim": 10}})
    )
    _trained(world, name, "the")


def fail(world: World, name: str) -> None:
    """The trainer fails."""
    _trained(world, name, "fail")


def reject(world: World, name: str) -> None:
    """The plan is refused."""
    world.put(f"plans/{name}.json", json.dumps({"hyperparameters": {"vector_dim": 0}}))
    _trained(world, name, "the")


def stop(world: World, name: str) -> None:
    """A training is stopped."""
    key = f"corpora/{name}.txt"
    world.put(key, f"wait{_TEXT}{name}", corpus=True)
    row = world.wait_for_run(key, "TRAINING")
    world.wait_for(lambda: world.jobs().get(row["run_id"]), "the job")
    try:
        world.client("stepfunctions").stop_execution(executionArn=row["execution_arn"], cause="enough")
    except (BotoCoreError, ClientError) as problem:
        if world.killed_at():
            raise Died from problem
        raise
    _ended(world, key)


def command(world: World, name: str) -> None:
    """`wordvectors train` uploads a corpus, and follows its run."""
    corpus = world.home / f"{name}.txt"
    corpus.write_text(f"the{_TEXT}{name}")
    world.tried_again.add(f"corpora/{name}.txt")
    world.commands.begin("train", str(corpus), "--set", "min_count=1", "--set", "vector_dim=10")
    world.wait_for(world.commands.ended, "the command's end")


def clean(world: World, name: str) -> None:
    """Documents are cleaned, and what comes of them is trained."""
    world.put(f"raw/{name}/a.jsonl", b'{"text": "The cat sat on the mat."}\n' * 20)
    world.put(f"raw/{name}/_READY", b"{}")
    world.cleanings.add(name)
    world.wait_for(world.cleanings_ended, f"the cleaning of {name}")
    if world.row_of(f"corpora/{name}.txt") or world.has(f"corpora/{name}.txt"):
        _ended(world, f"corpora/{name}.txt")


def tune(world: World, name: str) -> None:
    """A corpus is tuned: two trials side by side, and a verdict."""
    world.put(f"corpora/{name}.txt", f"the{_TEXT}{name}", corpus=True)
    _ended(world, f"corpora/{name}.txt")
    plan = {"hyperparameters": {"min_count": 1, "epochs": 1, "vector_dim": 10}}
    order = {"corpus": name, "trials": 2, "side_by_side": 2, "finalists": 2, "repeats": 0,
             "space": {"window_size": {"low": 2, "high": 9}}, "plan": plan}  # fmt: skip
    world.put(f"tunings/{name}.json", json.dumps(order))
    world.orders.add(name)
    world.wait_for(lambda: not world.unsettled(), "all to settle")


def objects(world: World, name: str) -> None:
    """Objects come, change and go: whole, in parts, as copies."""
    key = f"things/{name}"
    world.put(key, "one")
    world.put(key, "two")
    world.put(f"{key}/deleted", "three")
    world.delete(f"{key}/deleted")
    s3 = world.client("s3")
    part = b"x" * (5 << 20)
    with world.acknowledging(f"{key}/parts", part + b"end"):
        where = {"Bucket": world.bucket, "Key": f"{key}/parts"}
        upload = s3.create_multipart_upload(**where)["UploadId"]
        parts = [
            {
                "PartNumber": n,
                "ETag": s3.upload_part(**where, UploadId=upload, PartNumber=n, Body=body)["ETag"],
            }
            for n, body in ((1, part), (2, b"end"))
        ]
        s3.complete_multipart_upload(**where, UploadId=upload, MultipartUpload={"Parts": parts})
    with world.acknowledging(f"{key}/copy", b"two"):
        s3.copy_object(
            Bucket=world.bucket, Key=f"{key}/copy", CopySource={"Bucket": world.bucket, "Key": key}
        )
    world.delete(f"{key}/copy")


def deploy(world: World, name: str) -> None:
    """The stacks are removed in part, and deployed again."""
    try:
        cloudformation = world.client("cloudformation")
        (stack,) = (s for s in cloudformation.describe_stacks()["Stacks"] if "Cleaning" in s["StackName"])
        cloudformation.delete_stack(StackName=stack["StackName"])
        cloudformation.get_waiter("stack_delete_complete").wait(
            StackName=stack["StackName"], WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )
    except (BotoCoreError, ClientError) as problem:  # a waiter's, too
        if world.killed_at():
            raise Died from problem
        raise
    world.start()


def restart(world: World, name: str) -> None:
    """The server is stopped while a run is under way, and started."""
    world.put(f"corpora/{name}.txt", f"wait{_TEXT}{name}", corpus=True)
    world.wait_for_run(f"corpora/{name}.txt", "TRAINING")
    try:
        account.stop(world.home)
    except LocalCloudError:
        if not world.killed_at():
            raise
    if world.killed_at():
        raise Died
    world.start()
    _ended(world, f"corpora/{name}.txt")


def _trained(world: World, name: str, word: str) -> None:
    key = f"corpora/{name}.txt"
    world.put(key, f"{word}{_TEXT}{name}", corpus=True)
    _ended(world, key)


def _ended(world: World, key: str) -> None:
    world.wait_for_run(key)
    world.wait_for(lambda: not world.unsettled(), "all to settle")


SCENES: dict[str, Scene] = {
    scene.__name__: scene
    for scene in (train, fail, reject, stop, command, clean, tune, objects, deploy, restart)
}
