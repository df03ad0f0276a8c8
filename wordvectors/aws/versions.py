"""All versions of a bucket's objects: what takes room in it, though a newer version or a deletion hides it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from wordvectors.aws.errors import transient_errors_named


class NotDeleted(Exception):
    """S3 did not delete objects; the message names the first of them, and why."""


@dataclass(frozen=True)
class Version:
    """A version of an object, or a mark that it was deleted, which takes no room."""

    key: str
    id: str
    bytes: int
    is_latest: bool


class Versions:
    """The versions of a bucket's objects, through a boto3 S3 client."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client, self._bucket = client, bucket

    def under(self, prefix: str) -> Iterator[Version]:
        """Yield all versions of the objects under a prefix, and the marks of deletions."""
        with transient_errors_named():
            for page in self._client.get_paginator("list_object_versions").paginate(
                Bucket=self._bucket, Prefix=prefix
            ):
                for entry in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
                    yield Version(entry["Key"], entry["VersionId"], entry.get("Size", 0), entry["IsLatest"])

    def delete(self, versions: Sequence[Version]) -> None:
        """Delete versions for good; those that are gone are no error.

        Raises
        ------
        NotDeleted
        """
        for first in range(0, len(versions), 1000):
            some = [{"Key": each.key, "VersionId": each.id} for each in versions[first : first + 1000]]
            with transient_errors_named():
                answer = self._client.delete_objects(
                    Bucket=self._bucket, Delete={"Objects": some, "Quiet": True}
                )
            for refused in answer.get("Errors", []):
                raise NotDeleted(
                    f"s3://{self._bucket}/{refused['Key']}: {refused.get('Message') or refused.get('Code')}"
                )
