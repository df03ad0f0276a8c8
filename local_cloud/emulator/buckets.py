"""Buckets of stacks: they have their tags, and are removed when they are empty.

ministack leaves the tags of a template out, and removes a bucket with all that it holds.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html
"""

from __future__ import annotations

import re
from typing import Any

from local_cloud.emulator.seams import require, require_all


def install() -> None:
    """Correct what CloudFormation does with a bucket."""
    from ministack.services import s3
    from ministack.services.cloudformation import provisioners

    require_all(s3, "_bucket_tags", "_delete_bucket")
    handlers = require(provisioners, "_RESOURCE_HANDLERS")["AWS::S3::Bucket"]
    for action in ("create", "update"):
        handlers[action] = _tagged(handlers[action])
    handlers["delete"] = _delete


def _tagged(original: Any) -> Any:
    def create_or_update(*arguments: Any) -> tuple[str, dict[str, Any]]:
        """The last argument but one is the bucket's properties; (name, attributes) is returned."""
        from ministack.services import s3

        name, attributes = original(*arguments)
        s3._bucket_tags[name] = {tag["Key"]: tag["Value"] for tag in arguments[-2].get("Tags", [])}
        return name, attributes

    return create_or_update


def _delete(name: str, properties: dict[str, Any]) -> None:
    """Remove a bucket; ValueError, with S3's own words, when it may not be."""
    from ministack.services import s3

    status, _, answer = s3._delete_bucket(name)
    if status not in (204, 404):
        message = re.search(rb"<Message>([^<]*)</Message>", answer)
        raise ValueError(message[1].decode() if message else f"S3 answered with {status}")
