"""Objects as files: which ones, read from anywhere, over connections that break."""

from __future__ import annotations

import io
import pickle
import zipfile
from functools import partial

import pytest
from botocore.exceptions import ClientError

from tests.unit.conftest import BUCKET
from wordvectors.aws.bucket import Bucket, StoredObject
from wordvectors.aws.clients import client
from wordvectors.cleaning.documents import UnreadableSource
from wordvectors.glue.raw_objects import ObjectStream, raw_objects


def test_the_marker_and_what_is_hidden_or_empty_are_no_documents(account):
    for key in ("raw/n/a.txt", "raw/n/b/c.txt", "raw/n/_READY", "raw/n/.hidden", "raw/m/a.txt"):
        account.put(key, b"text")
    account.put("raw/n/folder/", b"")

    for prefix in ("raw/n/", "raw/n"):
        found = raw_objects(Bucket(account.s3, BUCKET), prefix, partial(client, "s3"))

        names = [file.name for file in found if file.bytes]
        assert names == [f"s3://{BUCKET}/raw/n/{name}" for name in ("a.txt", "b/c.txt")]


def test_a_prefix_names_an_object_or_a_folder_as_a_path_does(account):
    for key in ("raw/stor", "raw/stor/a.txt", "raw/stor/b/c.txt", "raw/stories/a.txt", "raw/.kept/a.txt"):
        account.put(key, b"text")

    def named(prefix):
        found = raw_objects(Bucket(account.s3, BUCKET), prefix, partial(client, "s3"))
        return [file.name.removeprefix(f"s3://{BUCKET}/") for file in found]

    assert named("raw/stor") == ["raw/stor", "raw/stor/a.txt", "raw/stor/b/c.txt"]
    assert named("raw/stor/") == ["raw/stor/a.txt", "raw/stor/b/c.txt"]
    assert named("raw/stories/a.txt") == ["raw/stories/a.txt"]
    assert named("raw/.kept/a.txt") == ["raw/.kept/a.txt"]
    assert named("raw/sto") == []
    assert {"raw/stor", "raw/stor/a.txt", "raw/stories/a.txt"} < set(named(""))


def test_a_file_can_be_sent_to_a_worker_and_opened_there(account):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("one.txt", "the text")
    account.put("raw/n/a.zip", packed.getvalue())
    (file,) = raw_objects(Bucket(account.s3, BUCKET), "raw/n/", partial(client, "s3"))

    with pickle.loads(pickle.dumps(file)).open() as stream, zipfile.ZipFile(stream) as archive:
        assert archive.read("one.txt") == b"the text"


class Breaking:
    """An S3 client whose bodies break after some bytes, a few times."""

    def __init__(self, content: bytes, breaks: int) -> None:
        self.content, self.breaks, self.asked = content, breaks, []

    def get_object(self, *, Range: str, **given):  # noqa: N803  boto3's name
        start = int(Range.removeprefix("bytes=").rstrip("-"))
        self.asked.append(start)
        rest = self.content[start:]
        return {"Body": Body(self, io.BytesIO(rest)), "ContentLength": len(rest)}


class Body:
    """A body of it."""

    def __init__(self, client: Breaking, stream: io.BytesIO) -> None:
        self.client, self.stream = client, stream

    def read(self, size: int) -> bytes:
        if self.stream.tell() and self.client.breaks:
            self.client.breaks -= 1
            from botocore.exceptions import ConnectionError

            raise ConnectionError(error="reset")
        return self.stream.read(min(size, 10))

    def close(self) -> None:
        """Nothing is held."""


@pytest.mark.parametrize("breaks", [0, 3])
def test_a_broken_connection_is_made_again_where_it_broke(breaks):
    content = bytes(range(200))
    client = Breaking(content, breaks)
    with ObjectStream(client, BUCKET, StoredObject("k", "e", len(content))) as stream:
        assert stream.read() == content
    assert client.asked == [0, *(10 * number for number in range(1, breaks + 1))]


def test_what_answers_with_another_length_is_asked_again(monkeypatch):
    client = Breaking(b"the text", breaks=0)
    page = io.BytesIO(b"<html>a proxy's page</html>")
    answers = iter([{"Body": page, "ContentLength": 27}, client.get_object(Range="bytes=0-")])
    monkeypatch.setattr(client, "get_object", lambda **_: next(answers))

    with ObjectStream(client, BUCKET, StoredObject("k", "e", 8)) as stream:
        assert stream.read() == b"the text"
    assert page.closed


def test_an_object_that_was_replaced_is_not_mixed(account):
    etag = account.put("raw/n/a.txt", b"old")
    stream = ObjectStream(account.s3, BUCKET, StoredObject("raw/n/a.txt", etag, 3))
    account.put("raw/n/a.txt", b"new")

    with pytest.raises(OSError, match="replaced"):
        stream.read()


def test_documents_in_an_archive_are_named_before_anything_is_read(account):
    account.put("raw/n/a.txt", b"text")
    account.s3.put_object(Bucket=BUCKET, Key="raw/n/b.txt", Body=b"text", StorageClass="DEEP_ARCHIVE")

    with pytest.raises(
        UnreadableSource, match=r"of 1 archived documents the first: s3://.*/b.txt lies in an"
    ):
        raw_objects(Bucket(account.s3, BUCKET), "raw/n/", partial(client, "s3"))


def test_a_document_under_a_key_that_cannot_be_used_is_named(account, monkeypatch):
    def get_object(**_):
        refusal = {
            "Error": {"Code": "AccessDenied", "Message": "not authorized to perform: kms:Decrypt on it"}
        }
        raise ClientError(refusal, "GetObject")

    monkeypatch.setattr(account.s3, "get_object", get_object)

    with pytest.raises(OSError, match="s3://team-text/a is encrypted with a KMS key, which"):
        ObjectStream(account.s3, BUCKET, StoredObject("a", "e", 4)).read(4)


def test_what_no_listing_tells_to_be_archived_is_told_when_it_is_read(account):
    etag = account.s3.put_object(Bucket=BUCKET, Key="a", Body=b"text", StorageClass="GLACIER")["ETag"]
    stream = ObjectStream(account.s3, BUCKET, StoredObject("a", etag.strip('"'), 4))

    with pytest.raises(OSError, match="s3://team-text/a lies in an archive of S3"):
        stream.read(4)
