"""The deployment's bucket: corpora and plans in, artefacts and what is derived from them out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, BinaryIO

from wordvectors.aws.errors import transient_errors_named

_SMALL_BYTES = 100_000


@dataclass(frozen=True)
class StoredObject:
    """An object as it lies in the bucket; `etag` without quotes."""

    key: str
    etag: str
    bytes: int


class StoredReader:
    """Ranges of one version of an object.

    Attributes
    ----------
    metadata : dict of str to str
        The user's, known once a range was read: they come with it.
    """

    def __init__(self, client: Any, bucket: str, stored: StoredObject) -> None:
        self._client, self._bucket, self._stored = client, bucket, stored
        self.metadata: dict[str, str] = {}

    def read(self, start: int, length: int) -> bytes:
        """Return `length` bytes from `start`.

        Raises
        ------
        botocore.exceptions.ClientError
            `PreconditionFailed` if the object was replaced meanwhile.
        """
        with transient_errors_named():
            answer = self._client.get_object(
                Bucket=self._bucket,
                Key=self._stored.key,
                Range=f"bytes={start}-{start + length - 1}",
                IfMatch=f'"{self._stored.etag}"',
            )
            self.metadata = answer.get("Metadata", {})
            return answer["Body"].read()


class Bucket:
    """One bucket, through a boto3 S3 client."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self.name = name

    def uri(self, key: str) -> str:
        """Return `s3://BUCKET/KEY`."""
        return f"s3://{self.name}/{key}"

    def find(self, key: str) -> StoredObject | None:
        """Return what lies at a key, or None.

        Asked by listing, in which the key itself comes first: for a key that is not there, HeadObject says
        "forbidden" to everyone who may not list the whole bucket.
        """
        with transient_errors_named():
            page = self._client.list_objects_v2(Bucket=self.name, Prefix=key, MaxKeys=1)
        for entry in page.get("Contents", []):
            if entry["Key"] == key:
                return StoredObject(key, entry["ETag"].strip('"'), entry["Size"])
        return None

    def keys_with_prefix(self, prefix: str, limit: int) -> list[str]:
        """Return at most `limit` keys that begin with a prefix, in order."""
        with transient_errors_named():
            page = self._client.list_objects_v2(Bucket=self.name, Prefix=prefix, MaxKeys=limit)
        return [entry["Key"] for entry in page.get("Contents", [])]

    def reader(self, stored: StoredObject) -> StoredReader:
        """Return what reads ranges of just this version of an object."""
        return StoredReader(self._client, self.name, stored)

    def read_small(self, key: str) -> bytes | None:
        """Return a small object, such as a plan, or None if there is none; a huge one is cut off."""
        if self.find(key) is None:
            return None
        with transient_errors_named():
            answer = self._client.get_object(Bucket=self.name, Key=key)
            content = answer["Body"].read(_SMALL_BYTES)
            if len(content) < _SMALL_BYTES:
                answer["Body"].read(1)  # at the end, and only there, the AWS SDK notices that some is missing
            return content

    def open(self, key: str) -> BinaryIO:
        """Return an object's bytes as a stream, read from the network as it is read.

        Raises
        ------
        FileNotFoundError
            When there is no such object.
        """
        if self.find(key) is None:
            raise FileNotFoundError(self.uri(key))
        with transient_errors_named():
            return self._client.get_object(Bucket=self.name, Key=key)["Body"]

    def write(self, key: str, body: bytes, content_type: str) -> str:
        """Write an object whole and return its URI."""
        with transient_errors_named():
            self._client.put_object(Bucket=self.name, Key=key, Body=body, ContentType=content_type)
        return self.uri(key)

    def write_json(self, key: str, value: Any) -> str:
        """Write a value as indented JSON and return its URI."""
        text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        return self.write(key, text.encode(), "application/json")
