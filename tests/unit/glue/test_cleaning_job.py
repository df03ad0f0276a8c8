"""The job that cleans on AWS: what its report says when it ends badly."""

from __future__ import annotations

import json

import pytest

from tests.unit.conftest import BUCKET
from wordvectors.aws.bucket import Bucket
from wordvectors.cleaning.order import cleaning_key
from wordvectors.glue.cleaning_job import CleaningFailed, clean

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
