"""`wordvectors clean s3://BUCKET/PREFIX`: documents in a bucket are read as files are."""

from __future__ import annotations

import gzip
import io
import json
import zipfile

from tests.unit.conftest import BUCKET


def test_objects_of_a_prefix_become_a_corpus(run, account, tmp_path):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as members:
        members.writestr("a.txt", "the third one here")
    account.put("raw/blogs/a.jsonl", json.dumps({"text": "The first one here."}))
    account.put("raw/blogs/b.txt.gz", gzip.compress(b"the second one here"))
    account.put("raw/blogs/c.zip", archive.getvalue())
    account.put("raw/blogs/_READY", b"{}")
    account.put("raw/other.txt", b"not this one here")

    status, _, told = run("clean", f"s3://{BUCKET}/raw/blogs", "--to", str(tmp_path / "a.txt"))

    assert status == 0, told
    expected = ["the first one here", "the second one here", "the third one here"]
    assert (tmp_path / "a.txt").read_text().splitlines() == expected


def test_a_prefix_without_objects_is_named(run, tmp_path):
    status, _, told = run("clean", f"s3://{BUCKET}/none", "--to", str(tmp_path / "a.txt"))

    assert status == 1
    assert f"s3://{BUCKET}/none: there is no object" in told


def test_a_bucket_that_is_not_there_gets_a_sentence(run, tmp_path):
    status, _, told = run("clean", "s3://no-such-bucket/raw/", "--to", str(tmp_path / "a.txt"))

    assert status == 1
    assert "no-such-bucket" in told
    assert "Traceback" not in told
