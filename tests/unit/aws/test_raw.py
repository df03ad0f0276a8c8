"""Raw documents in a bucket are read as files are."""

from __future__ import annotations

import gzip
import io
import json
import zipfile

import pytest

from tests.unit.conftest import BUCKET
from wordvectors.aws.raw import raw_objects
from wordvectors.corpus.documents import UnreadableSource
from wordvectors.corpus.job import clean_corpus
from wordvectors.corpus.recipe import CleaningRecipe


def test_objects_of_a_prefix_become_a_corpus(account, tmp_path):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as members:
        members.writestr("a.txt", "the third one here")
    account.put("raw/blogs/a.jsonl", json.dumps({"text": "The first one here."}))
    account.put("raw/blogs/b.txt.gz", gzip.compress(b"the second one here"))
    account.put("raw/blogs/c.zip", archive.getvalue())
    account.put("raw/blogs/", b"")
    account.put("raw/other.txt", b"not this one here")

    files = raw_objects(account.s3, f"s3://{BUCKET}/raw/blogs/")
    clean_corpus(files, tmp_path / "a.txt", CleaningRecipe())

    expected = ["the first one here", "the second one here", "the third one here"]
    assert (tmp_path / "a.txt").read_text().splitlines() == expected
    assert [file.name for file in files] == [
        f"s3://{BUCKET}/raw/blogs/{name}" for name in ("a.jsonl", "b.txt.gz", "c.zip")
    ]


def test_a_prefix_without_objects_is_named(account):
    with pytest.raises(UnreadableSource, match=r"s3://team-text/none: there is no object"):
        raw_objects(account.s3, f"s3://{BUCKET}/none")
