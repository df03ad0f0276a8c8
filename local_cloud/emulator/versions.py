"""Versions of objects: ranges of one are read, and events tell which one they are about.

ministack answers a request for a range of a version with the whole object, and tells EventBridge of an object without
its version.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
"""

from __future__ import annotations

import json
from contextvars import ContextVar
from typing import Any

from local_cloud.emulator.seams import replace, require_all

_CHECKSUM = "x-amz-checksum-"
_version: ContextVar[str | None] = ContextVar("version", default=None)
"""Of the object that an event is about."""


def install() -> None:
    """Correct what GetObject answers for a version, and what EventBridge is told of objects."""
    from ministack.services import eventbridge, s3

    require_all(s3, "_parse_range", "_range_error_xml", "_xml_body")
    replace(s3, "_get_object", _in_ranges)
    replace(s3, "_fire_s3_event", _about_a_version)
    replace(eventbridge, "_dispatch_event", _with_the_version)


def _in_ranges(original: Any) -> Any:
    def get_object(
        bucket: str, key: str, headers: dict[str, str], *query: Any
    ) -> tuple[int, dict[str, str], bytes]:
        from ministack.services import s3

        status, told, body = original(bucket, key, headers, *query)
        asked = headers.get("range", "")
        if status != 200 or not asked:  # 206: the range is out already
            return status, told, body
        found = s3._parse_range(asked, len(body))
        if found is None:
            refused = {"Content-Type": "application/xml", "Content-Range": f"bytes */{len(body)}"}
            return 416, refused, s3._xml_body(s3._range_error_xml(bucket, key))
        start, end = found
        told = {name: value for name, value in told.items() if not name.lower().startswith(_CHECKSUM)}
        told |= {"Content-Length": str(end + 1 - start), "Content-Range": f"bytes {start}-{end}/{len(body)}"}
        return 206, told, body[start : end + 1]

    return get_object


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
