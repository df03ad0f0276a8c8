"""Objects of a bucket as files to read: streamed, and seekable by asking for ranges."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from typing import Any, BinaryIO, cast

from botocore.exceptions import ClientError

from wordvectors.aws.bucket import Bucket, StoredObject, body_of
from wordvectors.aws.errors import TransientServiceError, transient_errors_named
from wordvectors.aws.unreadable import (
    ObjectArchived,
    ObjectReplaced,
    UnreadableObject,
    unreadable_objects_named,
)
from wordvectors.cleaning.documents import UnreadableSource
from wordvectors.cleaning.order import READY
from wordvectors.cleaning.sources import RawFile

_TRIES = 5
_SKIP_BYTES = 1 << 20
"""So far ahead is read over rather than asked for anew."""


def raw_objects(bucket: Bucket, prefix: str, client: Callable[[], Any]) -> list[RawFile]:
    """Return the documents' files that a prefix names, in order; not markers of a folder or of an order.

    Parameters
    ----------
    prefix
        As a path names files: the object of just this key, and all under it, with a slash between them. So
        `raw/2004` does not name what lies under `raw/2004-05/`. An empty one names all of the bucket.
    client
        Returns the S3 client that reads them. The files can be pickled if it can be: so a worker elsewhere
        makes a client of its own.

    Raises
    ------
    UnreadableSource
        If the bucket can't be listed, or holds some of them in an archive.
    """
    folder = prefix if not prefix or prefix.endswith("/") else f"{prefix}/"
    try:
        itself = bucket.find(prefix) if prefix != folder else None
        stored_objects = [
            found for found in bucket.objects(folder) if not found.key.endswith((f"/{READY}", "/"))
        ]
    except ClientError as refused:
        raise UnreadableSource(f"{bucket.uri(prefix)}: {refused}") from refused
    if itself:
        stored_objects.insert(0, itself)
    archived = [bucket.uri(stored.key) for stored in stored_objects if stored.archived and stored.bytes]
    if archived:
        raise UnreadableSource(
            f"of {len(archived):,} archived documents the first: {ObjectArchived(archived[0])}"
        )
    return [
        RawFile(
            bucket.uri(stored.key),
            0 if (hidden := _is_hidden(stored.key, folder)) else stored.bytes,
            stored.etag,
            partial(_open, client, bucket.name, stored),
            hidden=hidden,
        )
        for stored in stored_objects
    ]


def _is_hidden(key: str, folder: str) -> bool:
    return any(part.startswith(".") for part in key.removeprefix(folder).split("/"))


def _open(client: Callable[[], Any], bucket_name: str, stored: StoredObject) -> BinaryIO:
    return cast("BinaryIO", ObjectStream(client(), bucket_name, stored))


class ObjectStream(io.RawIOBase):
    """An object's bytes. A connection that breaks is made again where it broke, of the same version."""

    def __init__(self, s3: Any, bucket_name: str, stored: StoredObject) -> None:
        self._s3, self._bucket, self._stored = s3, bucket_name, stored
        self._at = 0
        self._body: Any = None
        self._body_at = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the position."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a position; nothing is asked for until it is read."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._stored.bytes}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Read at most as many bytes as the buffer holds."""
        wanted = min(len(buffer), self._stored.bytes - self._at)
        if wanted <= 0:
            return 0
        for tried in range(1, _TRIES + 1):
            try:
                with transient_errors_named():
                    data = self._open_at_position().read(wanted)
                break
            except TransientServiceError:
                self._close_body()
                if tried == _TRIES:
                    raise
        if not data:
            raise EOFError(f"s3://{self._bucket}/{self._stored.key} ends at byte {self._at:,}")
        buffer[: len(data)] = data
        self._at += len(data)
        self._body_at += len(data)
        return len(data)

    def close(self) -> None:
        """Let the connection go."""
        self._close_body()
        super().close()

    def _open_at_position(self) -> Any:
        ahead = self._at - self._body_at
        if self._body is not None and 0 < ahead <= _SKIP_BYTES:
            self._body_at += len(self._body.read(ahead))
        if self._body is None or self._body_at != self._at:
            self._close_body()
            try:
                with unreadable_objects_named(f"s3://{self._bucket}/{self._stored.key}"):
                    answer = self._s3.get_object(
                        Bucket=self._bucket,
                        Key=self._stored.key,
                        Range=f"bytes={self._at}-",
                        IfMatch=f'"{self._stored.etag}"',
                    )
            except (ObjectReplaced, UnreadableObject) as fault:
                raise OSError(fault) from fault
            self._body, self._body_at = body_of(answer, self._stored.bytes - self._at), self._at
        return self._body

    def _close_body(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None
