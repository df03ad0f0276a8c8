"""The job that cleans on AWS: what its report says when it ends badly."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from tests.unit.conftest import BUCKET
from wordvectors.aws.bucket import Bucket
from wordvectors.aws.clients import client
from wordvectors.cleaning.order import cleaning_key
from wordvectors.glue import cleaning_job
from wordvectors.glue.cleaning_engines import on_one_machine
from wordvectors.glue.cleaning_job import CleaningFailed, clean
from wordvectors.glue.merge import merge

ID = "blogs-0123456789ab"


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (CleaningFailed("a.zip is damaged"), "a.zip is damaged"),
        (OSError("[Errno 28] No space\x1b[31m\nleft"), "OSError: [Errno 28] No space\ufffd[31m left"),
        (MemoryError("x" * 100_000), "characters)"),
    ],
)
def test_whatever_ends_a_job_its_report_has_the_reason_in_a_line(account, fault, reason):
    account.put(cleaning_key(ID, "order.json"), json.dumps({"name": "blogs", "order": {}}))
    account.put("raw/blogs/a.txt", "the cat sat on the mat")

    def engine(job, files):
        raise fault

    bucket = Bucket(account.s3, BUCKET)
    with pytest.raises(type(fault)):
        clean(ID, bucket, engine, say=lambda line: None)

    report = json.loads(bucket.read_small(cleaning_key(ID, "report.json")))
    assert report["status"] == "FAILED"
    assert report["reason"].endswith(reason)
    assert len(report["reason"]) < 1_100


def cleaned(account, meanwhile=lambda: None, at_last=lambda: None, publish=None):
    """Clean documents on this machine; `meanwhile` happens before the corpus is looked at, `at_last` after it.

    `publish` takes the place of what puts the corpus into its place.
    """
    account.put(cleaning_key(ID, "order.json"), json.dumps({"name": "blogs", "order": {}}))
    account.put("raw/blogs/a.txt", "The cat sat on the mat. The dog sat on the log.")

    @contextmanager
    def engine(job, files):
        with on_one_machine(job, files) as made:
            meanwhile()

            def publish_at_last(*what):
                at_last()
                (publish or made.publish)(*what)

            yield replace(made, publish=publish_at_last)

    clean(ID, Bucket(account.s3, BUCKET), engine, say=lambda line: None)


def corpus(account):
    return account.s3.get_object(Bucket=BUCKET, Key="corpora/blogs.txt")["Body"].read()


def test_a_cleaning_replaces_what_a_cleaning_of_its_name_has_made(account):
    cleaned(account)
    etag = account.s3.head_object(Bucket=BUCKET, Key="corpora/blogs.txt")["ETag"]
    account.put("raw/blogs/b.txt", "A bird flew over the house at noon.")
    cleaned(account)

    assert account.s3.head_object(Bucket=BUCKET, Key="corpora/blogs.txt")["ETag"] != etag
    assert b"a bird flew over the house" in corpus(account)


@pytest.mark.parametrize("moment", ["meanwhile", "at_last"])
def test_a_corpus_that_is_uploaded_during_a_cleaning_is_not_replaced(account, moment):
    with pytest.raises(CleaningFailed, match="write _READY again"):
        cleaned(account, **{moment: lambda: account.put("corpora/blogs.txt", b"theirs")})

    assert corpus(account) == b"theirs"


def test_a_corpus_that_is_replaced_at_the_last_moment_is_not_replaced_again(account):
    cleaned(account)

    with pytest.raises(CleaningFailed, match="replaced, deleted or written meanwhile"):
        cleaned(account, at_last=lambda: account.put("corpora/blogs.txt", b"theirs"))

    assert corpus(account) == b"theirs"


CONFLICT = ClientError(
    {
        "Error": {"Code": "ConditionalRequestConflict", "Message": "The conditional request cannot succeed"},
        "ResponseMetadata": {"HTTPStatusCode": 409},
    },
    "PutObject",
)


def merged(key, metadata, replaced):
    """Put a corpus into its place as Spark does: S3 makes it of parts."""
    bucket = Bucket(client("s3"), BUCKET)
    bucket.write("parts/1", b"a cat\n", "text/plain")
    with bucket.only_over(replaced):
        merge(bucket, [("parts/1", 6)], key, metadata)


@pytest.mark.parametrize(("operation", "publish"), [("PutObject", None), ("CompleteMultipartUpload", merged)])
def test_a_write_that_met_another_is_tried_again(account, monkeypatch, operation, publish):
    """S3 asks for the whole upload again, not for its last call alone."""
    tries, pauses = [], []
    # The job's alone: other threads of this process may be asleep, too.
    monkeypatch.setattr(cleaning_job, "time", SimpleNamespace(sleep=pauses.append, monotonic=time.monotonic))

    def meet_another(params, **_):
        if params["url_path"].endswith("/corpora/blogs.txt"):
            tries.append(operation)
            if len(tries) < 3:
                raise CONFLICT

    client("s3").meta.events.register_first(f"before-call.s3.{operation}", meet_another)

    cleaned(account, publish=publish)

    assert b"cat" in corpus(account)
    assert (len(tries), pauses) == (3, [2, 10])
    assert "Uploads" not in account.s3.list_multipart_uploads(Bucket=BUCKET)


def test_a_corpus_whose_write_was_carried_out_and_not_answered_is_this_cleanings(account):
    """The AWS SDK sends such a write again, and then the condition no longer holds."""

    def carry_out_before():
        written = {"Key": "corpora/blogs.txt", "Body": b"it was written\n", "Metadata": {"cleaning": ID}}
        account.s3.put_object(Bucket=BUCKET, **written)

    cleaned(account, at_last=carry_out_before)

    assert corpus(account) == b"it was written\n"
