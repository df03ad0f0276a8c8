"""Objects and ranges of them: what is not as long as was asked for is none, and worth another try."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest

from wordvectors.aws.bucket import Bucket, StoredObject
from wordvectors.aws.errors import TransientServiceError

CONTENT = b"0123456789"


class Answering:
    """An S3 client whose one object has ten bytes, and who answers every request for it with the same."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def list_objects_v2(self, **_: Any) -> dict[str, Any]:
        return {"Contents": [{"Key": "key", "ETag": '"etag"', "Size": len(CONTENT)}]}

    def get_object(self, **_: Any) -> dict[str, Any]:
        return {"Body": io.BytesIO(self.body), "ContentLength": len(self.body), "Metadata": {"a": "b"}}


def of_the_version(bucket: Bucket) -> bytes:
    return bucket.reader(StoredObject("key", "etag", len(CONTENT)), "version").read(8, 4)


def of_the_metadata(bucket: Bucket) -> bytes:
    return bucket.reader(StoredObject("key", "etag", len(CONTENT))).metadata["a"].encode()


def of_the_key(bucket: Bucket) -> bytes:
    return bucket.read("key", 8, 2)


def of_a_small_one(bucket: Bucket) -> bytes | None:
    return bucket.read_small("key")


def of_the_whole(bucket: Bucket) -> bytes:
    return bucket.open("key").read()


@pytest.mark.parametrize(
    ("read", "body", "found"),
    [
        (of_the_version, b"89", b"89"),
        (of_the_metadata, b"0", b"b"),
        (of_the_key, b"89", b"89"),
        (of_a_small_one, CONTENT, CONTENT),
        (of_the_whole, CONTENT, CONTENT),
    ],
)
def test_what_has_another_length_than_was_asked_for_is_no_answer(
    read: Callable[[Bucket], bytes | None], body: bytes, found: bytes
):
    assert read(Bucket(Answering(body), "team-text")) == found
    for other in (b"", CONTENT[:5], b"\0this is a proxy's page"):
        with pytest.raises(TransientServiceError, match=f"and {len(other)} were answered"):
            read(Bucket(Answering(other), "team-text"))
