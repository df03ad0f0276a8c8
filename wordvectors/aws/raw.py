"""Raw documents that lie in a bucket, as files to read."""

from __future__ import annotations

import tempfile
from typing import Any, BinaryIO, cast

from wordvectors.aws.errors import transient_errors_named
from wordvectors.corpus.documents import UnreadableSource
from wordvectors.corpus.sources import RawFile


def raw_objects(client: Any, uri: str) -> list[RawFile]:
    """Return the objects whose URIs begin with `s3://BUCKET/PREFIX`, in the order of their keys.

    A zip archive is read from its end, and so is fetched to a temporary file first; all others are streams.

    Raises
    ------
    UnreadableSource
        If there is none.
    """
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    found = []
    with transient_errors_named():
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            found += [_raw(client, bucket, entry) for entry in page.get("Contents", []) if entry["Size"]]
    if not found:
        raise UnreadableSource(f"{uri}: there is no object whose key begins so")
    return found


def _raw(client: Any, bucket: str, entry: dict[str, Any]) -> RawFile:
    key, etag = entry["Key"], entry["ETag"]

    def fetch() -> BinaryIO:
        with transient_errors_named():
            body = client.get_object(Bucket=bucket, Key=key, IfMatch=etag)["Body"]
            if not key.lower().endswith(".zip"):
                return cast("BinaryIO", body)
            file = tempfile.TemporaryFile()  # noqa: SIM115, the reader closes it
            for chunk in body.iter_chunks(1 << 20):
                file.write(chunk)
            file.seek(0)
            return cast("BinaryIO", file)

    return RawFile(f"s3://{bucket}/{key}", entry["Size"], etag.strip('"'), fetch)
