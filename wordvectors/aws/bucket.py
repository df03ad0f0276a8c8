"""The deployment's bucket: corpora and plans in, artefacts and what is derived from them out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, cast

from botocore.exceptions import ClientError

from wordvectors.aws.errors import TransientServiceError, error_code, transient_errors_named
from wordvectors.aws.unreadable import (
    ObjectReplaced,
    ObjectTooLarge,
    unreadable_objects_named,
)
from wordvectors.json_text import MOST_BYTES

_ARCHIVES = frozenset({"GLACIER", "DEEP_ARCHIVE"})
"""Storage classes whose objects can't be read before they are restored. What `INTELLIGENT_TIERING` has archived no
listing tells, and reading it fails in the same way."""
_GONE = frozenset({"NoSuchKey", "NoSuchVersion"})
_NO_VERSION_AT_ALL = "InvalidArgument"
"""What S3 answers to an id that no version can have."""
_TOLD = ["RestoreStatus"]
"""What listings say of an object only when asked for it."""


@dataclass(frozen=True)
class StoredObject:
    """An object as it lies in the bucket; `etag` without quotes."""

    key: str
    etag: str
    bytes: int
    archived: bool = False
    modified: datetime | None = field(default=None, compare=False)


def body_of(answer: dict[str, Any], length: int) -> Any:
    """Return the body of GetObject's answer, which must have `length` bytes.

    S3 sends no checksum with a range, nor with every object: only its length tells an answer from a proxy's page, and a
    range from the whole object. The AWS SDK sees to it that the body is as long as the answer says.

    Raises
    ------
    TransientServiceError
        When the answer has not just `length` bytes.
    """
    if answer["ContentLength"] != length:
        answer["Body"].close()
        raise TransientServiceError(
            f"{length:,} bytes of an object were asked for, and {answer['ContentLength']:,} were answered"
        )
    return answer["Body"]


class StoredReader:
    """Ranges of one version of an object, and the metadata that its user gave it.

    Both raise `ObjectReplaced`, if it was replaced or deleted meanwhile, `UnreadableObject`, and
    `TransientServiceError`.

    Parameters
    ----------
    version
        S3's id of the version, if it is to be read even when the same content was uploaded over it.
    """

    def __init__(self, client: Any, bucket: Bucket, stored: StoredObject, version: str = "") -> None:
        self._client, self._bucket, self._stored, self._version = client, bucket, stored, version

    def read(self, start: int, length: int) -> bytes:
        """Return `length` bytes from `start`, or as many as there are."""
        with transient_errors_named():
            answer = self._get(Range=f"bytes={start}-{start + length - 1}")
            return body_of(answer, min(length, self._stored.bytes - start)).read()

    @cached_property
    def metadata(self) -> dict[str, str]:
        """The user's metadata; they come with a byte, or with nothing of an object that is empty."""
        with transient_errors_named():
            answer = self._get(**({"Range": "bytes=0-0"} if self._stored.bytes else {}))
            body_of(answer, min(1, self._stored.bytes)).read()
            return answer.get("Metadata", {})

    def _get(self, **which: str) -> Any:
        key, etag = self._stored.key, self._stored.etag
        if self._version:
            which["VersionId"] = self._version
        try:
            return _get_object(self._client, self._bucket.name, key, IfMatch=f'"{etag}"', **which)
        except ClientError as error:
            code = error_code(error)
            gone = code in _GONE or (self._version and code == _NO_VERSION_AT_ALL)
            # Of a deleted object S3 says "access denied" to who may list a part of the bucket only.
            if gone or (code == "AccessDenied" and self._bucket.find(key) is None):
                raise ObjectReplaced(f"{self._bucket.uri(key)} was deleted while it was read") from error
            raise


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
        return next((stored for stored in self.first(key, limit=1) if stored.key == key), None)

    def first(self, prefix: str, limit: int) -> list[StoredObject]:
        """Return the first objects whose keys begin with a prefix, in the order of the keys, by one call."""
        with transient_errors_named():
            page = self._client.list_objects_v2(
                Bucket=self.name, Prefix=prefix, MaxKeys=limit, OptionalObjectAttributes=_TOLD
            )
        return [_stored(entry) for entry in page.get("Contents", [])]

    def reader(self, stored: StoredObject, version: str = "") -> StoredReader:
        """Return what reads ranges of just this version of an object; see `StoredReader`."""
        return StoredReader(self._client, self, stored, version)

    def read_small(self, key: str) -> bytes | None:
        """Return a small object, such as a plan, or None if there is none.

        Raises
        ------
        UnreadableObject
            Also when it has more than `json_text.MOST_BYTES`; nothing of it is read.
        """
        stored = self.find(key)
        if stored is None:
            return None
        if stored.bytes > MOST_BYTES:
            raise ObjectTooLarge(self.uri(key), stored.bytes)
        with transient_errors_named():
            body = body_of(_get_object(self._client, self.name, key), stored.bytes)
            return cast(bytes, body.read())  # to the end: there the AWS SDK notices that some is missing

    def open(self, key: str) -> BinaryIO:
        """Return an object's bytes as a stream, read from the network as it is read.

        Raises
        ------
        FileNotFoundError
            When there is no such object.
        UnreadableObject
        TransientServiceError
            When the answer is not as long as the object.
        """
        stored = self.find(key)
        if stored is None:
            raise FileNotFoundError(self.uri(key))
        return cast(BinaryIO, body_of(_get_object(self._client, self.name, key), stored.bytes))

    def write(self, key: str, body: bytes, content_type: str) -> str:
        """Write an object whole and return its URI."""
        with transient_errors_named():
            self._client.put_object(Bucket=self.name, Key=key, Body=body, ContentType=content_type)
        return self.uri(key)

    def write_json(self, key: str, value: Any) -> str:
        """Write a value as indented JSON and return its URI."""
        text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        return self.write(key, text.encode(), "application/json")

    def read(self, key: str, start: int, length: int) -> bytes:
        """Return `length` bytes of an object, from `start`; TransientServiceError if there are fewer."""
        with transient_errors_named():
            wanted = f"bytes={start}-{start + length - 1}"
            answer = self._client.get_object(Bucket=self.name, Key=key, Range=wanted)
            return body_of(answer, length).read()

    def write_once(self, key: str, value: Any) -> bool:
        """Write a value as JSON unless there is an object at the key. Return False if there is."""
        body = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False).encode() + b"\n"
        try:
            with transient_errors_named():
                self._client.put_object(
                    Bucket=self.name, Key=key, Body=body, ContentType="application/json", IfNoneMatch="*"
                )
        except ClientError as error:
            if error_code(error) == "PreconditionFailed":
                return False
            raise
        return True

    def objects(self, prefix: str) -> Iterator[StoredObject]:
        """Yield what lies under a prefix, in the order of the keys."""
        with transient_errors_named():
            for page in self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self.name, Prefix=prefix, OptionalObjectAttributes=_TOLD
            ):
                for entry in page.get("Contents", []):
                    yield _stored(entry)

    def upload(
        self,
        path: Path,
        key: str,
        metadata: dict[str, str] | None = None,
        content_type: str = "text/plain; charset=utf-8",
    ) -> None:
        """Write a file as an object, in parts if it is large; it appears whole or not at all."""
        # Not upload_file: its error says no more what S3 answered.
        with path.open("rb") as file, transient_errors_named():
            self._client.upload_fileobj(
                file,
                self.name,
                key,
                ExtraArgs={"ContentType": content_type, "Metadata": metadata or {}},
            )

    @contextmanager
    def only_over(self, replaced: StoredObject | None) -> Iterator[None]:
        """Let what is written meanwhile take the place of just this version of an object; of none, if None.

        By S3's own conditions, as headers: the AWS SDK in Glue 5.0 is older than the parameters for them.

        Raises
        ------
        ObjectReplaced
            When something else lies there by then; nothing was written, or the answer to what was written was lost.
        TransientServiceError
            Also when the write met another one: S3 asks for all of it again (API reference, CompleteMultipartUpload,
            If-None-Match).
        """
        condition = {"If-Match": f'"{replaced.etag}"'} if replaced else {"If-None-Match": "*"}

        def add(params: dict[str, Any], **_: Any) -> None:
            params["headers"].update(condition)

        with self._at_uploads("before-call", add):
            try:
                yield
            except ClientError as error:
                if error_code(error) in ("PreconditionFailed", "NoSuchKey"):
                    raise ObjectReplaced("it was replaced, deleted or written meanwhile") from error
                raise

    @contextmanager
    def etags_told(self) -> Iterator[list[str]]:
        """Yield a list that takes the ETags of what is uploaded meanwhile, from S3's own answers.

        What lies at a key just afterwards may be another's upload already. And under a KMS key an ETag is no MD5.
        """
        etags: list[str] = []

        def note(parsed: dict[str, Any], **_: Any) -> None:
            if "ETag" in parsed:
                etags.append(parsed["ETag"].strip('"'))

        with self._at_uploads("after-call", note):
            yield etags

    @contextmanager
    def _at_uploads(self, event: str, act: Callable[..., None]) -> Iterator[None]:
        """Have the AWS SDK call this at each request that makes an object appear: `before-call` or `after-call`."""
        events = [f"{event}.s3.{operation}" for operation in ("PutObject", "CompleteMultipartUpload")]
        for each in events:
            self._client.meta.events.register(each, act)
        try:
            yield
        finally:
            for each in events:
                self._client.meta.events.unregister(each, act)

    def delete(self, keys: Sequence[str]) -> None:
        """Remove objects; those that are not there are no error."""
        for first in range(0, len(keys), 1000):
            some = [{"Key": key} for key in keys[first : first + 1000]]
            with transient_errors_named():
                self._client.delete_objects(Bucket=self.name, Delete={"Objects": some, "Quiet": True})

    def start_upload(self, key: str, metadata: dict[str, str]) -> PartedUpload:
        """Begin to write an object part by part."""
        with transient_errors_named():
            begun = self._client.create_multipart_upload(
                Bucket=self.name, Key=key, ContentType="text/plain; charset=utf-8", Metadata=metadata
            )
        return PartedUpload(self._client, {"Bucket": self.name, "Key": key, "UploadId": begun["UploadId"]})


def _stored(entry: dict[str, Any]) -> StoredObject:
    """Read an entry of a listing; an object that was restored says until when."""
    archived = entry.get("StorageClass") in _ARCHIVES and "RestoreExpiryDate" not in entry.get(
        "RestoreStatus", {}
    )
    return StoredObject(
        entry["Key"], entry["ETag"].strip('"'), entry["Size"], archived, entry.get("LastModified")
    )


def _get_object(client: Any, bucket: str, key: str, **which: str) -> Any:
    """Ask for an object; raises UnreadableObject, and ObjectReplaced if a version is asked for."""
    with transient_errors_named(), unreadable_objects_named(f"s3://{bucket}/{key}"):
        return client.get_object(Bucket=bucket, Key=key, **which)


class PartedUpload:
    """An object that is being written part by part; it appears when it is completed."""

    def __init__(self, client: Any, upload: dict[str, str]) -> None:
        self._client, self._upload = client, upload

    def copy(self, number: int, key: str, start: int, length: int) -> str:
        """Let S3 copy bytes of another object of the bucket as a part; return the part's ETag."""
        answer = self._client.upload_part_copy(
            **self._upload,
            PartNumber=number,
            CopySource={"Bucket": self._upload["Bucket"], "Key": key},
            CopySourceRange=f"bytes={start}-{start + length - 1}",
        )
        return answer["CopyPartResult"]["ETag"]

    def send(self, number: int, body: bytes) -> str:
        """Send a part; return its ETag."""
        return self._client.upload_part(**self._upload, PartNumber=number, Body=body)["ETag"]

    def complete(self, etags: Sequence[str]) -> None:
        """Make the object of its parts, given by their ETags in order."""
        parts = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, 1)]
        with transient_errors_named():
            self._client.complete_multipart_upload(**self._upload, MultipartUpload={"Parts": parts})

    def abort(self) -> None:
        """Forget the parts."""
        with transient_errors_named():
            self._client.abort_multipart_upload(**self._upload)
