"""Many objects into one: every byte once and in order, within S3's bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.conftest import BUCKET
from wordvectors.aws.bucket import Bucket
from wordvectors.glue import merge as merging
from wordvectors.glue.merge import LEAST_PART, MOST_PART, TooManyParts, merge, plan_parts

sizes = st.lists(
    st.one_of(
        st.integers(0, 20),
        st.integers(LEAST_PART - 3, LEAST_PART + 3),
        st.integers(1, 3 * MOST_PART),
    ),
    max_size=30,
)


@given(sizes)
def test_parts_hold_every_byte_once_and_in_order_within_the_bounds(sizes):
    parts = plan_parts([(str(number), size) for number, size in enumerate(sizes) if size])

    expected = [(str(number), size) for number, size in enumerate(sizes) if size]
    read: list[tuple[str, int]] = []
    for piece in (piece for part in parts for piece in part):
        if read and read[-1][0] == piece.key:
            assert piece.start == read[-1][1]
            read[-1] = (piece.key, piece.start + piece.length)
        else:
            assert piece.start == 0
            read.append((piece.key, piece.length))
    assert read == expected
    lengths = [sum(piece.length for piece in part) for part in parts]
    assert all(LEAST_PART <= length <= MOST_PART for length in lengths[:-1])
    assert all(0 < length <= MOST_PART for length in lengths[-1:])
    assert all(sum(piece.length for piece in part) <= LEAST_PART for part in parts if len(part) > 1)


def test_what_would_need_too_many_parts_is_refused():
    with pytest.raises(TooManyParts, match="10,001 parts"):
        plan_parts([(str(number), LEAST_PART) for number in range(10_001)])


def test_objects_become_one(account):
    contents = [b"a" * 100, b"b" * (LEAST_PART + 7), b"c" * 5, b"d" * LEAST_PART, b"e"]
    for number, content in enumerate(contents):
        account.put(f"parts/{number}", content)
    objects = [(f"parts/{number}", len(content)) for number, content in enumerate(contents)]

    merge(Bucket(account.s3, BUCKET), objects, "corpora/one.txt", {"sentences": "3"})

    found = account.s3.get_object(Bucket=BUCKET, Key="corpora/one.txt")
    assert found["Body"].read() == b"".join(contents)
    assert found["Metadata"] == {"sentences": "3"}


def test_a_merge_that_fails_leaves_nothing(account, monkeypatch):
    account.put("parts/0", b"a" * 100)
    monkeypatch.setattr(merging, "_send", lambda *given: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        merge(Bucket(account.s3, BUCKET), [("parts/0", 100)], "corpora/one.txt", {})

    assert "Contents" not in account.s3.list_objects_v2(Bucket=BUCKET, Prefix="corpora/")
    assert "Uploads" not in account.s3.list_multipart_uploads(Bucket=BUCKET)
