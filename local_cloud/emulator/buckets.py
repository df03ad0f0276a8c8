"""Buckets of stacks: they have their tags, and are removed when they are empty; events tell objects' versions.

ministack leaves the tags of a template out, removes a bucket with all that it holds, and tells EventBridge of an
object without its version.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
"""

from __future__ import annotations

import json
import re
from contextvars import ContextVar
from typing import Any

from local_cloud.emulator.seams import replace, require, require_all

_version: ContextVar[str | None] = ContextVar("version", default=None)
"""Of the object that an event is about."""


def install() -> None:
    """Correct what CloudFormation does with a bucket, and what EventBridge is told of its objects."""
    from ministack.services import eventbridge, s3
    from ministack.services.cloudformation import provisioners

    require_all(s3, "_bucket_tags", "_delete_bucket")
    handlers = require(provisioners, "_RESOURCE_HANDLERS")["AWS::S3::Bucket"]
    for action in ("create", "update"):
        handlers[action] = _tagged(handlers[action])
    handlers["delete"] = _delete
    replace(s3, "_fire_s3_event", _about_a_version)
    replace(eventbridge, "_dispatch_event", _with_the_version)


def _tagged(original: Any) -> Any:
    def create_or_update(*arguments: Any) -> tuple[str, dict[str, Any]]:
        """The last argument but one is the bucket's properties; (name, attributes) is returned."""
        from ministack.services import s3

        name, attributes = original(*arguments)
        s3._bucket_tags[name] = {tag["Key"]: tag["Value"] for tag in arguments[-2].get("Tags", [])}
        return name, attributes

    return create_or_update


def _about_a_version(original: Any) -> Any:
    def fire_s3_event(*arguments: Any, version_id: str | None = None, **more: Any) -> None:
        before = _version.set(version_id)
        try:
            original(*arguments, version_id=version_id, **more)
        finally:
            _version.reset(before)

    return fire_s3_event


def _with_the_version(original: Any) -> Any:
    def dispatch_event(event: dict[str, Any], view: Any = None) -> None:
        version = _version.get()
        if version and event["Source"] == "aws.s3":
            detail = json.loads(event["Detail"])
            detail["object"]["version-id"] = version
            event["Detail"] = json.dumps(detail)  # of the very event that is kept until it is delivered
        original(event, view)

    return dispatch_event


def _delete(name: str, properties: dict[str, Any]) -> None:
    """Remove a bucket; ValueError, with S3's own words, when it may not be."""
    from ministack.services import s3

    status, _, answer = s3._delete_bucket(name)
    if status not in (204, 404):
        message = re.search(rb"<Message>([^<]*)</Message>", answer)
        raise ValueError(message[1].decode() if message else f"S3 answered with {status}")
